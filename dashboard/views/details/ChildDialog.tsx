import { useSignal } from "@preact/signals";
import { Dialog } from "../parts/Dialog.js";
import { FailureNote } from "../parts/FailureNote.js";
import { Field } from "../parts/Field.js";
import { useAction } from "../parts/use-action.js";
import { useApp } from "../use-app.js";
import type { PersonDialogProps } from "./PersonRights.js";

/** An operator learned that the visitor is under 13: the site's rule says what becomes of it. */
export function ChildDialog({ siteId, conversationId, close }: PersonDialogProps) {
  const { privacy, sites } = useApp();
  const action = useAction();
  const parent = useSignal("");
  const asked = useSignal(false);
  const site = sites.all.value?.find(({ id }) => id === siteId);
  const mayAsk = site?.rules.age.under13 === "ask_parent";
  const parentEmail = mayAsk && parent.value.trim() !== "" ? parent.value.trim() : null;
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const done = await action.run(() =>
      privacy.reportChild(siteId, { conversationId, parentEmail }),
    );
    if (done?.outcome === "asked") asked.value = true;
    if (done?.outcome === "erased") close();
  };
  if (asked.value)
    return (
      <Dialog label="The parents are asked" close={close}>
        <h2>The parents are asked</h2>
        <p role="status">
          A link went to them. Until they decide, nobody can write in this conversation; without an
          answer within 30 days it is erased.
        </p>
        <div class="actions">
          <button type="button" class="button is-primary" onClick={close}>
            Close
          </button>
        </div>
      </Dialog>
    );
  return (
    <Dialog label="The visitor is under 13" close={close}>
      <h2>The visitor is under 13?</h2>
      <p>
        {mayAsk
          ? "With a parent's address, nothing is used until they decide. Without one, everything about the visitor is erased now."
          : "Everything about the visitor is erased now: this site's rule for children under 13."}
      </p>
      <form class="form is-inner" onSubmit={(event) => void submit(event)}>
        {mayAsk && (
          <Field label="A parent's mail address" hint="As the child gave it.">
            {(ids) => (
              <input
                {...ids}
                type="email"
                dir="ltr"
                maxLength={254}
                value={parent.value}
                onInput={(event) => (parent.value = event.currentTarget.value)}
              />
            )}
          </Field>
        )}
        <FailureNote failure={action.failure.value} />
        <div class="actions">
          <button type="button" class="button" onClick={close}>
            Cancel
          </button>
          <button
            type="submit"
            class={parentEmail === null ? "button is-danger" : "button is-primary"}
            aria-disabled={action.busy.value}
          >
            {parentEmail === null ? "Erase everything" : "Ask the parent"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
