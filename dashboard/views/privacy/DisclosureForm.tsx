import { useSignal } from "@preact/signals";
import {
  disclosureBases,
  disclosureFields,
  type DisclosureBasis,
  type DisclosureField,
} from "../../../shared/privacy.js";
import { tellBasis } from "../../state/tell-privacy.js";
import { FailureNote } from "../parts/FailureNote.js";
import { Field } from "../parts/Field.js";
import { useAction } from "../parts/use-action.js";
import { useApp } from "../use-app.js";

/** The entry without which nothing leaves. */
export function DisclosureForm({ siteId, added }: { siteId: string; added: () => void }) {
  const { privacy } = useApp();
  const action = useAction();
  const conversationId = useSignal("");
  const basis = useSignal<DisclosureBasis>("order");
  const reason = useSignal("");
  const chosen = useSignal<DisclosureField[]>(["messages"]);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const draft = {
      // The address of a conversation in the dashboard is what people have at hand.
      conversationId: conversationId.value.trim().split("/").at(-1) ?? "",
      basis: basis.value,
      reason: reason.value.trim(),
      fields: chosen.value,
    };
    if ((await action.run(() => privacy.requestDisclosure(siteId, draft))) === null) return;
    conversationId.value = reason.value = "";
    added();
  };
  return (
    <details class="card">
      <summary>
        <b>Enter a disclosure</b>
      </summary>
      <form class="form is-inner" onSubmit={(event) => void submit(event)}>
        <Field
          label="Conversation"
          hint="Its address here in the dashboard, or the last part of it."
        >
          {(ids) => (
            <input
              {...ids}
              required
              spellcheck={false}
              value={conversationId.value}
              onInput={(event) => (conversationId.value = event.currentTarget.value)}
            />
          )}
        </Field>
        <Field
          label="Basis"
          hint="In an emergency it may leave at once; the second approval is then due within 24 hours."
        >
          {(ids) => (
            <select
              {...ids}
              value={basis.value}
              onChange={(event) => {
                const next = disclosureBases.find((one) => one === event.currentTarget.value);
                if (next !== undefined) basis.value = next;
              }}
            >
              {disclosureBases.map((one) => (
                <option key={one} value={one}>
                  {tellBasis(one)}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label="Reason" hint="Who asks, under which reference. At least 10 characters.">
          {(ids) => (
            <textarea
              {...ids}
              dir="auto"
              rows={3}
              required
              minLength={10}
              maxLength={2000}
              value={reason.value}
              onInput={(event) => (reason.value = event.currentTarget.value)}
            />
          )}
        </Field>
        <fieldset>
          <legend>What is handed over</legend>
          {disclosureFields.map((field) => (
            <label class="check" key={field}>
              <input
                type="checkbox"
                checked={chosen.value.includes(field)}
                onChange={(event) => {
                  const others = chosen.value.filter((one) => one !== field);
                  chosen.value = event.currentTarget.checked ? [...others, field] : others;
                }}
              />
              {field}
            </label>
          ))}
        </fieldset>
        <FailureNote failure={action.failure.value} kept="What you wrote is kept here." />
        <div class="actions is-start">
          <button
            type="submit"
            class="button is-primary"
            aria-disabled={action.busy.value || chosen.value.length === 0}
          >
            Enter it
          </button>
        </div>
      </form>
    </details>
  );
}
