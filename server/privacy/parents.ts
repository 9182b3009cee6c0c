import { purposes } from "../../shared/consent.js";
import type { Site } from "../sites/site.js";
import type { Visitor } from "../visitors/visitor-store.js";
import { eraseSubject, targetOf, type EraseDeps } from "./erase-subject.js";
import { makeLink, spendLink, type LinkDeps } from "./privacy-links.js";
import type { PrivacyLink } from "./privacy-link-store.js";
import { openRequest, type RequestDeps } from "./requests.js";
import { restrictUse } from "./restrict-use.js";

export type ParentDeps = EraseDeps &
  LinkDeps &
  RequestDeps & {
    /** Hands the parents' single-use link over to their mailbox. */
    mailParent: (site: Site, address: string, token: string) => Promise<void>;
  };

/**
 * An operator learned that a visitor is under 13 (JMINI-08, JIVO-13). By the site's rule their data
 * goes at once, or every use of it stops until the parents have decided.
 * @param parentAddress where the parents are asked; without it there is nobody to ask
 */
export async function handleChild(
  deps: ParentDeps,
  site: Site,
  visitor: Visitor,
  operatorId: string,
  parentAddress: string | null,
): Promise<"erased" | "asked"> {
  const person = { kind: "visitor", visitor } as const;
  if (site.rules.age.under13 === "delete" || parentAddress === null) {
    await eraseSubject(deps, site, person, "all", operatorId, "under_13");
    return "erased";
  }
  await restrictUse(deps, site, visitor, "restrict", purposes);
  // Asked once more, they get another link; the days run from the first one.
  if (!(await isFrozen(deps, site, visitor)))
    await openRequest(deps, site, {
      type: "parent",
      contact: parentAddress,
      note: "Frozen until the parents decide; without an answer it is deleted.",
      visitorId: visitor.id,
      targetH: targetOf(deps.keys, site.id, person),
      actor: operatorId,
      frozen: true,
    });
  const token = await makeLink(deps, site.id, "parent", { visitorId: visitor.id });
  await deps.mailParent(site, parentAddress, token);
  return "asked";
}

/** Whether the parents are being asked: until they decide, nobody else lifts the restriction. */
export async function isFrozen(
  deps: Pick<ParentDeps, "keys" | "requests">,
  site: Pick<Site, "id">,
  visitor: Visitor,
): Promise<boolean> {
  const targetH = targetOf(deps.keys, site.id, { kind: "visitor", visitor });
  const requests = await deps.requests.listOf(site.id, targetH);
  return requests.some(({ frozen, state }) => frozen && state === "open");
}

/** What the parents decided, by the link that was mailed to them; null when it was used or is over. */
export async function decideAsParent(
  deps: ParentDeps,
  token: string,
  decision: "keep" | "delete",
  findSite: (id: string) => Promise<Site | null>,
): Promise<"kept" | "deleted" | null> {
  const link: PrivacyLink | null = await spendLink(deps, token, ["parent"]);
  const site = link === null ? null : await findSite(link.site);
  if (link === null || link.visitorId === null || site === null) return null;
  const visitor = await deps.visitors.find(site.id, link.visitorId);
  if (visitor === null) return null;
  await endFrozen(deps, site, visitor, "parent", decision);
  if (decision === "keep") {
    await restrictUse(deps, site, visitor, "restrict", []);
    return "kept";
  }
  const person = { kind: "visitor", visitor } as const;
  await eraseSubject(deps, site, person, "all", "parent", "parents");
  return "deleted";
}

/** What waited for the parents waits no more. */
export async function endFrozen(
  deps: Pick<ParentDeps, "keys" | "requests" | "clock">,
  site: Site,
  visitor: Visitor,
  actor: string,
  act: string,
): Promise<void> {
  const targetH = targetOf(deps.keys, site.id, { kind: "visitor", visitor });
  for (const request of await deps.requests.listOf(site.id, targetH)) {
    if (!request.frozen || request.state !== "open") continue;
    const step = { at: deps.clock.now(), actor, act, note: "" };
    await deps.requests.addStep(site.id, request.id, step, { state: "done" });
  }
}

/** No answer within the period is a no: what was frozen is deleted. @returns how many */
export async function deleteUndecided(
  deps: ParentDeps,
  findSite: (id: string) => Promise<Site | null>,
): Promise<number> {
  let deleted = 0;
  for (const request of await deps.requests.listDue(deps.clock.now())) {
    if (!request.frozen || request.visitorId === null) continue;
    const site = await findSite(request.site);
    const visitor =
      site === null ? null : await deps.visitors.find(request.site, request.visitorId);
    const step = { at: deps.clock.now(), actor: "server", act: "no_answer", note: "" };
    await deps.requests.addStep(request.site, request.id, step, { state: "done" });
    if (site === null || visitor === null) continue;
    const person = { kind: "visitor", visitor } as const;
    await eraseSubject(deps, site, person, "all", "server", "no_answer");
    deleted += 1;
  }
  return deleted;
}
