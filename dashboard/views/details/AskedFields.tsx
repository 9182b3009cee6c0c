import type { Signal } from "@preact/signals";
import { Field } from "../parts/Field.js";

/** Who asked, and how it was made sure that it is the person: kept with the request. */
export function AskedFields({ contact, note }: { contact: Signal<string>; note: Signal<string> }) {
  return (
    <>
      <Field label="Who asked" hint="A mail address, a telephone number, or “in the chat”.">
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
      <Field
        label="How you know that it is this person"
        hint="It stays with the request, under Privacy."
      >
        {(ids) => (
          <textarea
            {...ids}
            dir="auto"
            rows={2}
            required
            maxLength={2000}
            value={note.value}
            onInput={(event) => (note.value = event.currentTarget.value)}
          />
        )}
      </Field>
    </>
  );
}
