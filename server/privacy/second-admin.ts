import { serverWide } from "./append-audit.js";
import type { Chain } from "./chain.js";
import type { AuditRecord } from "./chain-store.js";

export interface AdminDeps {
  audit: Pick<Chain<AuditRecord>, "findLast" | "list">;
  countAdmins: () => Promise<number>;
  /** When an operator's account was made; null when there is none (any more). */
  findAccountDate: (operatorId: string) => Promise<number | null>;
}

const dayMs = 86_400_000;
/** Longer than an invitation or a link for a lost password lives: whoever made one may have used it. */
const handsMs = 7 * dayMs;
/** An admin who went this recently was there to be asked. */
const goneMs = 3 * dayMs;
const pageSize = 200;

const reachingActs = new Set(["operator.invite", "operator.link", "operator.role"]);

/**
 * Whether two admins are two people as far as can be told: the second has had the account since
 * before the request, and none of the last days' invitations, links and changes of role leads from
 * one account to the other, nor to both from a third. Whoever makes a link can use it.
 */
export async function isSecondAdmin(
  deps: AdminDeps,
  request: { by: string; at: number },
  second: string,
): Promise<boolean> {
  const since = await deps.findAccountDate(second);
  if (since === null || since >= request.at) return false;
  const acts = await listOperatorActs(deps, request.at - handsMs);
  return !sameHands(acts, request.by).has(second);
}

/** Whether nobody else could be asked: neither now nor before an admin was removed or degraded just now. */
export async function isOnlyAdmin(deps: AdminDeps, now: number): Promise<boolean> {
  if ((await deps.countAdmins()) > 1) return false;
  const acts = await listOperatorActs(deps, now - goneMs);
  return !acts.some(endsAdmin);
}

function endsAdmin({ act, details }: AuditRecord): boolean {
  if (act === "operator.role") return details["from"] === "admin";
  return act === "operator.remove" && (details["role"] ?? "admin") === "admin";
}

/** Everybody whom these acts connect with an operator, however long the way. */
function sameHands(acts: readonly AuditRecord[], operator: string): Set<string> {
  const neighbours = new Map<string, Set<string>>();
  const connect = (a: string, b: string) => {
    neighbours.set(a, (neighbours.get(a) ?? new Set()).add(b));
  };
  for (const { act, actor, details } of acts) {
    const target = details["operator"];
    if (!reachingActs.has(act) || typeof target !== "string") continue;
    connect(actor, target);
    connect(target, actor);
  }
  const found = new Set([operator]);
  for (const one of found) for (const next of neighbours.get(one) ?? []) found.add(next);
  return found;
}

/** What was done to accounts since then; read from the chain's end. */
async function listOperatorActs(deps: AdminDeps, since: number): Promise<AuditRecord[]> {
  const acts: AuditRecord[] = [];
  for (let to = (await deps.audit.findLast(serverWide))?.seq ?? 0; to > 0; to -= pageSize) {
    const page = await deps.audit.list(serverWide, Math.max(1, to - pageSize + 1), pageSize);
    const recent = page.filter(({ at, seq }) => at >= since && seq <= to);
    acts.push(...recent);
    if (recent.length === 0) break;
  }
  return acts;
}
