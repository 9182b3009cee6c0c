import { createConsentStore } from "./consent/consent-store.js";
import { openConsentReader } from "./consent/current-consent.js";
import type { ForgetDeps } from "./consent/forget-device.js";
import { createSubjectKeyStore } from "./consent/subject-key-store.js";
import type { Clock } from "./infra/clock.js";
import type { Keys } from "./infra/keys.js";
import type { Log } from "./infra/log.js";
import type { Mongo } from "./infra/mongo.js";
import { appendAudit, type AuditEntry } from "./privacy/append-audit.js";
import { createChainStores } from "./privacy/chain-store.js";
import { openChain } from "./privacy/chain.js";
import { openPolicies } from "./privacy/policies.js";
import { createPolicyStore } from "./privacy/policy-store.js";
import { presentNotice } from "./privacy/present-notice.js";
import type { Publish } from "./realtime/publish.js";
import type { Site } from "./sites/site.js";
import { findTrail } from "./tracking/find-trail.js";
import { openHitRecorder } from "./tracking/hit-recorder.js";
import { purgeVisits } from "./tracking/purge-visits.js";
import { createSaltStore } from "./tracking/salt-store.js";
import { createVisitStatsStore } from "./tracking/visit-stats-store.js";
import { createVisitStore } from "./tracking/visit-store.js";
import type { Visitor, VisitorStore } from "./visitors/visitor-store.js";

interface PrivacyParts {
  db: Mongo["connection"];
  clock: Clock;
  keys: Keys;
  log: Log;
  publicUrl: URL;
  publish: Publish;
  visitors: VisitorStore;
  findSiteByKey: (key: string) => Promise<Site | null>;
}

/** Wires consent, tracking and privacy: three features that share stores, verbs and one chain of evidence. */
export function openPrivacy(parts: PrivacyParts) {
  const { db, clock, keys, log, publish, visitors } = parts;
  const sealing = { key: keys.evidence, clock };

  const chainStores = createChainStores(db);
  const policyStore = createPolicyStore(db);
  const consentStore = createConsentStore(db);
  const chains = {
    audit: openChain("audit", chainStores.audit, sealing),
    disclosures: openChain("disclosures", chainStores.disclosures, sealing),
    erasures: openChain("erasure_ledger", chainStores.erasures, sealing),
    policies: openChain("policies", policyStore, sealing),
    consents: openChain("consents", consentStore, sealing),
  };
  const policies = openPolicies({ store: policyStore, clock });
  const consentReader = openConsentReader({ store: consentStore, clock });
  const subjectKeys = createSubjectKeyStore(db);
  const visits = createVisitStore(db);

  const tracking = {
    clock,
    keys,
    log,
    consentReader,
    subjectKeys,
    policies,
    visits,
    salts: createSaltStore(db),
    visitStats: createVisitStatsStore(db),
    findSiteByKey: parts.findSiteByKey,
    async announce(site: Site, subjectH: string, view: Parameters<Publish["pageViewed"]>[2]) {
      const visitorId = await subjectKeys.findVisitorId(site.id, subjectH);
      if (visitorId !== null) publish.pageViewed(site.id, visitorId, view);
    },
  };
  const recorder = openHitRecorder(tracking);

  const consent: ForgetDeps = {
    clock,
    keys,
    consentStore,
    consents: chains.consents,
    consentReader,
    subjectKeys,
    policies,
    publish,
    visitors,
    async noteConsent(site, visitorId, seq) {
      await visitors.change(site, visitorId, { consentSeq: seq });
    },
    purgeVisits: (site, hashes) =>
      purgeVisits(
        {
          visits,
          recorder,
          onError: (error) => log.warn({ err: error }, "a late page view was not purged"),
        },
        site,
        hashes,
      ),
    async endToken(site, tokenHash) {
      const visitor = await visitors.findByToken(site, tokenHash);
      if (visitor === null) return;
      await visitors.change(site, visitor.id, { revokedAt: clock.now() });
      publish.tokenRevoked(site, visitor.id);
    },
  };

  return {
    chains,
    consent,
    tracking: { ...tracking, recorder },
    policies,
    async appendAudit(entry: AuditEntry): Promise<void> {
      await appendAudit(chains, entry);
    },
    presentNotice: (site: Site, language: string) =>
      presentNotice({ policies, publicUrl: parts.publicUrl }, site, language),
    describeVisitor: (site: Site, visitor: Pick<Visitor, "id" | "tokenHash">) =>
      findTrail(tracking, site, visitor),
    /** Writes what is still counted in memory; called before the store closes. */
    stop: () => recorder.stop(),
  };
}
