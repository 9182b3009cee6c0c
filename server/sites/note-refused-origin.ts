import type { Clock } from "../infra/clock.js";
import type { SiteStore } from "./site-store.js";
import type { RefusedOrigin } from "./site.js";

interface Deps {
  sites: Pick<SiteStore, "findById" | "saveRefusedOrigins">;
  clock: Clock;
}

/** How many are kept, and how many more are counted in memory before one of them counts for anything. */
const kept = 20;
const counted = 200;
/** A site's list is written no more often than this; one that holds the origin already, rarely. */
const writeMs = 5_000;
const quietMs = 60_000;

type Counted = Required<RefusedOrigin>;

interface Seen {
  origins: Map<string, Counted>;
  writtenAt: number;
  written: Set<string>;
}

const newSeen = (): Seen => ({ origins: new Map(), writtenAt: 0, written: new Set() });

/**
 * Keeps refused origins for the settings page, where one press allows them: those seen most, since
 * anybody can send one more. Only real web origins: `null` could not be allowed anyway.
 */
export function openRefusedOrigins(deps: Deps): (siteId: string, origin: string) => Promise<void> {
  const bySite = new Map<string, Seen>();

  return async (siteId, origin) => {
    if (!isWebOrigin(origin)) return;
    const at = deps.clock.now();
    const seen = bySite.get(siteId) ?? newSeen();
    bySite.set(siteId, seen);
    const count = (seen.origins.get(origin)?.count ?? 0) + 1;
    seen.origins.set(origin, { origin, at, count });
    if (seen.origins.size > counted) forgetLeast(seen.origins, origin);
    const pause = seen.written.has(origin) ? quietMs : writeMs;
    if (Math.abs(at - seen.writtenAt) < pause) return;
    seen.writtenAt = at;
    await write(siteId, seen);
  };

  async function write(siteId: string, seen: Seen): Promise<void> {
    const site = await deps.sites.findById(siteId);
    if (site === null) return;
    // What another node, or this one before it was started again, has counted.
    for (const known of site.refusedOrigins)
      if (!seen.origins.has(known.origin)) seen.origins.set(known.origin, { count: 1, ...known });
    for (const allowed of site.origins) seen.origins.delete(allowed);
    const most = [...seen.origins.values()]
      .sort((a, b) => b.count - a.count || b.at - a.at)
      .slice(0, kept);
    seen.written = new Set(most.map((one) => one.origin));
    if (most.length === 0) return;
    await deps.sites.saveRefusedOrigins(
      siteId,
      most.sort((a, b) => b.at - a.at),
    );
  }
}

/** The one seen least, and of those the longest ago; never the one that came just now. */
function forgetLeast(origins: Map<string, Counted>, newest: string): void {
  let least: Counted | null = null;
  for (const one of origins.values()) {
    if (one.origin === newest) continue;
    if (
      least === null ||
      one.count < least.count ||
      (one.count === least.count && one.at < least.at)
    )
      least = one;
  }
  if (least !== null) origins.delete(least.origin);
}

/** A scheme and a host with perhaps a port, exactly as a browser would send it. */
export function isWebOrigin(text: string): boolean {
  if (text.length > 300 || !/^https?:\/\//.test(text) || !URL.canParse(text)) return false;
  return new URL(text).origin === text;
}
