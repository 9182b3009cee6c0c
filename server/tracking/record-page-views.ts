import { createHmac, randomBytes, randomFillSync } from "node:crypto";
import { mayTrack } from "../../shared/consent.js";
import { makeId } from "../../shared/ids.js";
import { consentTerms } from "../consent/consent-terms.js";
import type { ConsentReader, CurrentConsent } from "../consent/current-consent.js";
import { analyticsHash } from "../consent/subject.js";
import type { Clock } from "../infra/clock.js";
import type { Keys } from "../infra/keys.js";
import type { Policies } from "../privacy/policies.js";
import type { Site } from "../sites/site.js";
import { deviceFacts } from "./device-facts.js";
import type { PageHit } from "./page-hit.js";
import type { SaltStore } from "./salt-store.js";
import type { StoredView, VisitOwner, VisitStore } from "./visit-store.js";

export interface RecordDeps {
  clock: Clock;
  keys: Pick<Keys, "address">;
  consentReader: ConsentReader;
  policies: Policies;
  visits: VisitStore;
  salts: SaltStore;
}

/** What becomes of a hit: a page view of somebody who agreed, a count of nobody, or nothing. */
export type HitOutcome =
  | { kind: "view"; subjectH: string; view: StoredView }
  | { kind: "count"; path: string }
  | { kind: "nothing" };

const nothing: HitOutcome = { kind: "nothing" };
const dayMs = 86_400_000;
/** Half an hour without a page ends a visit. */
const visitGapMs = 30 * 60_000;
/** What a hand-pasted pixel counts under when nobody says which page it is on. */
const unknownPage = ":unknown";

/**
 * The one gate in front of every recording. With an id: consent is asked again, now, and without it
 * the hit leaves nothing. Without an id: a counter, unless the browser sends a signal (XIM-01).
 */
export async function recordHit(deps: RecordDeps, site: Site, hit: PageHit): Promise<HitOutcome> {
  if (hit.analyticsId === null) {
    const path = countablePath(site, hit);
    if (path === null) return nothing;
    if (site.rules.analytics.cookieless) await recordCookieless(deps, site, hit);
    return { kind: "count", path };
  }
  if (!isOfSite(site, hit)) return nothing;
  return recordConsented(deps, site, hit, hit.analyticsId);
}

/** The page that a hit without an id counts for; null where nothing may be counted. */
export function countablePath(site: Site, hit: PageHit): string | null {
  if (!isOfSite(site, hit) || hit.signals.gpc || hit.signals.dnt) return null;
  return site.rules.analytics.enabled ? (hit.path ?? unknownPage) : null;
}

function isOfSite(site: Site, hit: PageHit): boolean {
  return hit.origin === null || site.origins.includes(hit.origin);
}

/** Whether the id of a hit may be recorded at this moment, and whose it is. */
export async function weighAnalyticsId(
  deps: Pick<RecordDeps, "clock" | "keys" | "consentReader" | "policies">,
  site: Site,
  analyticsId: string,
  signals: PageHit["signals"],
): Promise<{ analyticsH: string; current: CurrentConsent } | null> {
  const analyticsH = analyticsHash(deps.keys, site.id, analyticsId);
  const current = await deps.consentReader.ofAnalytics(site.id, analyticsH);
  if (current === null) return null;
  const terms = await consentTerms(deps, site, current.restricted);
  const { allowed } = mayTrack(current.state, "analytics", signals, terms);
  return allowed ? { analyticsH, current } : null;
}

async function recordConsented(
  deps: RecordDeps,
  site: Site,
  hit: PageHit,
  analyticsId: string,
): Promise<HitOutcome> {
  const weighed = await weighAnalyticsId(deps, site, analyticsId, hit.signals);
  // Nothing from before the grant is recorded by it: buffered events never replay (hard test 7).
  if (weighed === null || hit.at < weighed.current.state.at) return nothing;
  const owner: VisitOwner = { analyticsH: weighed.analyticsH, dayHash: null };
  const view = await appendView(deps, site, hit, owner);
  return view === null ? nothing : { kind: "view", subjectH: weighed.current.subjectH, view };
}

/** Counts the same browser as one for a day, by a hash whose salt is gone within 48 h. */
async function recordCookieless(deps: RecordDeps, site: Site, hit: PageHit): Promise<void> {
  const day = new Date(hit.at).toISOString().slice(0, 10);
  const salt = await deps.salts.findOrSave(
    site.id,
    day,
    randomBytes(32).toString("base64url"),
    new Date(Date.parse(`${day}T00:00:00Z`) + 2 * dayMs),
    deps.clock.now(),
  );
  if (salt === null) return;
  const dayHash = createHmac("sha256", salt)
    .update(`${site.id}\0${hit.address()}\0${hit.userAgent}`)
    .digest("hex");
  // Titles and languages narrow a person down; without consent they were not read.
  const viewId = makeId((bytes) => randomFillSync(bytes));
  await appendView(deps, site, { ...hit, viewId }, { analyticsH: null, dayHash });
}

async function appendView(
  deps: RecordDeps,
  site: Site,
  hit: PageHit,
  owner: VisitOwner,
): Promise<StoredView | null> {
  const view: StoredView = {
    id: hit.viewId,
    path: hit.path ?? unknownPage,
    title: hit.title,
    at: hit.at,
    dwellMs: 0,
  };
  const since = hit.at - visitGapMs;
  if (await deps.visits.appendView({ site: site.id, owner, since }, view)) return view;
  if (await deps.visits.hasView(site.id, owner, hit.viewId)) return null;
  const period = site.rules.retention.pageViews * dayMs;
  await deps.visits.insert({
    id: makeId((bytes) => randomFillSync(bytes)),
    site: site.id,
    ...owner,
    entry: view.path,
    exit: view.path,
    views: [view],
    viewCount: 1,
    refHost: hit.referrerHost,
    utm: hit.utm,
    ...deviceFacts(hit.userAgent),
    language: hit.language,
    country: hit.country,
    startedAt: hit.at,
    lastAt: hit.at,
    expireAt: new Date(hit.at + period),
  });
  return view;
}
