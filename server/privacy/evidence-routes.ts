import type { FastifyInstance } from "fastify";
import { paths } from "../../shared/paths.js";
import type { AuditRow, ChainRow, ConsentRow, Page } from "../../shared/privacy.js";
import type { ConsentRecord, ConsentStore } from "../consent/consent-store.js";
import { decryptAddress } from "../consent/encrypt-address.js";
import type { SubjectKeyStore } from "../consent/subject-key-store.js";
import type { Guards } from "../http/guards.js";
import type { Keys } from "../infra/keys.js";
import type { Site } from "../sites/site.js";
import { serverWide, type AppendAudit } from "./append-audit.js";
import { headPublicKey } from "./chain-head.js";
import { readHeads, verifyChains, type HeadDeps } from "./chain-heads.js";
import type { AuditRecord, ChainStores } from "./chain-store.js";
import type { ChainReport } from "./verify-chain.js";
import { beforeOf, siteOf } from "./view-site.js";

export type EvidenceRouteDeps = HeadDeps & {
  guards: Guards;
  getSite: (id: string) => Promise<Site>;
  consentStore: ConsentStore;
  keys: Pick<Keys, "wrapping">;
  subjectKeys: SubjectKeyStore;
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
    const operator = await deps.guards.requireOperator(request);
    const site = await siteOf(deps, request);
    const found = await deps.consentStore.listBefore(site.id, beforeOf(request), pageSize + 1);
    const linked = site.rules.ip.link && operator.role === "admin";
    if (linked)
      await deps.appendAudit({ site: site.id, actor: operator.id, act: "consent_addresses.read" });
    const present = async (record: ConsentRecord): Promise<ConsentRow> => ({
      seq: record.seq,
      at: record.at,
      subject: shown(record.subjectH),
      action: record.action,
      choices: record.choices,
      method: record.method,
      policyVersion: record.policyVersion,
      gpc: record.gpc,
      dnt: record.dnt,
      address: linked ? await decryptAddress(deps, site.id, record.subjectH, record.ipEnc) : null,
    });
    const rows = await Promise.all(found.slice(0, pageSize).map(present));
    return { rows, more: found.length > pageSize };
  });

  server.get(view("audit"), async (request): Promise<Page<AuditRow>> => {
    await deps.guards.requireOperator(request, { role: "admin" });
    const site = await siteOf(deps, request);
    return readAudit(deps, site.id, beforeOf(request));
  });

  /** Who was invited, changed or removed, and new links: they belong to no single site. */
  server.get(view("accounts"), async (request): Promise<Page<AuditRow>> => {
    await deps.guards.requireOperator(request, { role: "admin" });
    await siteOf(deps, request);
    return readAudit(deps, serverWide, beforeOf(request));
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

/** A page of one audit chain, newest first. */
async function readAudit(
  deps: Pick<EvidenceRouteDeps, "auditStore">,
  chain: string,
  before: number,
): Promise<Page<AuditRow>> {
  const found = await deps.auditStore.listBefore(chain, before, pageSize + 1);
  return { rows: found.slice(0, pageSize).map(presentAudit), more: found.length > pageSize };
}

export function presentAudit(record: AuditRecord): AuditRow {
  const { seq, at, actor, act, targetH, basis, details } = record;
  return { seq, at, actor, act, target: targetH === null ? null : shown(targetH), basis, details };
}

function presentChain(report: ChainReport): ChainRow {
  const { chain, records, firstSeq, lastSeq, head, ok, brokenAt, fault } = report;
  return { chain, records, firstSeq, lastSeq, head, ok, brokenAt, fault };
}
