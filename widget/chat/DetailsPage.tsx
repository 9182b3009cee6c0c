import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { limits } from "../../shared/limits.js";
import { isMailAddress } from "./is-mail-address.js";
import { usePanel } from "./panel-context.js";

/** Name and address: both optional, both changeable. */
export function DetailsPage(): JSX.Element {
  const { chat, speech } = usePanel();
  const { texts } = speech.value;
  const known = chat.state.profile.value;
  const [name, setName] = useState(known.name);
  const [email, setEmail] = useState(known.email);
  const [result, setResult] = useState<"" | "saved" | "wrong">("");
  const save = (event: Event): void => {
    event.preventDefault();
    const address = email.trim();
    if (address !== "" && !isMailAddress(address)) {
      setResult("wrong");
      return;
    }
    chat.saveProfile({ name: name.trim(), email: address });
    setResult("saved");
  };
  return (
    <form class="page" noValidate onSubmit={save}>
      <h3>{texts.yourDetails}</h3>
      <p class="quiet">{texts.detailsHint}</p>
      <label class="field">
        {texts.name} <span class="quiet">({texts.optional})</span>
        <input
          value={name}
          maxLength={limits.name}
          dir="auto"
          autocomplete="name"
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <label class="field">
        {texts.email} <span class="quiet">({texts.optional})</span>
        <input
          type="email"
          value={email}
          maxLength={limits.email}
          dir="ltr"
          autocomplete="email"
          aria-invalid={result === "wrong"}
          onInput={(event) => setEmail(event.currentTarget.value)}
        />
      </label>
      {result === "wrong" && (
        <p class="alert" role="alert">
          {texts.emailWrong}
        </p>
      )}
      <div class="row">
        <button type="submit" class="button main">
          {texts.save}
        </button>
        <span class="quiet" role="status">
          {result === "saved" ? texts.detailsSaved : ""}
        </span>
      </div>
    </form>
  );
}
