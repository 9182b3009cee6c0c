import { refuse } from "../errors.js";
import type { SiteStore } from "./site-store.js";
import type { Site } from "./site.js";

interface Deps {
  sites: Pick<SiteStore, "findById" | "findByKey">;
}

/** The site of a public key, null when there is none. Always the store's word, so that a change of rules holds at once. */
export async function findSiteByKey(deps: Deps, key: string): Promise<Site | null> {
  return /^[A-Za-z0-9_-]{4,40}$/.test(key) ? deps.sites.findByKey(key) : null;
}

/** @throws UNKNOWN_SITE */
export async function getSiteByKey(deps: Deps, key: string): Promise<Site> {
  const site = await findSiteByKey(deps, key);
  if (site === null) throw refuse("UNKNOWN_SITE");
  return site;
}

/** The site of an id. @throws UNKNOWN_SITE */
export async function getSite(deps: Deps, id: string): Promise<Site> {
  const site = await deps.sites.findById(id);
  if (site === null) throw refuse("UNKNOWN_SITE");
  return site;
}
