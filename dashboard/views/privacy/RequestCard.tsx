import { useSignal } from "@preact/signals";
import type { RequestRow, RequestState } from "../../../shared/privacy.js";
import { tellDate, tellDateAndTime } from "../../state/tell-numbers.js";
import { nameActor, tellRequest } from "../../state/tell-privacy.js";
import { FailureNote } from "../parts/FailureNote.js";
import { Field } from "../parts/Field.js";
import { useAction } from "../parts/use-action.js";
import { useApp } from "../use-app.js";

const states: Record<RequestState, string> = { open: "Open", done: "Done", refused: "Refused" };

/** One request: its day, what was done so far, and the next step. */
export function RequestCard({
  siteId,
  row,
  changed,
}: {
  siteId: string;
  row: RequestRow;
  changed: (row: RequestRow) => void;
}) {
  const { privacy, session } = useApp();
  const action = useAction();
  const note = useSignal("");
  const step = async (state: RequestState): Promise<void> => {
    const next = await action.run(() =>
      privacy.stepRequest(siteId, row.id, { state, note: note.value.trim() }),
    );
    if (next === null) return;
    note.value = "";
    changed(next);
  };
  const me = session.operator.value?.id ?? "";
  return (
    <details class="card" open={row.overdue}>
      <summary>
        <b>{tellRequest(row.type)}</b>
        <span class="break" dir="auto">
          {row.contact}
        </span>
        {row.overdue && <span class="chip is-danger">Overdue</span>}
        <span class="chip">{states[row.state]}</span>
        <span class="quiet">
          {row.state === "open" ? `due ${tellDate(row.dueAt)}` : tellDate(row.receivedAt)}
        </span>
      </summary>
      <p class="quiet">
        Received {tellDateAndTime(row.receivedAt)}.{" "}
        {row.verified
          ? "The address is confirmed."
          : "The address is not confirmed: check who asks."}
      </p>
      <ul class="steps">
        {row.steps.map((one, index) => (
          <li key={index}>
            {tellDateAndTime(one.at)}, {nameActor(one.actor, me)}: {one.act}
            {one.note !== "" && <span dir="auto"> “{one.note}”</span>}
          </li>
        ))}
      </ul>
      {session.operator.value?.role !== "viewer" && (
        <>
          <Field label="Note for this step">
            {(ids) => (
              <textarea
                {...ids}
                dir="auto"
                rows={2}
                maxLength={2000}
                value={note.value}
                onInput={(event) => (note.value = event.currentTarget.value)}
              />
            )}
          </Field>
          <FailureNote failure={action.failure.value} kept="Your note is kept." />
          <div class="actions is-start">
            {row.state === "open" ? (
              <>
                <button type="button" class="button is-primary" onClick={() => void step("done")}>
                  Mark as done
                </button>
                <button type="button" class="button" onClick={() => void step("refused")}>
                  Refuse
                </button>
                <button type="button" class="button" onClick={() => void step("open")}>
                  Add the note
                </button>
              </>
            ) : (
              <button type="button" class="button" onClick={() => void step("open")}>
                Open it again
              </button>
            )}
          </div>
        </>
      )}
    </details>
  );
}
