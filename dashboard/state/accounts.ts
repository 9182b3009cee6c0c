import { signal, type ReadonlySignal } from "@preact/signals";
import type { OperatorAccount, OperatorInvitation, Role } from "../../shared/wire.js";
import type { Failure, Outcome } from "./outcome.js";

export interface AccountsApi {
  listAccounts(): Promise<Outcome<OperatorAccount[]>>;
  invite(form: { email: string; role: Role }): Promise<Outcome<OperatorInvitation>>;
  renewLink(id: string): Promise<Outcome<OperatorInvitation>>;
  changeRole(id: string, role: Role): Promise<Outcome<OperatorAccount>>;
  removeAccount(id: string): Promise<Outcome<null>>;
}

export interface Accounts {
  /** Null until they were read once. */
  all: ReadonlySignal<OperatorAccount[] | null>;
  failure: ReadonlySignal<Failure | null>;
  /** The link made last: it is shown once and cannot be asked for again. */
  invitation: ReadonlySignal<OperatorInvitation | null>;
  refresh(): Promise<void>;
  invite(form: { email: string; role: Role }): Promise<Outcome<OperatorInvitation>>;
  renewLink(id: string): Promise<Outcome<OperatorInvitation>>;
  changeRole(id: string, role: Role): Promise<Outcome<OperatorAccount>>;
  remove(id: string): Promise<Outcome<null>>;
  /** Takes the shown link away. */
  putAway(): void;
}

/** Whoever was invited has no name yet. */
export const nameAccount = ({ name, email }: OperatorAccount): string =>
  name === "" ? email : name;

/** Who may sign in; read when the page is opened, and after every change. */
export function createAccounts(api: AccountsApi): Accounts {
  const all = signal<OperatorAccount[] | null>(null);
  const failure = signal<Failure | null>(null);
  const invitation = signal<OperatorInvitation | null>(null);

  const refresh = async (): Promise<void> => {
    const outcome = await api.listAccounts();
    failure.value = outcome.ok ? null : outcome;
    if (outcome.ok) all.value = outcome.value;
  };
  const invited = async (outcome: Outcome<OperatorInvitation>) => {
    if (outcome.ok) {
      invitation.value = outcome.value;
      await refresh();
    }
    return outcome;
  };
  const changed = async <T>(outcome: Outcome<T>): Promise<Outcome<T>> => {
    // Also after a refusal: the list is then likely not as it is on the server.
    await refresh();
    return outcome;
  };
  return {
    all,
    failure,
    invitation,
    refresh,
    invite: async (form) => invited(await api.invite(form)),
    renewLink: async (id) => invited(await api.renewLink(id)),
    changeRole: async (id, role) => changed(await api.changeRole(id, role)),
    async remove(id) {
      if (invitation.value?.account.id === id) invitation.value = null;
      return changed(await api.removeAccount(id));
    },
    putAway: () => (invitation.value = null),
  };
}
