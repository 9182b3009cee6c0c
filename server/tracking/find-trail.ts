import { mayTrack } from "../../shared/consent.js";
import type { VisitorDetails } from "../../shared/wire.js";
import { consentTerms } from "../consent/consent-terms.js";
import type { ConsentReader } from "../consent/current-consent.js";
import { visitorSubject } from "../consent/subject.js";
import type { SubjectKeyStore } from "../consent/subject-key-store.js";
import type { Clock } from "../infra/clock.js";
import type { Keys } from "../infra/keys.js";
import type { Policies } from "../privacy/policies.js";
import type { Site } from "../sites/site.js";
import type { Visitor } from "../visitors/visitor-store.js";
import type { Visit, VisitStore } from "./visit-store.js";

export interface TrailDeps {
  clock: Clock;
  keys: Pick<Keys, "address">;
  consentReader: ConsentReader;
  subjectKeys: SubjectKeyStore;
  policies: Policies;
  visits: VisitStore;
}

const mostViews = 100;
const quiet = { gpc: false, dnt: false };

/** What consent and browsing tell of a visitor, for the operator beside the conversation. */
export type VisitorTrail = Omit<VisitorDetails, "visitor" | "firstSeenAt">;

/** Asks consent again before it shows anything: what was withdrawn is not seen, even if a row were left. */
export async function findTrail(
  deps: TrailDeps,
  site: Site,
  visitor: Pick<Visitor, "id" | "tokenHash">,
): Promise<VisitorTrail> {
  const subjectH = visitorSubject(deps.keys, site.id, visitor.tokenHash);
  const current = await deps.consentReader.ofSubject(site.id, subjectH);
  const terms = await consentTerms(deps, site, current?.restricted ?? []);
  const allowed = mayTrack(current?.state ?? null, "analytics", quiet, terms).allowed;
  let visits: Visit[] = [];
  if (allowed && current !== null && current.analyticsH !== null) {
    visits = await deps.visits.listByAnalytics(site.id, [current.analyticsH], terms.now);
    await deps.subjectKeys.noteVisitor(site.id, subjectH, visitor.id);
  }
  const newest = visits[0];
  const first = visits.at(-1);
  const trail = visits
    .flatMap(({ views }) => views)
    .sort((a, b) => b.at - a.at)
    .slice(0, mostViews)
    .map(({ path, title, at, dwellMs }) => ({ path, title, at, dwellMs }));
  return {
    consent: { necessary: true, ...current?.state.choices },
    consentAt: current?.state.at ?? null,
    trail,
    browser: newest?.browser ?? "",
    os: newest?.os ?? "",
    device: newest?.device ?? "",
    language: newest?.language ?? "",
    country: newest?.country ?? "",
    referrerHost: first?.refHost ?? "",
  };
}
