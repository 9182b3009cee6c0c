import type { FastifyInstance } from "fastify";
import { paths } from "../../shared/paths.js";
import type { AuditRow, ChainRow, ConsentRow, Page } from "../../shared/privacy.js";
import type { ConsentStore } from "../consent/consent-store.js";
import type { Guards } from "../http/guards.js";
import type { Site } from "../sites/site.js";
import type { AppendAudit } from "./append-audit.js";
import { headPublicKey } from "./chain-head.js";
import { readHeads, verifyChains, type HeadDeps } from "./chain-heads.js";
import type { AuditRecord, ChainStores } from "./chain-store.js";
import type { ChainReport } from "./verify-chain.js";
import { beforeOf, siteOf } from "./view-site.js";

export type EvidenceRouteDeps = HeadDeps & {
  guards: Guards;
  getSite: (id: string) => Promise<Site>;
  consentStore: ConsentStore;
  auditStore: ChainStores["audit"];
  appendAudit: AppendAudit;
};

const pageSize = 50;
/** Of a hash: enough to see that two rows are one person's, not enough to look anybody up. */
const shown = (hash: string): string => hash.slice(0, 12);

/** Consents, audit and the state of the chains, for the dashboard. */
export function registerEvidenceRoutes(server: FastifyInstance, deps: EvidenceRouteDeps): void {
  const view = (name: string) => paths.privacyView(":siteId", name);

  server.get(view("consents"), async (request): Promise<Page<ConsentRow>> => {
    await deps.guards.requireOperator(request);
    const site = await siteOf(deps, request);
    const found = await deps.consentStore.listBefore(site.id, beforeOf(request), pageSize + 1);
    const rows = found.slice(0, pageSize).map((record) => ({
      seq: record.seq,
      at: record.at,
      subject: shown(record.subjectH),
      action: record.action,
      choices: record.choices,
      method: record.method,
      policyVersion: record.policyVersion,
      gpc: record.gpc,
      dnt: record.dnt,
    }));
    return { rows, more: found.length > pageSize };
  });

  server.get(view("audit"), async (request): Promise<Page<AuditRow>> => {
    await deps.guards.requireOperator(request, { role: "admin" });
    const site = await siteOf(deps, request);
    const found = await deps.auditStore.listBefore(site.id, beforeOf(request), pageSize + 1);
    return { rows: found.slice(0, pageSize).map(presentAudit), more: found.length > pageSize };
  });

  server.get(view("chains"), async (request): Promise<ChainRow[]> => {
    await deps.guards.requireOperator(request);
    const site = await siteOf(deps, request);
    const reports = await verifyChains(deps, site.id);
    return reports.map(presentChain);
  });

  /** The signed heads with the public key that checks them, to be kept somewhere else. */
  server.get(view("heads"), async (request, reply) => {
    const operator = await deps.guards.requireOperator(request, { role: "admin" });
    const site = await siteOf(deps, request);
    const heads = (await readHeads(deps.journal)).filter((head) => head.site === site.id);
    await deps.appendAudit({ site: site.id, actor: operator.id, act: "heads.export" });
    return reply
      .header("content-disposition", 'attachment; filename="chain-heads.json"')
      .send({ publicKey: headPublicKey(deps.key), heads });
  });
}

export function presentAudit(record: AuditRecord): AuditRow {
  const { seq, at, actor, act, targetH, basis, details } = record;
  return { seq, at, actor, act, target: targetH === null ? null : shown(targetH), basis, details };
}

function presentChain(report: ChainReport): ChainRow {
  const { chain, records, firstSeq, lastSeq, head, ok, brokenAt, fault } = report;
  return { chain, records, firstSeq, lastSeq, head, ok, brokenAt, fault };
}
