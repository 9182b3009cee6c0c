import { useSignal } from "@preact/signals";
import { limits } from "../../../shared/limits.js";
import type { SiteSettings } from "../../../shared/wire.js";
import type { MailingDraft } from "../../state/mailing.js";
import type { Failure } from "../../state/outcome.js";
import { Dialog } from "../parts/Dialog.js";
import { FailureNote } from "../parts/FailureNote.js";
import { Field } from "../parts/Field.js";
import { useApp } from "../use-app.js";

/** Subject and text; a test to oneself first, then to all who confirmed, after one question. */
export function MailingForm({ site }: { site: SiteSettings }) {
  const { mailing, session, page } = useApp();
  const written = mailing.draft.value;
  const write = (part: Partial<MailingDraft>) =>
    (mailing.draft.value = { ...mailing.draft.value, ...part });
  const state = useSignal<
    "idle" | "testing" | "tested" | "waiting" | "asking" | "sending" | "sent"
  >("idle");
  const failure = useSignal<Failure | null>(null);
  const draft = { subject: written.subject.trim(), text: written.text.trim() };
  const ready = draft.subject !== "" && draft.text !== "";
  const busy = state.value === "testing" || state.value === "sending";
  const email = session.operator.value?.email ?? "";
  if (session.operator.value?.role !== "admin")
    return <p class="hint">Only an admin can send a mailing.</p>;
  if (!site.rules.mail.marketing)
    return (
      <div class="note">
        <p>Mailings are switched off by the rules of this site.</p>
        <button
          type="button"
          class="button"
          onClick={() => page.go({ view: "settings", section: "rules" })}
        >
          Open the rules
        </button>
      </div>
    );
  const test = async (): Promise<void> => {
    if (!ready || busy) return;
    state.value = "testing";
    const outcome = await mailing.sendTest(site.id, draft);
    failure.value = outcome.ok ? null : outcome;
    state.value = !outcome.ok ? "idle" : outcome.value.sent ? "tested" : "waiting";
  };
  const send = async (): Promise<void> => {
    state.value = "sending";
    failure.value = await mailing.send(site.id, draft);
    state.value = failure.value === null ? "sent" : "idle";
    if (failure.value === null) write({ subject: "", text: "" });
  };
  const words = {
    idle: ready ? "" : "A subject and a text are needed.",
    testing: "Sending the test",
    tested: `The test went to ${email}.`,
    waiting: "No mail server is set: the test stands in the outbox below.",
    asking: "",
    sending: "Handing it over",
    sent: "Handed over. The result stands below.",
  };
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        if (ready && !busy) state.value = "asking";
      }}
    >
      <Field label="Subject">
        {(ids) => (
          <input
            {...ids}
            dir="auto"
            maxLength={limits.campaignSubject}
            value={written.subject}
            onInput={(event) => write({ subject: event.currentTarget.value })}
          />
        )}
      </Field>
      <Field
        label="Text"
        hint="The link to stop and the controller's address are put beneath it by themselves."
      >
        {(ids) => (
          <textarea
            {...ids}
            dir="auto"
            rows={8}
            maxLength={limits.campaignText}
            value={written.text}
            onInput={(event) => write({ text: event.currentTarget.value })}
          />
        )}
      </Field>
      <FailureNote failure={failure.value} kept="Your text is kept." />
      <div class="actions is-start">
        <button
          type="button"
          class="button"
          aria-disabled={!ready || busy}
          onClick={() => void test()}
        >
          Send test
        </button>
        <button type="submit" class="button is-primary" aria-disabled={!ready || busy}>
          Send to all confirmed
        </button>
        <span class="quiet" role="status">
          {words[state.value]}
        </span>
      </div>
      {state.value === "asking" && (
        <Dialog label="Send the mailing" close={() => (state.value = "idle")}>
          <h2>Send to everybody who confirmed?</h2>
          <p>
            “<span dir="auto">{draft.subject}</span>” goes to each confirmed subscriber of{" "}
            <span dir="auto">{site.name}</span>. Whoever stopped mail is skipped. It cannot be
            called back.
          </p>
          <div class="actions">
            <button type="button" class="button" onClick={() => (state.value = "idle")}>
              Not yet
            </button>
            <button type="button" class="button is-primary" autofocus onClick={() => void send()}>
              Send it
            </button>
          </div>
        </Dialog>
      )}
    </form>
  );
}
