import type { ConsentState, Purpose } from "../../shared/consent.js";
import type { Clock } from "../infra/clock.js";
import type { ConsentRecord, ConsentStore } from "./consent-store.js";

/** What a subject's newest record says. */
export interface CurrentConsent {
  subjectH: string;
  analyticsH: string | null;
  state: ConsentState;
  restricted: Purpose[];
}

export interface ConsentReader {
  /** The answer in force; null before the first. Always read from the store. */
  ofSubject(site: string, subjectH: string): Promise<CurrentConsent | null>;
  /** By the id that the pixel carries; remembered for a second, and forgotten at once on a change. */
  ofAnalytics(site: string, analyticsH: string): Promise<CurrentConsent | null>;
  /** An answer was stored on this node: the next question reads it. */
  forget(site: string, analyticsHashes: readonly string[]): void;
}

/** Only what a visitor was asked by our own notice counts as said in sight of a signal. */
const askedByUs = new Set(["notice", "settings"]);

export function presentConsent(record: ConsentRecord): ConsentState {
  const inSight = askedByUs.has(record.method);
  return {
    choices: record.choices,
    policyVersion: record.policyVersion,
    method: record.method,
    at: record.at,
    signals: { gpc: inSight && record.gpc, dnt: inSight && record.dnt },
    ofAge: record.ofAge,
  };
}

const toCurrent = (record: ConsentRecord): CurrentConsent => ({
  subjectH: record.subjectH,
  analyticsH: record.choices.analytics ? record.analyticsH : null,
  state: presentConsent(record),
  restricted: record.restricted,
});

/** Another node's withdrawal holds here after this time at the latest (hard test 7 allows 2 s). */
const rememberMs = 1_000;
const rememberMost = 50_000;

export function openConsentReader(deps: { store: ConsentStore; clock: Clock }): ConsentReader {
  const remembered = new Map<string, { current: CurrentConsent | null; at: number }>();
  /** Counts changes, so that a read that began before one is not remembered after it. */
  let changes = 0;

  async function ofSubject(site: string, subjectH: string): Promise<CurrentConsent | null> {
    const record = await deps.store.findNewest(site, subjectH);
    return record === null ? null : toCurrent(record);
  }

  /** An id counts only while its subject's newest answer still names it. */
  async function read(site: string, analyticsH: string): Promise<CurrentConsent | null> {
    const named = await deps.store.findByAnalytics(site, analyticsH);
    if (named === null) return null;
    const current = await ofSubject(site, named.subjectH);
    return current?.analyticsH === analyticsH ? current : null;
  }

  return {
    ofSubject,
    async ofAnalytics(site, analyticsH) {
      const name = `${site}/${analyticsH}`;
      const now = deps.clock.now();
      const known = remembered.get(name);
      if (known !== undefined && now >= known.at && now - known.at < rememberMs)
        return known.current;
      const before = changes;
      const current = await read(site, analyticsH);
      if (before === changes) {
        if (remembered.size >= rememberMost) remembered.clear();
        remembered.set(name, { current, at: now });
      }
      return current;
    },
    forget(site, analyticsHashes) {
      changes += 1;
      for (const analyticsH of analyticsHashes) remembered.delete(`${site}/${analyticsH}`);
    },
  };
}
