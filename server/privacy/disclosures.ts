import { randomFillSync } from "node:crypto";
import { makeId } from "../../shared/ids.js";
import type { DisclosureBasis, DisclosureRow } from "../../shared/privacy.js";
import { disclosureBases } from "../../shared/privacy.js";
import { refuse } from "../errors.js";
import type { Clock } from "../infra/clock.js";
import type { Site } from "../sites/site.js";
import type { Chain } from "./chain.js";
import type { AuditRecord } from "./chain-store.js";
import { isOnlyAdmin, isSecondAdmin, type AdminDeps } from "./second-admin.js";

/**
 * Handing data to an authority (JIVO-10). There is no record that could be edited: a case is what
 * its entries in the chain say, request, approvals and each export.
 */
export interface DisclosureDeps extends AdminDeps {
  clock: Clock;
  disclosures: Chain<AuditRecord>;
}

export interface DisclosureDraft {
  conversationId: string;
  basis: DisclosureBasis;
  reason: string;
  fields: string[];
}

/** In an emergency the second approval may follow within this time. */
const emergencyMs = 24 * 3_600_000;
const pageSize = 500;

export async function requestDisclosure(
  deps: DisclosureDeps,
  site: Site,
  operatorId: string,
  { basis, ...draft }: DisclosureDraft,
): Promise<DisclosureRow> {
  const id = makeId((bytes) => randomFillSync(bytes));
  const single = await isOnlyAdmin(deps, deps.clock.now());
  await append(deps, site, operatorId, "request", basis, { ...draft, id, single });
  return getDisclosure(deps, site, id);
}

/**
 * The second pair of eyes.
 * @throws NOT_FOUND, FORBIDDEN for whoever asked or approved already, and for an account that may be
 *   in the same hands
 */
export async function approveDisclosure(
  deps: DisclosureDeps,
  site: Site,
  operatorId: string,
  id: string,
): Promise<DisclosureRow> {
  const row = await getDisclosure(deps, site, id);
  if (row.requestedBy === operatorId || row.approvals.some((one) => one.operator === operatorId))
    throw refuse("FORBIDDEN", { message: "Somebody else has to approve it." });
  const asked = { by: row.requestedBy, at: row.requestedAt };
  if (!(await isSecondAdmin(deps, asked, operatorId)))
    throw refuse("FORBIDDEN", {
      message:
        "Somebody else has to approve it: one of the two accounts was made, or got a role or a link from the other, within a week before the request or after it.",
    });
  await append(deps, site, operatorId, "approve", row.basis, { id });
  return getDisclosure(deps, site, id);
}

/**
 * Lets an export begin, and chains that it did: no data leaves without an entry.
 * @throws NOT_FOUND, FORBIDDEN before it is approved, and in an emergency when the approval is overdue
 */
export async function beginDisclosure(
  deps: DisclosureDeps,
  site: Site,
  operatorId: string,
  id: string,
): Promise<DisclosureRow> {
  const row = await getDisclosure(deps, site, id);
  if (row.state === "waiting")
    throw refuse("FORBIDDEN", { message: "A second admin has to approve it first." });
  if (row.state === "overdue")
    throw refuse("FORBIDDEN", {
      message: "The second approval is overdue: nothing more leaves before it.",
    });
  await append(deps, site, operatorId, "export", row.basis, { id });
  return row;
}

export async function getDisclosure(
  deps: DisclosureDeps,
  site: Site,
  id: string,
): Promise<DisclosureRow> {
  const found = (await listDisclosures(deps, site)).find((row) => row.id === id);
  if (found === undefined) throw refuse("NOT_FOUND");
  return found;
}

/** Newest first. */
export async function listDisclosures(deps: DisclosureDeps, site: Site): Promise<DisclosureRow[]> {
  const rows = new Map<string, DisclosureRow>();
  for (let from = 1; ;) {
    const page = await deps.disclosures.list(site.id, from, pageSize);
    for (const record of page) take(rows, record);
    const last = page.at(-1);
    if (last === undefined || page.length < pageSize) break;
    from = last.seq + 1;
  }
  const now = deps.clock.now();
  return [...rows.values()].map((row) => ({ ...row, state: stateOf(row, now) })).reverse();
}

function take(rows: Map<string, DisclosureRow>, record: AuditRecord): void {
  const { id, conversationId, reason, fields, single } = record.details;
  if (typeof id !== "string") return;
  if (record.act === "request")
    rows.set(id, {
      id,
      conversationId: String(conversationId),
      basis: disclosureBases.find((known) => known === record.basis) ?? "order",
      reason: String(reason),
      fields: Array.isArray(fields) ? fields.map(String) : [],
      requestedBy: record.actor,
      requestedAt: record.at,
      approvals: [],
      single: single === true,
      state: "waiting",
    });
  if (record.act === "approve")
    rows.get(id)?.approvals.push({ operator: record.actor, at: record.at });
}

function stateOf(row: DisclosureRow, now: number): DisclosureRow["state"] {
  if (row.single || row.approvals.length > 0) return "approved";
  if (row.basis !== "emergency") return "waiting";
  return now - row.requestedAt > emergencyMs ? "overdue" : "due";
}

async function append(
  deps: DisclosureDeps,
  site: Site,
  actor: string,
  act: string,
  basis: DisclosureBasis,
  details: Record<string, unknown>,
): Promise<void> {
  await deps.disclosures.append(
    site.id,
    { actor, act, targetH: null, basis, details },
    site.rules.retention.audit,
  );
}
