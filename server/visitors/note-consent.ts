import type { Clock } from "../infra/clock.js";
import type { FrozenVisitors } from "./frozen-visitors.js";
import type { VisitorStore } from "./visitor-store.js";

interface Deps {
  clock: Clock;
  visitors: VisitorStore;
  frozen: FrozenVisitors;
}

/**
 * Notes at a visitor which consent record is their newest.
 * @param forbidden the record forbids even the use that the chat itself needs
 */
export async function noteConsent(
  deps: Deps,
  site: string,
  visitorId: string,
  seq: number,
  forbidden: boolean,
): Promise<void> {
  const frozenAt = forbidden ? deps.clock.now() : null;
  await deps.visitors.noteConsent(site, visitorId, seq, frozenAt);
  deps.frozen.changed(visitorId, forbidden);
}
