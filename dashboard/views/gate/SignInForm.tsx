import { useSignal } from "@preact/signals";
import { limits } from "../../../shared/limits.js";
import type { Failure } from "../../state/outcome.js";
import { FailureNote } from "../parts/FailureNote.js";
import { Field } from "../parts/Field.js";
import { PasswordInput } from "../parts/PasswordInput.js";
import { useApp } from "../use-app.js";

/** E-mail and password. A refusal does not say which of the two was wrong. */
export function SignInForm({ email }: { email: string }) {
  const { session } = useApp();
  const busy = useSignal(false);
  const failure = useSignal<Failure | null>(null);
  const submit = async (event: SubmitEvent & { currentTarget: HTMLFormElement }): Promise<void> => {
    event.preventDefault();
    if (busy.value) return;
    const form = new FormData(event.currentTarget);
    busy.value = true;
    failure.value = await session.signIn({
      email: readText(form, "email").trim(),
      password: readText(form, "password"),
    });
    busy.value = false;
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Field label="E-mail">
        {(ids) => (
          <input
            {...ids}
            name="email"
            type="email"
            autocomplete="username"
            required
            maxLength={limits.email}
            defaultValue={email}
            autofocus={email === ""}
          />
        )}
      </Field>
      <Field label="Password">
        {(ids) => (
          <PasswordInput ids={ids} autocomplete="current-password" autofocus={email !== ""} />
        )}
      </Field>
      <FailureNote failure={failure.value} />
      <button type="submit" class="button is-primary is-wide" aria-disabled={busy.value}>
        {busy.value ? "Signing in" : "Sign in"}
      </button>
    </form>
  );
}

export function readText(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value : "";
}
