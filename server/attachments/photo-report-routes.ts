import type { FastifyInstance, FastifyReply } from "fastify";
import { z } from "zod";
import { parseInput, refuse } from "../errors.js";
import type { Guards } from "../http/guards.js";
import type { Clock } from "../infra/clock.js";
import type { Key } from "../infra/keys.js";
import type { Site } from "../sites/site.js";
import type { AttachmentStore } from "./attachment-store.js";
import type { OriginalStore, StoredOriginal } from "./original-store.js";
import type { PhotoCountStore } from "./photo-count-store.js";
import type { DetailFilter, PhotoDetailStore } from "./photo-detail-store.js";
import { signLink } from "./sign-link.js";
import { photoRows, writeCsv, writeXlsx } from "./write-report.js";

export interface ReportDeps {
  guards: Guards;
  clock: Clock;
  linksKey: Key;
  publicUrl: URL;
  attachments: AttachmentStore;
  originals: OriginalStore;
  details: PhotoDetailStore;
  counts: PhotoCountStore;
  getSite(id: string): Promise<Site>;
  appendAudit(entry: { site: string; actor: string; act: string }): Promise<unknown>;
}

const siteParams = z.object({ siteId: z.string().max(60) });
const idParams = z.object({ id: z.string().max(40) });
const reportQuery = z.object({ operator: z.string().max(60).optional() });
const holdBody = z.object({ hold: z.boolean() });

const mostRows = 50_000;
const xlsxMime = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/** What operators may know of photos: the report, the counts, and the original while it is kept. */
export function registerReportRoutes(server: FastifyInstance, deps: ReportDeps): void {
  /** Everybody sees the rows of their own uploads; an admin sees the site's, or one operator's. */
  async function findRows(request: Parameters<Guards["requireOperator"]>[0] & Asked) {
    const operator = await deps.guards.requireOperator(request);
    const { siteId } = parseInput(siteParams, request.params);
    const asked = parseInput(reportQuery, request.query).operator;
    const site = await deps.getSite(siteId);
    const admin = operator.role === "admin";
    if (asked !== undefined && asked !== operator.id && !admin) throw refuse("NOT_FOUND");
    const whose = asked ?? (admin ? null : operator.id);
    const filter: DetailFilter =
      whose === null ? { site: site.id } : { site: site.id, operator: whose };
    return photoRows(await deps.details.list(filter, deps.clock.now(), mostRows));
  }

  server.get("/api/operator/sites/:siteId/photos.csv", async (request, reply) => {
    const rows = await findRows(request);
    return sendFile(reply, "photos.csv", "text/csv; charset=utf-8", writeCsv(rows));
  });

  server.get("/api/operator/sites/:siteId/photos.xlsx", async (request, reply) => {
    const rows = await findRows(request);
    return sendFile(reply, "photos.xlsx", xlsxMime, await writeXlsx(rows));
  });

  server.get("/api/operator/sites/:siteId/photo-counts", async (request) => {
    await deps.guards.requireOperator(request);
    const { siteId } = parseInput(siteParams, request.params);
    const site = await deps.getSite(siteId);
    const today = new Date(deps.clock.now()).toISOString().slice(0, 10);
    return deps.counts.read(site.id, today);
  });

  server.get("/api/operator/attachments/:id/original", async (request, reply) => {
    await deps.guards.requireOperator(request);
    const { id } = parseInput(idParams, request.params);
    const original = await deps.originals.find(id);
    if (!original || isPast(original)) throw refuse("GONE");
    reply.header("cache-control", "no-store");
    return present(original);
  });

  server.post("/api/operator/attachments/:id/hold", async (request, reply) => {
    const operator = await deps.guards.requireOperator(request, { role: "admin" });
    const { id } = parseInput(idParams, request.params);
    const { hold } = parseInput(holdBody, request.body);
    const found = await deps.originals.find(id);
    if (!found || isPast(found)) throw refuse("GONE");
    const act = hold ? "original.hold" : "original.release";
    await deps.appendAudit({ site: found.site, actor: operator.id, act });
    const original = await deps.originals.setHold(found.site, id, hold);
    if (!original) throw refuse("GONE");
    reply.header("cache-control", "no-store");
    return present(original);
  });

  const isPast = ({ deleteAt, hold }: StoredOriginal): boolean =>
    deleteAt <= deps.clock.now() && !hold;

  function present({ id, bytes, deleteAt, hold }: StoredOriginal) {
    const link = { attachment: id, rendition: "original", reader: "o" };
    const path = signLink(deps.linksKey, link, deps.clock.now());
    return { url: new URL(path, deps.publicUrl).href, bytes, deleteAt, hold };
  }
}

interface Asked {
  params: unknown;
  query: unknown;
}

function sendFile(reply: FastifyReply, name: string, mime: string, bytes: Buffer) {
  return reply
    .headers({
      "content-type": mime,
      "content-disposition": `attachment; filename="${name}"`,
      "cache-control": "no-store",
    })
    .send(bytes);
}
