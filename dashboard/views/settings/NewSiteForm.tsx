import { useSignal } from "@preact/signals";
import { limits } from "../../../shared/limits.js";
import type { Failure } from "../../state/outcome.js";
import { FailureNote } from "../parts/FailureNote.js";
import { Field } from "../parts/Field.js";
import { useApp } from "../use-app.js";

/** Another site: it needs a name now, and its origins next. */
export function NewSiteForm() {
  const { sites, page, session } = useApp();
  const open = useSignal(false);
  const name = useSignal("");
  const failure = useSignal<Failure | null>(null);
  if (session.operator.value?.role !== "admin") return null;
  const create = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (name.value.trim() === "") return;
    failure.value = await sites.create(name.value.trim());
    if (failure.value !== null) return;
    name.value = "";
    open.value = false;
    page.go({ view: "settings", section: "tag" });
  };
  if (!open.value)
    return (
      <div class="list-foot">
        <button type="button" class="button is-wide" onClick={() => (open.value = true)}>
          Add a site
        </button>
      </div>
    );
  return (
    <form class="list-foot" onSubmit={(event) => void create(event)}>
      <Field label="Name of the site">
        {(ids) => (
          <input
            {...ids}
            dir="auto"
            required
            autofocus
            maxLength={limits.name}
            value={name.value}
            onInput={(event) => (name.value = event.currentTarget.value)}
          />
        )}
      </Field>
      <FailureNote failure={failure.value} />
      <div class="actions">
        <button type="button" class="button" onClick={() => (open.value = false)}>
          Cancel
        </button>
        <button type="submit" class="button is-primary">
          Add
        </button>
      </div>
    </form>
  );
}
