import { useSignal } from "@preact/signals";
import { tokenPattern } from "../../../shared/ids.js";
import { limits } from "../../../shared/limits.js";
import type { Failure } from "../../state/outcome.js";
import { FailureNote } from "../parts/FailureNote.js";
import { Field } from "../parts/Field.js";
import { PasswordInput } from "../parts/PasswordInput.js";
import { useApp } from "../use-app.js";
import { GateCard } from "./GateCard.js";
import { readText } from "./SignInForm.js";

/** The one-time link from the terminal or from an admin: makes the account, or a new password for it. */
export function SetUpView({ token }: { token: string }) {
  const { session, page } = useApp();
  const busy = useSignal(false);
  const failure = useSignal<Failure | null>(null);
  const submit = async (event: SubmitEvent & { currentTarget: HTMLFormElement }): Promise<void> => {
    event.preventDefault();
    if (busy.value) return;
    const form = new FormData(event.currentTarget);
    busy.value = true;
    failure.value = await session.setUp({
      token,
      email: readText(form, "email").trim(),
      name: readText(form, "name").trim(),
      password: readText(form, "password"),
    });
    busy.value = false;
    if (failure.value === null) page.replace({ view: "inbox", conversationId: null });
  };
  const refused = failure.value?.code;
  if (refused === "SETUP_LINK_INVALID" || !tokenPattern.test(token)) return <UsedLink />;
  const about = (code: string): string | undefined =>
    refused === code ? failure.value?.message : undefined;
  return (
    <GateCard title="Set up Porchlight">
      <p class="lead">With this account you answer visitors and change settings.</p>
      <form onSubmit={(event) => void submit(event)}>
        <Field label="Your name" hint="Visitors read it beside your answers.">
          {(ids) => (
            <input
              {...ids}
              name="name"
              autocomplete="name"
              required
              maxLength={limits.name}
              autofocus
            />
          )}
        </Field>
        <Field label="E-mail" error={about("EMAIL_INVALID")}>
          {(ids) => (
            <input
              {...ids}
              name="email"
              type="email"
              autocomplete="username"
              required
              maxLength={limits.email}
            />
          )}
        </Field>
        <Field
          label="Password"
          hint={`At least ${limits.passwordMin} characters.`}
          error={about("PASSWORD_WEAK")}
        >
          {(ids) => <PasswordInput ids={ids} autocomplete="new-password" />}
        </Field>
        {refused !== "EMAIL_INVALID" && refused !== "PASSWORD_WEAK" && (
          <FailureNote failure={failure.value} />
        )}
        <button type="submit" class="button is-primary is-wide" aria-disabled={busy.value}>
          {busy.value ? "Creating the account" : "Create the account"}
        </button>
      </form>
    </GateCard>
  );
}

function UsedLink() {
  const { page } = useApp();
  return (
    <GateCard title="This link no longer works">
      <p>
        A link works once, whole, and for a limited time. Ask an admin for a new one, under
        Settings, Operators. Where there is no other admin, run this where the server runs:
      </p>
      <pre class="code">npm run admin:link -- YOUR E-MAIL</pre>
      <button
        type="button"
        class="button is-wide"
        onClick={() => page.replace({ view: "inbox", conversationId: null })}
      >
        Sign in instead
      </button>
    </GateCard>
  );
}
