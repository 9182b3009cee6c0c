import { noChoices, type Purpose } from "../../shared/consent.js";
import { appendConsent, settleConsent, type ConsentDeps } from "../consent/save-consent.js";
import { visitorSubject } from "../consent/subject.js";
import type { Site } from "../sites/site.js";
import type { Visitor } from "../visitors/visitor-store.js";

/**
 * Forbids uses of somebody's data, whatever they granted before (JPEGR-08). `restrict` leaves what
 * is there; `object` removes it too: rows of the purpose go at once.
 */
export async function restrictUse(
  deps: ConsentDeps,
  site: Site,
  visitor: Visitor,
  action: "restrict" | "object",
  purposes: readonly Purpose[],
): Promise<void> {
  const subjectH = visitorSubject(deps.keys, site.id, visitor.tokenHash);
  const current = await deps.consentReader.ofSubject(site.id, subjectH);
  const choices = { ...(current?.state.choices ?? noChoices) };
  if (action === "object")
    for (const purpose of purposes) if (purpose !== "necessary") choices[purpose] = false;
  const policy = await deps.policies.stateOf(site.id);
  const record = await appendConsent(deps, site, subjectH, {
    action,
    choices,
    restricted: [...purposes],
    method: "form",
    policyVersion: current?.state.policyVersion ?? policy.inForce.version,
    textHash: null,
    language: "",
    formUrl: null,
    analyticsH: choices.analytics ? (current?.analyticsH ?? null) : null,
    address: "",
    signals: current?.state.signals ?? { gpc: false, dnt: false },
    ofAge: current?.state.ofAge ?? false,
  });
  await settleConsent(deps, site.id, visitor, record);
}
