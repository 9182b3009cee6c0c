import { useSignal } from "@preact/signals";
import type { Failure } from "../../state/outcome.js";
import { tellMany } from "../../state/tell-numbers.js";
import { Dialog } from "../parts/Dialog.js";
import { FailureNote } from "../parts/FailureNote.js";
import { useApp } from "../use-app.js";

/** Signing out empties what this browser keeps, so it says what would be lost. */
export function SignOutDialog() {
  const { session, desk, overlay } = useApp();
  const busy = useSignal(false);
  const failure = useSignal<Failure | null>(null);
  const unsent = desk.value?.outbox.entries.value.length ?? 0;
  const drafts = [...(desk.value?.composer.texts.value.values() ?? [])].filter(
    (text) => text !== "",
  );
  const close = (): void => {
    overlay.value = "none";
  };
  const leave = async (): Promise<void> => {
    if (busy.value) return;
    busy.value = true;
    const leaving = desk.value;
    failure.value = await session.signOut();
    busy.value = false;
    if (failure.value !== null) return;
    leaving?.forget();
    close();
  };
  return (
    <Dialog label="Sign out" close={close}>
      <h2>Sign out of this browser?</h2>
      {unsent > 0 && (
        <p class="note is-danger">
          {tellMany(unsent, "message is", "messages are")} not sent yet and will be deleted.
        </p>
      )}
      {unsent === 0 && drafts.length > 0 && (
        <p>{tellMany(drafts.length, "draft", "drafts")} will be deleted from this browser.</p>
      )}
      {unsent === 0 && drafts.length === 0 && <p>Nothing of your work is left in it.</p>}
      <FailureNote failure={failure.value} />
      <div class="actions">
        <button type="button" class="button" onClick={close}>
          Stay
        </button>
        <button
          type="button"
          class="button is-primary"
          aria-disabled={busy.value}
          onClick={() => void leave()}
        >
          Sign out
        </button>
      </div>
    </Dialog>
  );
}
