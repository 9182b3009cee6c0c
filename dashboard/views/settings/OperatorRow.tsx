import { useSignal } from "@preact/signals";
import type { OperatorAccount, Role } from "../../../shared/wire.js";
import { nameAccount } from "../../state/accounts.js";
import { Dialog } from "../parts/Dialog.js";
import { FailureNote } from "../parts/FailureNote.js";
import { useAction } from "../parts/use-action.js";
import { useApp } from "../use-app.js";
import { RoleSelect } from "./RoleSelect.js";

/** One account: who, as what, and the ways to change it. The own one is changed by another admin. */
export function OperatorRow({ account, own }: { account: OperatorAccount; own: boolean }) {
  const { accounts } = useApp();
  const action = useAction();
  const asking = useSignal(false);
  const name = nameAccount(account);
  const change = (role: Role) => void action.run(() => accounts.changeRole(account.id, role));
  const remove = async (): Promise<void> => {
    asking.value = false;
    await action.run(() => accounts.remove(account.id));
  };
  return (
    <li class="account">
      <p class="account-who">
        <b dir="auto">{name}</b>
        <span class="quiet">
          {account.name !== "" && account.email}
          {own && " (you)"}
          {account.invited && "Invited: the link was not used yet"}
        </span>
      </p>
      {own ? (
        <span class="quiet">Admin</span>
      ) : (
        <div class="actions">
          <RoleSelect label={`Role of ${name}`} value={account.role} change={change} />
          <button
            type="button"
            class="button"
            aria-label={`New link for ${name}`}
            onClick={() => void action.run(() => accounts.renewLink(account.id))}
          >
            New link
          </button>
          <button
            type="button"
            class="button"
            aria-label={`Remove ${name}`}
            onClick={() => (asking.value = true)}
          >
            Remove
          </button>
        </div>
      )}
      <FailureNote failure={action.failure.value} />
      {asking.value && (
        <Dialog label={`Remove ${name}`} close={() => (asking.value = false)}>
          <h2>Remove {name}</h2>
          <p>
            {account.invited
              ? "The link stops working."
              : "The account is signed out everywhere at once. What it wrote stays, with its name."}
          </p>
          <div class="actions">
            <button type="button" class="button" onClick={() => (asking.value = false)}>
              Keep
            </button>
            <button type="button" class="button is-danger" onClick={() => void remove()}>
              Remove
            </button>
          </div>
        </Dialog>
      )}
    </li>
  );
}
