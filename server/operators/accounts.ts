import { makeId } from "../../shared/ids.js";
import type { OperatorAccount, OperatorInvitation, Role } from "../../shared/wire.js";
import { refuse } from "../errors.js";
import { normalAddress } from "../mail/normal-address.js";
import { serverWide } from "../privacy/append-audit.js";
import type { StoredOperator } from "./operator.js";
import { makeSetupLink, type SetupDeps } from "./setup-links.js";

export interface AccountDeps extends SetupDeps {
  /** Cuts the session's sockets. */
  sessionEnded(sessionId: string): void;
}

/** An invitation travels by mail or messenger and waits until it is read. */
const invitationLifeMs = 3 * 24 * 3_600_000;

/** Everybody who has an account or an invitation, oldest first. */
export async function listAccounts(deps: Pick<AccountDeps, "operators">) {
  return (await deps.operators.list()).map(presentAccount);
}

/**
 * Makes an account without a password, and the link by which its person sets one within three days.
 * @throws EMAIL_INVALID, CONFLICT when the address has an account
 */
export async function inviteOperator(
  deps: AccountDeps,
  by: string,
  form: { email: string; role: Role },
): Promise<OperatorInvitation> {
  const email = normalAddress(form.email);
  if (email === null) throw refuse("EMAIL_INVALID");
  const operator: StoredOperator = {
    id: makeId((bytes) => crypto.getRandomValues(bytes)),
    email,
    name: "",
    role: form.role,
    passwordHash: null,
    confidentialityAt: null,
    createdAt: deps.clock.now(),
  };
  if (!(await deps.operators.insert(operator)))
    throw refuse("CONFLICT", { message: "This address has an account." });
  await note(deps, by, "operator.invite", operator.id, { role: form.role });
  const link = await makeSetupLink(deps, operator.id, invitationLifeMs);
  return { account: presentAccount(operator), link };
}

/**
 * A new link for an account: the invitation again, or a way back for a lost password. The old
 * password stands until the link is used.
 * @throws NOT_FOUND
 */
export async function renewInvitation(
  deps: AccountDeps,
  by: string,
  id: string,
): Promise<OperatorInvitation> {
  const operator = await findAccount(deps, id);
  await note(deps, by, "operator.link", id);
  const link = await makeSetupLink(deps, id, invitationLifeMs);
  return { account: presentAccount(operator), link };
}

/**
 * Changes what an operator may do. Ends the account's sessions, so that no open page goes on with
 * the old role. Nobody changes the own role, so an admin remains; where two demote each other at the
 * same moment, the terminal makes the next one.
 * @throws NOT_FOUND, UNPROCESSABLE for the own account
 */
export async function changeRole(
  deps: AccountDeps,
  by: string,
  id: string,
  role: Role,
): Promise<OperatorAccount> {
  refuseOwn(by, id);
  const operator = await findAccount(deps, id);
  if (operator.role === role) return presentAccount(operator);
  await note(deps, by, "operator.role", id, { from: operator.role, to: role });
  await deps.operators.setRole(id, role);
  await endSessions(deps, id);
  return presentAccount({ ...operator, role });
}

/**
 * Deletes an account or an invitation; what the person wrote keeps the name.
 * @throws NOT_FOUND, UNPROCESSABLE for the own account
 */
export async function removeOperator(deps: AccountDeps, by: string, id: string): Promise<void> {
  refuseOwn(by, id);
  const { role } = await findAccount(deps, id);
  await note(deps, by, "operator.remove", id, { role });
  await deps.operators.remove(id);
  await deps.setupLinks.removeAll(id);
  await endSessions(deps, id);
}

async function findAccount(deps: AccountDeps, id: string): Promise<StoredOperator> {
  const operator = await deps.operators.findById(id);
  if (operator === null) throw refuse("NOT_FOUND", { message: "There is no such account." });
  return operator;
}

function refuseOwn(by: string, id: string): void {
  if (by === id)
    throw refuse("UNPROCESSABLE", { message: "Another admin has to do this to your account." });
}

async function endSessions(deps: AccountDeps, id: string): Promise<void> {
  for (const session of await deps.sessions.endAll(id)) deps.sessionEnded(session);
}

async function note(
  deps: AccountDeps,
  actor: string,
  act: string,
  operator: string,
  details: Record<string, unknown> = {},
): Promise<void> {
  await deps.appendAudit({ site: serverWide, actor, act, details: { operator, ...details } });
}

function presentAccount(operator: StoredOperator): OperatorAccount {
  const { id, email, name, role, passwordHash, createdAt } = operator;
  return { id, email, name, role, invited: passwordHash === null, createdAt };
}
