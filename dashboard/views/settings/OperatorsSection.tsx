import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { limits } from "../../../shared/limits.js";
import type { OperatorInvitation, Role } from "../../../shared/wire.js";
import { nameAccount } from "../../state/accounts.js";
import { CopyButton } from "../parts/CopyButton.js";
import { FailureNote } from "../parts/FailureNote.js";
import { Field } from "../parts/Field.js";
import { SkeletonRows } from "../parts/Late.js";
import { useAction } from "../parts/use-action.js";
import { useApp } from "../use-app.js";
import { OperatorRow } from "./OperatorRow.js";
import { RoleSelect } from "./RoleSelect.js";

/** Who may sign in on this server, for all its sites. */
export function OperatorsSection() {
  const { accounts, session } = useApp();
  const me = session.operator.value;
  const mine = me?.role === "admin";
  useEffect(() => {
    if (mine) void accounts.refresh();
    // A link is shown once: it does not wait for whoever opens this page next.
    return () => accounts.putAway();
  }, [accounts, mine]);
  if (!mine) return <p class="quiet">Admins invite operators and decide what they may do.</p>;
  const invitation = accounts.invitation.value;
  return (
    <div class="form">
      <section>
        <p class="hint">
          An account is for all sites of this server. A viewer reads, an operator answers, an admin
          changes settings, too.
        </p>
        <FailureNote failure={accounts.failure.value} retry={() => void accounts.refresh()} />
        {accounts.all.value === null && accounts.failure.value === null && (
          <SkeletonRows count={3} label="Reading the accounts" />
        )}
        {accounts.all.value !== null && (
          <ul class="plain-rows" aria-label="Accounts">
            {accounts.all.value.map((account) => (
              <OperatorRow key={account.id} account={account} own={account.id === me.id} />
            ))}
          </ul>
        )}
      </section>
      {invitation !== null && <ShownLink invitation={invitation} />}
      <section>
        <h3>Invite somebody</h3>
        <InviteForm />
      </section>
    </div>
  );
}

function ShownLink({ invitation: { account, link } }: { invitation: OperatorInvitation }) {
  return (
    <section class="note" role="status">
      <h3>Link for {nameAccount(account)}</h3>
      <p>
        Give it to nobody else. It works once, within three days, and is shown only now; earlier
        links of this account no longer work.
      </p>
      <pre class="code" tabIndex={0}>
        {link}
      </pre>
      <div class="actions is-start">
        <CopyButton text={link} label="Copy the link" />
      </div>
    </section>
  );
}

function InviteForm() {
  const { accounts } = useApp();
  const email = useSignal("");
  const role = useSignal<Role>("operator");
  const action = useAction();
  const invite = async (event: Event): Promise<void> => {
    event.preventDefault();
    const form = { email: email.value.trim(), role: role.value };
    if ((await action.run(() => accounts.invite(form))) !== null) email.value = "";
  };
  const failure = action.failure.value;
  const atField = failure?.code === "EMAIL_INVALID" || failure?.code === "CONFLICT";
  return (
    <form class="form is-inner" onSubmit={(event) => void invite(event)} noValidate>
      <Field label="E-mail" error={atField ? failure.message : undefined}>
        {(ids) => (
          <input
            {...ids}
            type="email"
            autocomplete="off"
            maxLength={limits.email}
            value={email.value}
            onInput={(event) => (email.value = event.currentTarget.value)}
          />
        )}
      </Field>
      <Field label="Role">
        {(ids) => (
          <RoleSelect ids={ids} value={role.value} change={(chosen) => (role.value = chosen)} />
        )}
      </Field>
      {!atField && <FailureNote failure={failure} kept="Nobody was invited." />}
      <div class="actions is-start">
        <button type="submit" class="button is-primary" aria-disabled={action.busy.value}>
          Make a link
        </button>
      </div>
    </form>
  );
}
