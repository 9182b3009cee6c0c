import { useSignal } from "@preact/signals";
import type { RecipientRow } from "../../../shared/privacy.js";
import type { NewRecipient } from "../../state/privacy-api.js";
import { tellDate } from "../../state/tell-numbers.js";
import { FailureNote } from "../parts/FailureNote.js";
import { Field } from "../parts/Field.js";
import { ReadingState } from "../parts/ReadingState.js";
import { useAction } from "../parts/use-action.js";
import { useReading } from "../parts/use-reading.js";
import { useApp } from "../use-app.js";
import { TransferSection } from "./TransferSection.js";

const empty: NewRecipient = {
  name: "",
  purpose: "",
  country: "",
  agreement: "",
  transferBasis: "",
};
const fields: { name: keyof NewRecipient; label: string; hint: string; required: boolean }[] = [
  { name: "name", label: "Name", hint: "", required: true },
  { name: "purpose", label: "Purpose", hint: "What they do with the data.", required: true },
  { name: "country", label: "Country", hint: "Two letters: DE, US.", required: false },
  {
    name: "agreement",
    label: "Agreement",
    hint: "The data-processing agreement, by name and date.",
    required: false,
  },
  {
    name: "transferBasis",
    label: "Basis of a transfer abroad",
    hint: "Standard clauses, adequacy; empty where there is none.",
    required: false,
  },
];

/** Third parties: listed and noticed first, active only after that. */
export function RecipientSection({ siteId }: { siteId: string }) {
  const { privacy, session } = useApp();
  const recipients = useReading(siteId, () => privacy.listRecipients(siteId));
  const action = useAction();
  const admin = session.operator.value?.role === "admin";
  const activate = async (id: string): Promise<void> => {
    if ((await action.run(() => privacy.activateRecipient(siteId, id))) !== null)
      recipients.again();
  };
  const remove = async (id: string): Promise<void> => {
    await action.run(() => privacy.removeRecipient(siteId, id));
    recipients.again();
  };
  return (
    <>
      <section class="form">
        <h3>Third parties</h3>
        <p class="hint">
          Visitors read this list in the policy. Nothing is sent to anybody who is not active here.
        </p>
        <ReadingState of={recipients} label="Reading the recipients" />
        {recipients.value?.length === 0 && <p class="quiet">Nobody receives data.</p>}
        <ul class="cards">
          {recipients.value?.map((row) => (
            <li class="card" key={row.id}>
              <p>
                <b dir="auto">{row.name}</b> {row.country !== "" && `(${row.country})`}{" "}
                <span class={row.activeAt === null ? "chip" : "chip is-good"}>
                  {tellState(row)}
                </span>
              </p>
              <p class="quiet" dir="auto">
                {[row.purpose, row.agreement, row.transferBasis]
                  .filter((word) => word !== "")
                  .join(". ")}
              </p>
              {admin && (
                <div class="actions is-start">
                  {row.activeAt === null && (
                    <button type="button" class="button" onClick={() => void activate(row.id)}>
                      Activate
                    </button>
                  )}
                  <button type="button" class="button" onClick={() => void remove(row.id)}>
                    Remove
                  </button>
                </div>
              )}
            </li>
          ))}
        </ul>
        <FailureNote failure={action.failure.value} />
        {admin && <NewRecipientForm siteId={siteId} added={recipients.again} />}
      </section>
      {admin && <TransferSection siteId={siteId} />}
    </>
  );
}

function tellState(row: RecipientRow): string {
  if (row.activeAt !== null) return `Active since ${tellDate(row.activeAt)}`;
  return row.noticeAt === null ? "Listed" : `Announced ${tellDate(row.noticeAt)}`;
}

function NewRecipientForm({ siteId, added }: { siteId: string; added: () => void }) {
  const { privacy } = useApp();
  const action = useAction();
  const draft = useSignal(empty);
  const add = async (event: Event): Promise<void> => {
    event.preventDefault();
    if ((await action.run(() => privacy.addRecipient(siteId, draft.value))) === null) return;
    draft.value = empty;
    added();
  };
  return (
    <details class="card">
      <summary>
        <b>List a third party</b>
      </summary>
      <form class="form is-inner" onSubmit={(event) => void add(event)}>
        {fields.map(({ name, label, hint, required }) => (
          <Field key={name} label={label} {...(hint === "" ? {} : { hint })}>
            {(ids) => (
              <input
                {...ids}
                dir="auto"
                required={required}
                maxLength={name === "country" ? 2 : name === "purpose" ? 500 : 200}
                value={draft.value[name]}
                onInput={(event) => {
                  const typed = event.currentTarget.value;
                  draft.value = {
                    ...draft.value,
                    [name]: name === "country" ? typed.toUpperCase() : typed,
                  };
                }}
              />
            )}
          </Field>
        ))}
        <FailureNote failure={action.failure.value} kept="What you wrote is kept here." />
        <div class="actions is-start">
          <button type="submit" class="button is-primary" aria-disabled={action.busy.value}>
            List and announce
          </button>
        </div>
      </form>
    </details>
  );
}
