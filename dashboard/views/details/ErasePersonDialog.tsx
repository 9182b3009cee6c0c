import { useSignal } from "@preact/signals";
import type { EraseScope } from "../../state/privacy-api.js";
import { Dialog } from "../parts/Dialog.js";
import { FailureNote } from "../parts/FailureNote.js";
import { useAction } from "../parts/use-action.js";
import { useApp } from "../use-app.js";
import { AskedFields } from "./AskedFields.js";
import type { PersonDialogProps } from "./PersonRights.js";

const scopes: { scope: EraseScope; label: string }[] = [
  { scope: "all", label: "Everything about this person" },
  { scope: "chat", label: "The conversations" },
  { scope: "images", label: "The photos" },
];

/** Erases all or part of what is kept about somebody who asked for it. */
export function ErasePersonDialog({ siteId, conversationId, email, close }: PersonDialogProps) {
  const { privacy } = useApp();
  const action = useAction();
  const contact = useSignal(email);
  const note = useSignal("");
  const scope = useSignal<EraseScope>("all");
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const asked = { conversationId, contact: contact.value.trim(), note: note.value.trim() };
    const erase = () => privacy.erasePerson(siteId, { ...asked, scope: scope.value });
    if ((await action.run(erase)) !== null) close();
  };
  return (
    <Dialog label="Erase a person's data" close={close}>
      <h2>Erase this person's data?</h2>
      <p class="note is-danger">This cannot be undone, not even from a backup.</p>
      <form class="form is-inner" onSubmit={(event) => void submit(event)}>
        <fieldset>
          <legend>What</legend>
          {scopes.map((one) => (
            <label class="check" key={one.scope}>
              <input
                type="radio"
                name="scope"
                checked={scope.value === one.scope}
                onChange={() => (scope.value = one.scope)}
              />
              {one.label}
            </label>
          ))}
        </fieldset>
        <AskedFields contact={contact} note={note} />
        <FailureNote failure={action.failure.value} kept="What you wrote is kept here." />
        <div class="actions">
          <button type="button" class="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="button is-danger" aria-disabled={action.busy.value}>
            Erase
          </button>
        </div>
      </form>
    </Dialog>
  );
}
