import type { FastifyInstance } from "fastify";
import type { Signals } from "../shared/consent.js";
import { registerConsentRoutes } from "./consent/consent-routes.js";
import { openConsentReader } from "./consent/current-consent.js";
import type { ForgetDeps } from "./consent/forget-device.js";
import { createSubjectKeyStore } from "./consent/subject-key-store.js";
import type { Guards } from "./http/guards.js";
import type { Clock } from "./infra/clock.js";
import type { Journal } from "./infra/journal.js";
import type { Keys } from "./infra/keys.js";
import type { Log } from "./infra/log.js";
import type { Mongo } from "./infra/mongo.js";
import type { Rate, RateLimits } from "./infra/rate-limits.js";
import { openEvidence } from "./open-evidence.js";
import { appendAudit, type AuditEntry } from "./privacy/append-audit.js";
import { applyRetention, type RetentionVerbs } from "./privacy/apply-retention.js";
import { writeHeads, verifyChains, type AnyChain } from "./privacy/chain-heads.js";
import type { DataReach } from "./privacy/collect-person.js";
import { registerDisclosureRoutes, type DisclosureRouteDeps } from "./privacy/disclosure-routes.js";
import type { ErasureReach } from "./privacy/erase-subject.js";
import { registerEvidenceRoutes } from "./privacy/evidence-routes.js";
import { registerLandingRoutes } from "./privacy/landing-routes.js";
import { registerMeRoutes, type MeDeps } from "./privacy/me-routes.js";
import { registerParentRoutes, type ParentRouteDeps } from "./privacy/parent-routes.js";
import { deleteUndecided } from "./privacy/parents.js";
import { openPolicies } from "./privacy/policies.js";
import { registerPolicyRoutes, type PolicyRouteDeps } from "./privacy/policy-routes.js";
import { presentNotice } from "./privacy/present-notice.js";
import { registerPersonRoutes } from "./privacy/person-routes.js";
import { createPrivacyLinkStore } from "./privacy/privacy-link-store.js";
import { createReadLog } from "./privacy/read-log.js";
import { createRecipientStore } from "./privacy/recipient-store.js";
import { replayErasures } from "./privacy/replay-erasures.js";
import { registerRequestRoutes } from "./privacy/request-routes.js";
import { createRequestStore, type PrivacyRequest } from "./privacy/request-store.js";
import { remindOfRequests } from "./privacy/requests.js";
import { registerRetentionRoutes, type RetentionRouteDeps } from "./privacy/retention-routes.js";
import { registerTelemetryRoutes } from "./privacy/telemetry-routes.js";
import { createTelemetryStore } from "./privacy/telemetry-store.js";
import type { Publish } from "./realtime/publish.js";
import type { Site } from "./sites/site.js";
import { findTrail } from "./tracking/find-trail.js";
import { openHitRecorder } from "./tracking/hit-recorder.js";
import { purgeVisits } from "./tracking/purge-visits.js";
import { createSaltStore } from "./tracking/salt-store.js";
import { registerTrackingRoutes } from "./tracking/tracking-routes.js";
import { reportVisits } from "./tracking/visit-report.js";
import { createVisitStatsStore } from "./tracking/visit-stats-store.js";
import { createVisitStore } from "./tracking/visit-store.js";
import { endToken } from "./visitors/end-token.js";
import type { FrozenVisitors } from "./visitors/frozen-visitors.js";
import { noteConsent } from "./visitors/note-consent.js";
import type { Visitor, VisitorStore } from "./visitors/visitor-store.js";

/** What the other features do for a person's rights. */
export interface PrivacyNeighbours
  extends
    Pick<
      DisclosureRouteDeps,
      "countAdmins" | "findAccountDate" | "exportSite" | "announceRecipient" | "announceTransfer"
    >,
    Pick<MeDeps, "mailLink">,
    Pick<PolicyRouteDeps, "announcePolicy">,
    Pick<RetentionRouteDeps, "countConversations" | "countOriginals">,
    Pick<ParentRouteDeps, "findOwner" | "mailParent"> {
  reach: ErasureReach;
  data: DataReach;
  retention: Omit<RetentionVerbs, "pageViews">;
  remind: (request: PrivacyRequest, act: string) => Promise<void>;
}

interface PrivacyParts {
  db: Mongo["connection"];
  clock: Clock;
  keys: Keys;
  journal: Journal;
  log: Log;
  publicUrl: URL;
  publish: Publish;
  visitors: VisitorStore;
  frozen: FrozenVisitors;
  findSite: (id: string) => Promise<Site | null>;
  findSiteByKey: (key: string) => Promise<Site | null>;
  neighbours: PrivacyNeighbours;
}

interface Edges {
  guards: Guards;
  rateLimits: RateLimits;
  getSite: (id: string) => Promise<Site>;
  trustProxy: string[];
  /** Name of the header in which a trusted proxy tells the country, in lower case. */
  countryHeader: string | null;
  pixelRate: Rate;
}

const dayMs = 86_400_000;

