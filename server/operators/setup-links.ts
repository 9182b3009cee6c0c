import { makeId } from "../../shared/ids.js";
import type { SetupLinkOwner } from "../../shared/wire.js";
import { refuse } from "../errors.js";
import type { Clock } from "../infra/clock.js";
import { normalAddress } from "../mail/normal-address.js";
import type { AppendAudit } from "../privacy/append-audit.js";
import { serverWide } from "../privacy/append-audit.js";
import { hashToken, makeSecret } from "./hash-token.js";
import type { OperatorStore } from "./operator-store.js";
import type { StoredOperator } from "./operator.js";
import { hashPassword } from "./passwords.js";
import type { SessionStore } from "./session-store.js";
import type { SetupLinkStore } from "./setup-link-store.js";

export interface SetupDeps {
  operators: OperatorStore;
  sessions: Pick<SessionStore, "endAll">;
  setupLinks: SetupLinkStore;
  clock: Clock;
  publicUrl: URL;
  appendAudit: AppendAudit;
}

/** Of a link that goes from the terminal straight into a browser. */
const linkLifeMs = 3_600_000;

/** The link that makes the first admin; null once there is one. For the terminal, never for a log. */
export async function makeFirstLink(deps: SetupDeps): Promise<string | null> {
  return (await deps.operators.hasAdmin()) ? null : makeSetupLink(deps, null, linkLifeMs);
}

/**
 * A new link for an admin who lost the password: ends all of the account's sessions and is audited.
 * @returns null when no admin has this address
 */
export async function makeRecoveryLink(deps: SetupDeps, email: string): Promise<string | null> {
  const address = normalAddress(email);
  const operator = address === null ? null : await deps.operators.findByEmail(address);
  if (operator?.role !== "admin") return null;
  await deps.appendAudit({
    site: serverWide,
    actor: "server",
    act: "admin.link",
    details: { operator: operator.id },
  });
  const link = await makeSetupLink(deps, operator.id, linkLifeMs);
  await deps.sessions.endAll(operator.id);
  return link;
}

/**
 * A link that works once; earlier ones of the account stop working. The token stands in the
 * fragment: it reaches no server, no log and no Referer before it is spent.
 */
export async function makeSetupLink(
  deps: Pick<SetupDeps, "setupLinks" | "clock" | "publicUrl">,
  operatorId: string | null,
  lifeMs: number,
): Promise<string> {
  const token = makeSecret();
  const expireAt = new Date(deps.clock.now() + lifeMs);
  await deps.setupLinks.replace({ tokenHash: hashToken(token), operatorId, expireAt });
  return `${deps.publicUrl.origin}/dashboard/#/setup/${token}`;
}

/**
 * Whose link it is, without spending it.
 * @throws SETUP_LINK_INVALID
 */
export async function findLinkOwner(deps: SetupDeps, token: string): Promise<SetupLinkOwner> {
  const known = await findAccountOfLink(deps, hashToken(token));
  if (known === null) return { email: null, name: "", role: "admin" };
  return { email: known.email, name: known.name, role: known.role };
}

/** The account that a living link is for; null: it makes the first admin. @throws SETUP_LINK_INVALID */
async function findAccountOfLink(
  deps: SetupDeps,
  tokenHash: string,
): Promise<StoredOperator | null> {
  const link = await deps.setupLinks.find(tokenHash, new Date(deps.clock.now()));
  if (link === null) throw refuse("SETUP_LINK_INVALID");
  const known = link.operatorId === null ? null : await deps.operators.findById(link.operatorId);
  // A link whose account was removed makes nobody an admin.
  if (known === null && (link.operatorId !== null || (await deps.operators.hasAdmin())))
    throw refuse("SETUP_LINK_INVALID");
  return known;
}

export interface SetupForm {
  token: string;
  email: string;
  name: string;
  password: string;
}

/**
 * Spends a link: makes the first admin, or sets name and password of the link's account. Everything
 * that can be refused is refused before the link is spent, so a weak password does not cost it.
 * @throws SETUP_LINK_INVALID, EMAIL_INVALID, PASSWORD_WEAK
 */
export async function spendSetupLink(deps: SetupDeps, form: SetupForm): Promise<StoredOperator> {
  const tokenHash = hashToken(form.token);
  const known = await findAccountOfLink(deps, tokenHash);
  const email = normalAddress(form.email);
  if (email === null) throw refuse("EMAIL_INVALID");
  if (known !== null && known.email !== email)
    throw refuse("EMAIL_INVALID", { message: "This link is for another e-mail address." });

  const passwordHash = await hashPassword(form.password, email);
  if (!(await deps.setupLinks.spend(tokenHash))) throw refuse("SETUP_LINK_INVALID");
  if (known !== null) {
    await deps.operators.setAccount(known.id, { name: form.name, passwordHash });
    await deps.sessions.endAll(known.id);
    await auditSetup(deps, known.id);
    return { ...known, name: form.name, passwordHash };
  }
  const operator: StoredOperator = {
    id: makeId((bytes) => crypto.getRandomValues(bytes)),
    email,
    name: form.name,
    role: "admin",
    passwordHash,
    confidentialityAt: null,
    createdAt: deps.clock.now(),
  };
  if (!(await deps.operators.insert(operator))) throw refuse("SETUP_LINK_INVALID");
  await auditSetup(deps, operator.id);
  return operator;
}

async function auditSetup(deps: SetupDeps, operatorId: string): Promise<void> {
  await deps.appendAudit({ site: serverWide, actor: operatorId, act: "operator.setup" });
}
