import { refuse } from "../errors.js";
import type { Clock } from "../infra/clock.js";
import type { Site } from "../sites/site.js";
import type { AppendAudit } from "./append-audit.js";
import type { Chain } from "./chain.js";
import { sha256, type Policies } from "./policies.js";
import type { NoticeText, PolicyRecord } from "./policy-store.js";

export interface PublishDeps {
  clock: Clock;
  policies: Policies;
  policyChain: Chain<PolicyRecord>;
  appendAudit: AppendAudit;
  /** Tells known addresses in advance; resolves when the mails are handed over to the queue. */
  announcePolicy: (site: Site, policy: PolicyRecord) => Promise<void>;
}

export interface PolicyDraft {
  effectiveAt: number;
  material: boolean;
  changes: string;
  notices: Record<string, NoticeText>;
  text: string;
}

const dayMs = 86_400_000;
/** Policies are texts, not personal data: as long as a consent may point at one, it is there. */
const keepDays = 36_500;

/**
 * Publishes the next version of a site's policy (JIVO-09). A material change needs the site's notice
 * days before it takes effect; from then on, consents to what it replaces count for nothing.
 * @throws UNPROCESSABLE without a controller (JPEGR-07), or with a date that is too early
 */
export async function publishPolicy(
  deps: PublishDeps,
  site: Site,
  operatorId: string,
  draft: PolicyDraft,
): Promise<PolicyRecord> {
  const { name, postalAddress, email } = site.controller;
  if (name === "" || postalAddress === "" || email === "")
    throw refuse("UNPROCESSABLE", {
      message: "Name the controller with postal address and e-mail in the settings first.",
    });
  const now = deps.clock.now();
  const notice = site.rules.policy.noticeDays;
  if (draft.material && draft.effectiveAt < now + notice * dayMs)
    throw refuse("UNPROCESSABLE", {
      message: `A material change takes effect at the earliest ${notice} days from now.`,
    });
  const before = await deps.policies.stateOf(site.id);
  const latest = before.all.at(-1)?.effectiveAt ?? 0;
  const effectiveAt = Math.max(draft.effectiveAt, now);
  if (effectiveAt < latest)
    throw refuse("UNPROCESSABLE", {
      message: "It would take effect before the version that precedes it.",
    });

  const record = await deps.policyChain.append(
    site.id,
    (last) => ({
      ...draft,
      effectiveAt,
      // Version 1 is built in.
      version: (last?.version ?? 1) + 1,
      sha256: sha256(draft.text),
    }),
    keepDays,
  );
  deps.policies.forget(site.id);
  await deps.appendAudit({
    site: site.id,
    actor: operatorId,
    act: "policy.publish",
    details: {
      version: record.version,
      material: record.material,
      effectiveAt,
      sha256: record.sha256,
    },
  });
  await deps.announcePolicy(site, record);
  return record;
}
