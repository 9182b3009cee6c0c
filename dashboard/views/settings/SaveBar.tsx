import { FailureNote } from "../parts/FailureNote.js";
import { useApp } from "../use-app.js";
import type { Draft } from "./use-draft.js";

/** The end of a settings form: save, and how it went. */
export function SaveBar({ draft }: { draft: Pick<Draft<object>, "state" | "failure"> }) {
  const { session } = useApp();
  const words = { clean: "", changed: "Not saved yet", saving: "Saving", saved: "Saved" };
  if (session.operator.value?.role !== "admin")
    return <p class="hint">Only an admin can change this.</p>;
  return (
    <div class="save-bar">
      <FailureNote failure={draft.failure.value} kept="What you wrote is kept here." />
      <button
        type="submit"
        class="button is-primary"
        aria-disabled={draft.state.value === "saving"}
      >
        Save
      </button>
      <span class="quiet" role="status">
        {words[draft.state.value]}
      </span>
    </div>
  );
}
