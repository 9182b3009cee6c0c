import type { ConsentTerms, Purpose } from "../../shared/consent.js";
import type { Clock } from "../infra/clock.js";
import type { Policies } from "../privacy/policies.js";
import type { Site } from "../sites/site.js";

/** What holds on the site now: its rules as MongoDB has them, and its policies. */
export async function consentTerms(
  deps: { clock: Clock; policies: Policies },
  site: Pick<Site, "id" | "rules">,
  restricted: readonly Purpose[],
): Promise<ConsentTerms> {
  const policy = await deps.policies.stateOf(site.id);
  const { rules } = site;
  return {
    now: deps.clock.now(),
    policyFloor: policy.floor,
    policyNewest: policy.newest,
    consentDays: rules.consent.days,
    ageGate: rules.age.gate,
    enabled: {
      preferences: true,
      analytics: rules.analytics.enabled,
      marketing: rules.mail.marketing,
      mail_tracking: rules.mail.marketing,
    },
    restricted,
  };
}
