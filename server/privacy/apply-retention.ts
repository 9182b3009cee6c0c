import type { SiteRules } from "../../shared/site-rules.js";
import type { Site } from "../sites/site.js";

/** Periods that what is stored already follows; evidence and audit keep the one they were sealed with. */
export type MovablePeriod = Exclude<keyof SiteRules["retention"], "evidence" | "audit">;

export type RetentionVerbs = Record<MovablePeriod, (site: Site) => Promise<unknown>>;

/**
 * After a site's rules were changed: periods that became shorter or longer are applied to what is
 * there already (hard test 13).
 */
export async function applyRetention(
  verbs: RetentionVerbs,
  before: Pick<Site, "rules">,
  after: Site,
): Promise<void> {
  for (const [period, apply] of Object.entries(verbs) as [
    MovablePeriod,
    RetentionVerbs[MovablePeriod],
  ][])
    if (before.rules.retention[period] !== after.rules.retention[period]) await apply(after);
}
