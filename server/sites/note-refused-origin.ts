import type { Clock } from "../infra/clock.js";
import type { SiteStore } from "./site-store.js";
import type { Site } from "./site.js";

interface Deps {
  sites: Pick<SiteStore, "findById" | "saveRefusedOrigins">;
  clock: Clock;
}

/** How many are kept, and how long one that is seen again and again is left unwritten. */
const kept = 20;
const quietMs = 60_000;

/**
 * Keeps a refused origin for the settings page, where one press allows it. Only real web origins:
 * `null` and what is no origin at all could not be allowed anyway.
 */
export async function noteRefusedOrigin(deps: Deps, siteId: string, origin: string): Promise<void> {
  if (!isWebOrigin(origin)) return;
  const site: Site | null = await deps.sites.findById(siteId);
  if (site === null || site.origins.includes(origin)) return;
  const at = deps.clock.now();
  const known = site.refusedOrigins.find((entry) => entry.origin === origin);
  if (known !== undefined && at - known.at < quietMs) return;
  const others = site.refusedOrigins.filter((entry) => entry.origin !== origin);
  await deps.sites.saveRefusedOrigins(siteId, [{ origin, at }, ...others].slice(0, kept));
}

/** A scheme and a host with perhaps a port, exactly as a browser would send it. */
export function isWebOrigin(text: string): boolean {
  if (text.length > 300 || !/^https?:\/\//.test(text) || !URL.canParse(text)) return false;
  return new URL(text).origin === text;
}
