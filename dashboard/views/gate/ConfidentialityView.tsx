import { useSignal } from "@preact/signals";
import type { Failure } from "../../state/outcome.js";
import { FailureNote } from "../parts/FailureNote.js";
import { useApp } from "../use-app.js";
import { GateCard } from "./GateCard.js";

/** XIM-06: before the first conversation is read, the operator agrees not to disclose it. */
export function ConfidentialityView() {
  const { session } = useApp();
  const busy = useSignal(false);
  const failure = useSignal<Failure | null>(null);
  const accept = async (): Promise<void> => {
    if (busy.value) return;
    busy.value = true;
    failure.value = await session.acceptConfidentiality();
    busy.value = false;
  };
  return (
    <GateCard title="What you will read is private">
      <p>Visitors write about themselves here, and send photos of their homes and lives. So:</p>
      <ul class="plain-list">
        <li>Read a conversation only when your work needs it.</li>
        <li>Tell nobody what you read, now or after you leave, unless the law requires it.</li>
        <li>Copy personal data out only with the export, which is recorded.</li>
        <li>Sign out on a device that others use.</li>
      </ul>
      <p class="hint">
        Your acceptance is recorded with its time. Reading personal data is logged.
      </p>
      <FailureNote failure={failure.value} />
      <button
        type="button"
        class="button is-primary is-wide"
        aria-disabled={busy.value}
        onClick={() => void accept()}
      >
        I agree to keep it confidential
      </button>
      <button type="button" class="button is-quiet is-wide" onClick={() => void session.signOut()}>
        Sign out
      </button>
    </GateCard>
  );
}
