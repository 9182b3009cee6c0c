import { useEffect, useRef } from "preact/hooks";
import type { VisitorDetails } from "../../../shared/wire.js";
import { isFailure } from "../../state/visitor-details.js";
import { tellMoment } from "../../state/tell-numbers.js";
import { FailureNote } from "../parts/FailureNote.js";
import { Icon } from "../parts/Icon.js";
import { SkeletonRows } from "../parts/Late.js";
import { useApp } from "../use-app.js";
import { ConsentChips } from "./ConsentChips.js";
import { PageTrail } from "./PageTrail.js";
import { PersonRights } from "./PersonRights.js";

/** Who the visitor is, as far as they told or allowed. Folded behind a button on narrow windows. */
export function DetailsPane({ conversationId, open }: { conversationId: string; open: boolean }) {
  const { desk, overlay } = useApp();
  const pane = useRef<HTMLElement>(null);
  const details = desk.value?.details.details.value.get(conversationId);
  useEffect(() => {
    if (open) pane.current?.focus();
  }, [open]);
  return (
    <aside
      ref={pane}
      class={open ? "pane-details is-open" : "pane-details"}
      aria-label="Visitor's details"
      tabIndex={-1}
    >
      <header class="details-head">
        <h2>Visitor</h2>
        <button
          type="button"
          class="button is-icon only-folded"
          aria-label="Hide the details"
          onClick={() => (overlay.value = "none")}
        >
          <Icon name="close" />
        </button>
      </header>
      {details === undefined && <SkeletonRows count={4} label="Reading the details" />}
      {details !== undefined && isFailure(details) && (
        <FailureNote
          failure={details}
          retry={() => void desk.value?.details.read(conversationId)}
        />
      )}
      {details !== undefined && !isFailure(details) && (
        <>
          <Facts details={details} />
          <PersonRights conversationId={conversationId} details={details} />
        </>
      )}
    </aside>
  );
}

function Facts({ details }: { details: VisitorDetails }) {
  const { page } = useApp();
  const { visitor } = details;
  const device = [details.browser, details.os, details.device].filter((word) => word !== "");
  const facts: [string, string][] = [
    ["Name", visitor.name === "" ? "not given" : visitor.name],
    ["E-mail", visitor.email === "" ? "not given" : visitor.email],
    ["Number", String(visitor.number)],
    ["Language", nameLanguage(details.language)],
    ["Browser", device.join(", ")],
    ["Country", nameCountry(details.country)],
    ["First seen", tellMoment(details.firstSeenAt, page.now.value)],
  ];
  return (
    <>
      <dl class="facts">
        {facts
          .filter(([, value]) => value !== "")
          .map(([label, value]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd dir="auto">{value}</dd>
            </div>
          ))}
      </dl>
      <PageTrail details={details} />
      <ConsentChips details={details} />
    </>
  );
}

/** "English" for "en". The words around it are English, so this is too. */
function nameLanguage(tag: string): string {
  return nameByIntl("language", tag);
}

function nameCountry(code: string): string {
  return nameByIntl("region", code);
}

function nameByIntl(type: "language" | "region", code: string): string {
  try {
    return code === "" ? "" : (new Intl.DisplayNames("en", { type }).of(code) ?? code);
  } catch {
    return code;
  }
}
