import { useSignal } from "@preact/signals";
import { requestTypes, type RequestRow, type RequestType } from "../../../shared/privacy.js";
import { tellRequest } from "../../state/tell-privacy.js";
import { Field } from "../parts/Field.js";
import { FailureNote } from "../parts/FailureNote.js";
import { ReadingState } from "../parts/ReadingState.js";
import { useAction } from "../parts/use-action.js";
import { useReading } from "../parts/use-reading.js";
import { useApp } from "../use-app.js";
import { RequestCard } from "./RequestCard.js";

/** Requests with their day, open ones first; and a form for what came by letter or telephone. */
export function RequestSection({ siteId }: { siteId: string }) {
  const { privacy, overdue, sites, session } = useApp();
  const requests = useReading(siteId, () => privacy.listRequests(siteId));
  const changed = (row: RequestRow): void => {
    const others = (requests.value ?? []).filter((one) => one.id !== row.id);
    requests.put([row, ...others]);
    void overdue.refresh((sites.all.value ?? []).map((site) => site.id));
  };
  const rows = [...(requests.value ?? [])].sort(
    (a, b) => Number(a.state !== "open") - Number(b.state !== "open") || a.dueAt - b.dueAt,
  );
  return (
    <>
      <ReadingState of={requests} label="Reading the requests" />
      {requests.value !== null && rows.length === 0 && (
        <p class="quiet">
          Nobody asked for anything yet. Requests from the privacy page come here by themselves.
        </p>
      )}
      <ul class="cards">
        {rows.map((row) => (
          <li key={row.id}>
            <RequestCard siteId={siteId} row={row} changed={changed} />
          </li>
        ))}
      </ul>
      {session.operator.value?.role !== "viewer" && (
        <NewRequestForm siteId={siteId} added={changed} />
      )}
    </>
  );
}

function NewRequestForm({ siteId, added }: { siteId: string; added: (row: RequestRow) => void }) {
  const { privacy } = useApp();
  const action = useAction();
  const type = useSignal<RequestType>("access");
  const contact = useSignal("");
  const note = useSignal("");
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const request = { type: type.value, contact: contact.value.trim(), note: note.value.trim() };
    const row = await action.run(() => privacy.openRequest(siteId, request));
    if (row === null) return;
    contact.value = note.value = "";
    added(row);
  };
  return (
    <details class="card">
      <summary>
        <b>Enter a request that came another way</b>
      </summary>
      <form class="form is-inner" onSubmit={(event) => void submit(event)}>
        <Field label="What is asked for">
          {(ids) => (
            <select
              {...ids}
              value={type.value}
              onChange={(event) => {
                const chosen = requestTypes.find((one) => one === event.currentTarget.value);
                if (chosen !== undefined) type.value = chosen;
              }}
            >
              {requestTypes.map((one) => (
                <option key={one} value={one}>
                  {tellRequest(one)}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label="How to reach the person">
          {(ids) => (
            <input
              {...ids}
              dir="auto"
              required
              maxLength={254}
              value={contact.value}
              onInput={(event) => (contact.value = event.currentTarget.value)}
            />
          )}
        </Field>
        <Field label="Note" hint="Only operators read it; it is part of an export.">
          {(ids) => (
            <textarea
              {...ids}
              dir="auto"
              rows={3}
              maxLength={2000}
              value={note.value}
              onInput={(event) => (note.value = event.currentTarget.value)}
            />
          )}
        </Field>
        <FailureNote failure={action.failure.value} kept="What you wrote is kept here." />
        <div class="actions is-start">
          <button type="submit" class="button is-primary" aria-disabled={action.busy.value}>
            Enter it
          </button>
        </div>
      </form>
    </details>
  );
}
