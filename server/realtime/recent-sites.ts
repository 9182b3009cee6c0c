import type { Clock } from "../infra/clock.js";
import type { Site } from "../sites/site.js";

export interface RecentSites {
  /** Null when no site has the key. */
  findByKey: (key: string) => Promise<Site | null>;
  /** @throws UNKNOWN_SITE */
  getById: (id: string) => Promise<Site>;
}

interface Deps {
  clock: Clock;
  findSiteByKey(key: string): Promise<Site | null>;
  getSite(id: string): Promise<Site>;
}

/** A change of settings reaches sockets after this time at the latest. */
const RECENT_MS = 1000;
const MOST = 10_000;

/**
 * Sites as they were a moment ago: thousands of sockets that come back at once ask the store one
 * time. Decisions about tracking and mail do not use this; they read the store.
 */
export function createRecentSites(deps: Deps): RecentSites {
  const byKey = remember(deps.clock, (key) => deps.findSiteByKey(key));
  const byId = remember(deps.clock, (id) => deps.getSite(id));
  return { findByKey: byKey, getById: byId };
}

function remember<T>(
  clock: Clock,
  read: (name: string) => Promise<T>,
): (name: string) => Promise<T> {
  const known = new Map<string, { at: number; value: Promise<T> }>();
  return (name) => {
    const now = clock.now();
    const found = known.get(name);
    if (found !== undefined && Math.abs(now - found.at) < RECENT_MS) return found.value;
    if (known.size >= MOST) known.clear();
    const value = read(name);
    known.set(name, { at: now, value });
    value.catch(() => {
      if (known.get(name)?.value === value) known.delete(name);
    });
    return value;
  };
}
