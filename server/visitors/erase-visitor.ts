import type { Clock } from "../infra/clock.js";
import type { VisitorStore } from "./visitor-store.js";

interface Deps {
  visitors: VisitorStore;
  clock: Clock;
  publish: { tokenRevoked(site: string, visitorId: string): void };
}

/** How long an erased visitor's token is still known as ended: a session cookie may bring it back. */
const REMEMBERED_MS = 30 * 24 * 60 * 60 * 1000;

/**
 * Erases who a visitor was. What stays for 30 days is the hash of a dead token, so that a tab that
 * slept through the erasure is told so instead of starting the same visitor anew.
 */
export async function eraseVisitor(deps: Deps, site: { id: string }, id: string): Promise<void> {
  const now = deps.clock.now();
  await deps.visitors.change(site.id, id, {
    profile: { name: "", email: "" },
    revokedAt: now,
    consentSeq: 0,
    lastSeenAt: now,
    expireAt: new Date(now + REMEMBERED_MS),
  });
  deps.publish.tokenRevoked(site.id, id);
}
