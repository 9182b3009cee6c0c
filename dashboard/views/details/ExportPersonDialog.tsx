import { useSignal } from "@preact/signals";
import { Dialog } from "../parts/Dialog.js";
import { FailureNote } from "../parts/FailureNote.js";
import { useAction } from "../parts/use-action.js";
import { useApp } from "../use-app.js";
import { AskedFields } from "./AskedFields.js";
import type { PersonDialogProps } from "./PersonRights.js";

/** A copy for the person who asked by another way than the privacy page. */
export function ExportPersonDialog({ siteId, conversationId, email, close }: PersonDialogProps) {
  const { privacy, page } = useApp();
  const action = useAction();
  const contact = useSignal(email);
  const note = useSignal("");
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const asked = { conversationId, contact: contact.value.trim(), note: note.value.trim() };
    const file = await action.run(() => privacy.exportPerson(siteId, asked));
    if (file === null) return;
    page.save("person.zip", file);
    close();
  };
  return (
    <Dialog label="Export a person's data" close={close}>
      <h2>Export everything about this person?</h2>
      <p>
        A ZIP file with texts, photos and evidence. Give it to the person and to nobody else; for an
        authority, enter a disclosure.
      </p>
      <form class="form is-inner" onSubmit={(event) => void submit(event)}>
        <AskedFields contact={contact} note={note} />
        <FailureNote failure={action.failure.value} kept="What you wrote is kept here." />
        <div class="actions">
          <button type="button" class="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="button is-primary" aria-disabled={action.busy.value}>
            Export
          </button>
        </div>
      </form>
    </Dialog>
  );
}
