import { mayTrack, type ConsentState, type Purpose, type Signals } from "../../shared/consent.js";

/**
 * The client's gate: the shared rule on what this browser knows. The site's own terms (policy
 * versions, what is switched on) are the server's to weigh; it asks the same rule again with them.
 */
export function mayCount(
  consent: ConsentState | null,
  purpose: Purpose,
  signals: Signals,
  now: number,
): boolean {
  const version = consent?.policyVersion ?? 0;
  return mayTrack(consent, purpose, signals, {
    now,
    policyFloor: version,
    policyNewest: version,
    consentDays: 366,
    ageGate: false,
    enabled: { preferences: true, analytics: true, marketing: true, mail_tracking: true },
    restricted: [],
  }).allowed;
}
