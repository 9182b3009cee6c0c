import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { tokenPattern } from "../../../shared/ids.js";
import { limits } from "../../../shared/limits.js";
import type { Role, SetupLinkOwner } from "../../../shared/wire.js";
import type { Failure, Outcome } from "../../state/outcome.js";
import { FailureNote } from "../parts/FailureNote.js";
import { Field } from "../parts/Field.js";
import { PasswordInput } from "../parts/PasswordInput.js";
import { useApp } from "../use-app.js";
import { GateCard } from "./GateCard.js";
import { readText } from "./SignInForm.js";

/** A one-time link, from the terminal or from an admin: asked first whose it is. */
export function SetUpView({ token }: { token: string }) {
  const { session } = useApp();
  const found = useSignal<Outcome<SetupLinkOwner> | null>(null);
  const ask = async (): Promise<void> => {
    found.value = tokenPattern.test(token) ? await session.checkLink(token) : brokenLink;
  };
  useEffect(() => void ask(), [token]);
  const answer = found.value;
  if (answer === null) return null;
  if (answer.ok) return <AccountForm token={token} owner={answer.value} />;
  if (answer.code === "SETUP_LINK_INVALID") return <UsedLink />;
  return (
    <GateCard title="Set up Porchlight">
      <FailureNote failure={answer} kept="The link is not spent." retry={() => void ask()} />
    </GateCard>
  );
}

const brokenLink: Failure = { ok: false, code: "SETUP_LINK_INVALID", message: "" };
const titles: Record<Role, string> = {
  admin: "Join as an admin",
  operator: "Join as an operator",
  viewer: "Join as a viewer",
};

/** Makes the first admin, completes an invitation, or sets a new password. */
function AccountForm({ token, owner }: { token: string; owner: SetupLinkOwner }) {
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
  if (refused === "SETUP_LINK_INVALID") return <UsedLink />;
  const about = (code: string): string | undefined =>
    refused === code ? failure.value?.message : undefined;
  const again = owner.name !== "";
  const verb = again ? "Save" : "Create the account";
  return (
    <GateCard
      title={
        again
          ? "Set a new password"
          : owner.email === null
            ? "Set up Porchlight"
            : titles[owner.role]
      }
    >
      <p class="lead">
        {owner.role === "viewer"
          ? "With this account you read along."
          : owner.role === "operator"
            ? "With this account you answer visitors."
            : "With this account you answer visitors and change settings."}
      </p>
      <form onSubmit={(event) => void submit(event)}>
        <Field label="Your name" hint="Visitors read it beside your answers.">
          {(ids) => (
            <input
              {...ids}
              name="name"
              autocomplete="name"
              required
              maxLength={limits.name}
              defaultValue={owner.name}
              autofocus
            />
          )}
        </Field>
        <Field
          label="E-mail"
          hint={owner.email === null ? undefined : "The link is for this address."}
          error={about("EMAIL_INVALID")}
        >
          {(ids) => (
            <input
              {...ids}
              name="email"
              type="email"
              autocomplete="username"
              required
              readOnly={owner.email !== null}
              defaultValue={owner.email ?? ""}
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
          {busy.value ? "Saving" : verb}
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
