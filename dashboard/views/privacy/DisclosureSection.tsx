import type { DisclosureRow } from "../../../shared/privacy.js";
import { tellDateAndTime } from "../../state/tell-numbers.js";
import { nameActor, tellBasis, tellDisclosure } from "../../state/tell-privacy.js";
import { FailureNote } from "../parts/FailureNote.js";
import { ReadingState } from "../parts/ReadingState.js";
import { useAction } from "../parts/use-action.js";
import { useReading } from "../parts/use-reading.js";
import { useApp } from "../use-app.js";
import { DisclosureForm } from "./DisclosureForm.js";

/** What was handed to authorities: never without an entry, a basis and a second admin (JIVO-10). */
export function DisclosureSection({ siteId }: { siteId: string }) {
  const { privacy, session } = useApp();
  const rows = useReading(siteId, () => privacy.listDisclosures(siteId));
  if (session.operator.value?.role !== "admin")
    return <p class="hint">Only admins see disclosures.</p>;
  return (
    <>
      <ReadingState of={rows} label="Reading the disclosures" />
      {rows.value?.length === 0 && <p class="quiet">Nothing was disclosed to anybody.</p>}
      <ul class="cards">
        {rows.value?.map((row) => (
          <li key={row.id}>
            <DisclosureCard siteId={siteId} row={row} changed={rows.again} />
          </li>
        ))}
      </ul>
      <DisclosureForm siteId={siteId} added={rows.again} />
    </>
  );
}

function DisclosureCard({
  siteId,
  row,
  changed,
}: {
  siteId: string;
  row: DisclosureRow;
  changed: () => void;
}) {
  const { privacy, page, session } = useApp();
  const action = useAction();
  const me = session.operator.value?.id ?? "";
  const mine = row.requestedBy === me || row.approvals.some((one) => one.operator === me);
  const late = row.state === "overdue";
  const approve = async (): Promise<void> => {
    if ((await action.run(() => privacy.approveDisclosure(siteId, row.id))) !== null) changed();
  };
  const save = async (): Promise<void> => {
    const text = await action.run(() => privacy.exportDisclosure(siteId, row.id));
    if (text !== null) page.save("disclosure.json", text);
  };
  return (
    <div class="card">
      <p>
        <b>{tellBasis(row.basis)}</b>{" "}
        <span class={late ? "chip is-danger" : "chip"}>{tellDisclosure(row.state)}</span>
      </p>
      <p dir="auto">{row.reason}</p>
      <p class="quiet break">
        Asked {tellDateAndTime(row.requestedAt)} by {nameActor(row.requestedBy, me)}. Conversation{" "}
        <code>{row.conversationId}</code>: {row.fields.join(", ")}.
        {row.single && " There is only one admin: recorded as single."}
        {row.approvals.map(
          (one) => ` Approved ${tellDateAndTime(one.at)} by ${nameActor(one.operator, me)}.`,
        )}
      </p>
      <FailureNote failure={action.failure.value} />
      <div class="actions is-start">
        {row.state !== "approved" && !mine && (
          <button type="button" class="button is-primary" onClick={() => void approve()}>
            Approve
          </button>
        )}
        {row.state !== "waiting" && (
          <button type="button" class="button" onClick={() => void save()}>
            Export
          </button>
        )}
      </div>
    </div>
  );
}
