import type { Clock } from "../infra/clock.js";
import type { VisitorStore } from "./visitor-store.js";

interface Deps {
  visitors: VisitorStore;
  clock: Clock;
  publish: { tokenRevoked(site: string, visitorId: string): void };
}

/**
 * Ends a visitor's token for good and cuts its sockets; what was said stays. A token that never
 * stored anything has nothing to end. Repeats are harmless.
 */
export async function endToken(deps: Deps, site: string, tokenHash: string): Promise<void> {
  const visitor = await deps.visitors.findByToken(site, tokenHash);
  if (visitor === null) return;
  if (visitor.revokedAt === null)
    await deps.visitors.change(site, visitor.id, { revokedAt: deps.clock.now() });
  deps.publish.tokenRevoked(site, visitor.id);
}
