import type { IncomingHttpHeaders } from "node:http";
import type { Clock } from "../infra/clock.js";
import { isWebOrigin } from "./note-refused-origin.js";
import type { SiteStore } from "./site-store.js";
import type { Site } from "./site.js";

interface Deps {
  sites: Pick<SiteStore, "noteTagSeen">;
  clock: Clock;
}

/** A page that is seen again within this time is not written down again. */
const quietMs = 3_600_000;
/** Whatever pages say: anybody can ask for the loader as if from another one each time. */
const writeMs = 10_000;

/**
 * Keeps on which origin the script tag was last seen, for the settings page. The origin alone, once
 * an hour, and nothing for a browser that asks not to be tracked.
 */
export async function noteTagSeen(
  deps: Deps,
  site: Pick<Site, "id" | "tagSeen">,
  headers: IncomingHttpHeaders,
): Promise<void> {
  if (headers["sec-gpc"] === "1" || headers.dnt === "1") return;
  const page = headers.origin ?? headers.referer;
  if (page === undefined || !URL.canParse(page)) return;
  const { origin } = new URL(page);
  if (!isWebOrigin(origin)) return;
  const at = deps.clock.now();
  const known = site.tagSeen;
  if (known !== null && Math.abs(at - known.at) < writeMs) return;
  if (known !== null && known.url === `${origin}/` && at - known.at < quietMs) return;
  await deps.sites.noteTagSeen(site.id, { url: `${origin}/`, at });
}