/** Wires consent, tracking and privacy: three features that share stores, verbs and one chain of evidence. */
export function openPrivacy(parts: PrivacyParts) {
  const { db, clock, keys, journal, log, publish, visitors, publicUrl, neighbours } = parts;
  const { findSite, findSiteByKey } = parts;
  const { chainStores, policyStore, consentStore, chains } = openEvidence(db, { keys, clock });
  const all: readonly AnyChain[] = Object.values(chains);
  const evidence = { key: keys.evidence, clock, journal, chains: all };
  const audit = async (entry: AuditEntry): Promise<void> => {
    const site = await findSite(entry.site);
    const keepDays = entry.keepDays ?? site?.rules.retention.audit;
    await appendAudit(chains, keepDays === undefined ? entry : { ...entry, keepDays });
  };

  const policies = openPolicies({ store: policyStore, clock });
  const consentReader = openConsentReader({ store: consentStore, clock });
  const subjectKeys = createSubjectKeyStore(db);
  const visits = createVisitStore(db);
  const visitStats = createVisitStatsStore(db);
  const recipients = createRecipientStore(db);
  const requests = createRequestStore(db);

  const tracking = {
    ...{
      clock,
      keys,
      log,
      consentReader,
      subjectKeys,
      policies,
      visits,
      visitStats,
      findSiteByKey,
    },
    salts: createSaltStore(db),
    async announce(site: Site, subjectH: string, view: Parameters<Publish["pageViewed"]>[2]) {
      const visitorId = await subjectKeys.findVisitorId(site.id, subjectH);
      if (visitorId !== null) publish.pageViewed(site.id, visitorId, view);
    },
  };
  const recorder = openHitRecorder(tracking);
  const late = (error: unknown) => log.warn({ err: error }, "a late page view was not purged");

  const consent: ForgetDeps = {
    ...{ clock, keys, consentStore, consentReader, subjectKeys, policies, publish, visitors },
    consents: chains.consents,
    noteConsent: (site, visitorId, seq, forbidden) =>
      noteConsent({ clock, visitors, frozen: parts.frozen }, site, visitorId, seq, forbidden),
    purgeVisits: (site, hashes) => purgeVisits({ visits, recorder, onError: late }, site, hashes),
    endToken: (site, tokenHash) => endToken({ visitors, clock, publish }, site, tokenHash),
  };
  const erasing = {
    ...consent,
    ...{ journal, log, findSite, appendAudit: audit, reach: neighbours.reach },
    erasures: chains.erasures,
  };
  const rights = {
    ...erasing,
    ...{ visits, requests, recipients, publicUrl, data: neighbours.data },
    links: createPrivacyLinkStore(db),
  };
  /** Whom visitors are told of: listed, whether active yet or not. */
  const listRecipients = (site: string) => recipients.list(site);

  return {
    chains,
    consent,
    rights,
    tracking: { ...tracking, recorder },
    policies,
    requests,
    appendAudit: audit,
    presentNotice: (site: Site, language: string, signals: Signals) =>
      presentNotice({ policies, publicUrl }, site, language, signals),
    describeVisitor: (site: Site, visitor: Pick<Visitor, "id" | "tokenHash">) =>
      findTrail(tracking, site, visitor),
    /** An operator opened somebody's conversation (JIVO-11). */
    noteRead: createReadLog({ clock, appendAudit: audit }),
    rulesChanged: (before: Site, after: Site) =>
      applyRetention(
        {
          ...neighbours.retention,
          pageViews: (site) =>
            visits.applyRetention(site.id, site.rules.retention.pageViews * dayMs),
        },
        before,
        after,
      ),
    verify: (site?: string) => verifyChains(evidence, site),
    /** Before the server answers anybody: what the journal knows to be erased stays erased. */
    replay: () => replayErasures(erasing),
    /** Once a day on one node: signed heads into the journal, reminders of what is due. */
    async runDaily(): Promise<void> {
      await writeHeads(evidence);
      await deleteUndecided({ ...rights, mailParent: neighbours.mailParent }, findSite);
      await remindOfRequests({ clock, requests, appendAudit: audit, remind: neighbours.remind });
    },
    registerRoutes(server: FastifyInstance, edges: Edges): void {
      const common = { ...edges, ...neighbours, clock, appendAudit: audit };
      registerConsentRoutes(server, { ...consent, ...edges });
      registerTrackingRoutes(server, { ...tracking, ...edges, recorder });
      registerLandingRoutes(server);
      registerMeRoutes(server, { ...rights, ...common, findSiteByKey, listRecipients });
      registerPolicyRoutes(server, {
        ...{
          ...common,
          policies,
          recipients,
          policyChain: chains.policies,
          findSiteByKey,
          listRecipients,
        },
      });
      registerEvidenceRoutes(server, {
        ...{ ...common, ...evidence, keys, subjectKeys, consentStore },
        auditStore: chainStores.audit,
      });
      registerParentRoutes(server, { ...rights, ...common, findSite });
      registerPersonRoutes(server, { ...rights, ...common });
      registerRequestRoutes(server, { ...common, requests });
      registerDisclosureRoutes(server, {
        ...{ ...rights, ...common, disclosures: chains.disclosures, audit: chains.audit },
      });
      registerTelemetryRoutes(server, { ...common, telemetry: createTelemetryStore(db) });
      registerRetentionRoutes(server, {
        ...common,
        countVisits: (site, before) => visits.countStartedBefore(site.id, before),
        reportVisits: (site) => reportVisits({ clock, visits, visitStats }, site),
      });
    },
    /** Writes what is still counted in memory; called before the store closes. */
    stop: () => recorder.stop(),
  };
}
