import { refuse } from "../errors.js";
import type { Clock } from "../infra/clock.js";
import type { VisitorStore } from "./visitor-store.js";

/** Another node's freeze holds here after this time at the latest. */
const RECENT_MS = 1000;

/** Whose data may not be used at the moment: their own restriction, or a child's before the parents decide. */
export interface FrozenVisitors {
  /** @throws CONSENT_REFUSED for a visitor who is frozen */
  requireUse(visitorId: string): Promise<void>;
  /** It was stored on this node: the next question knows. */
  changed(visitorId: string, frozen: boolean): void;
}

/**
 * Asked for every message, so it is answered from memory: those who are frozen are few, and their
 * ids are read at most once a second however many messages there are.
 */
export function openFrozenVisitors(deps: {
  clock: Clock;
  visitors: Pick<VisitorStore, "listFrozen">;
}): FrozenVisitors {
  let frozen = new Set<string>();
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | null = null;
  /** Counts changes, so that a read that began before one does not undo it. */
  let changes = 0;

  async function read(): Promise<void> {
    for (;;) {
      const before = changes;
      const now = deps.clock.now();
      const ids = await deps.visitors.listFrozen();
      if (before !== changes) continue;
      frozen = new Set(ids);
      readAt = now;
      return;
    }
  }

  return {
    async requireUse(visitorId) {
      if (Math.abs(deps.clock.now() - readAt) >= RECENT_MS) {
        reading ??= read().finally(() => {
          reading = null;
        });
        await reading;
      }
      if (frozen.has(visitorId))
        throw refuse("CONSENT_REFUSED", {
          message: "These data may not be used at the moment: the person, or a parent, forbade it.",
        });
    },
    changed(visitorId, isFrozen) {
      changes += 1;
      if (isFrozen) frozen.add(visitorId);
      else frozen.delete(visitorId);
    },
  };
}
