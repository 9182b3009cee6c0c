import { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { paths } from "../../shared/paths.js";
import {
  disclosureBases,
  disclosureFields,
  type RecipientRow,
  type TransferState,
} from "../../shared/privacy.js";
import { parseInput } from "../errors.js";
import type { Guards } from "../http/guards.js";
import type { Site } from "../sites/site.js";
import { collectDisclosure, type DisclosureReach } from "./collect-disclosure.js";
import {
  approveDisclosure,
  beginDisclosure,
  listDisclosures,
  requestDisclosure,
  type DisclosureDeps,
} from "./disclosures.js";
import type { Recipient } from "./recipient-store.js";
import {
  activateRecipient,
  announceTransfer,
  listRecipient,
  removeRecipient,
  requireTransfer,
  type RecipientDeps,
} from "./recipients.js";
import { idOf, siteOf } from "./view-site.js";

export type DisclosureRouteDeps = DisclosureDeps &
  RecipientDeps &
  DisclosureReach & {
    guards: Guards;
    getSite: (id: string) => Promise<Site>;
    /** Every conversation of the site, one JSON line each. */
    exportSite: (site: Site) => AsyncIterable<string>;
  };

const draftSchema = z.strictObject({
  conversationId: z.string().min(1).max(60),
  basis: z.enum(disclosureBases),
  reason: z.string().trim().min(10).max(2_000),
  fields: z.array(z.enum(disclosureFields)).min(1).max(disclosureFields.length),
});
const recipientSchema = z.strictObject({
  name: z.string().trim().min(1).max(200),
  purpose: z.string().trim().min(1).max(500),
  country: z.string().regex(/^([A-Z]{2})?$/),
  agreement: z.string().trim().max(200),
  transferBasis: z.string().trim().max(200),
});
const transferSchema = z.strictObject({ to: z.string().trim().min(1).max(200) });

/** Whatever leaves the house: to authorities, to third parties, to a buyer of the business. Admins only. */
export function registerDisclosureRoutes(server: FastifyInstance, deps: DisclosureRouteDeps): void {
  const view = (name: string) => paths.privacyView(":siteId", name);
  const admin = { role: "admin" } as const;

  server.get(view("disclosures"), async (request) => {
    await deps.guards.requireOperator(request, admin);
    return listDisclosures(deps, await siteOf(deps, request));
  });
  server.post(view("disclosures"), async (request, reply) => {
    const operator = await deps.guards.requireOperator(request, admin);
    const site = await siteOf(deps, request);
    const draft = parseInput(draftSchema, request.body);
    return reply.code(201).send(await requestDisclosure(deps, site, operator.id, draft));
  });
  server.post(`${view("disclosures")}/:id/approve`, async (request) => {
    const operator = await deps.guards.requireOperator(request, admin);
    return approveDisclosure(deps, await siteOf(deps, request), operator.id, idOf(request));
  });
  server.post(`${view("disclosures")}/:id/export`, async (request, reply) => {
    const operator = await deps.guards.requireOperator(request, admin);
    const site = await siteOf(deps, request);
    const row = await beginDisclosure(deps, site, operator.id, idOf(request));
    const data = await collectDisclosure(deps, site, row);
    return reply
      .headers({
        "content-disposition": 'attachment; filename="disclosure.json"',
        "cache-control": "no-store",
      })
      .send({ disclosure: row, data });
  });

  server.get(view("recipients"), async (request): Promise<RecipientRow[]> => {
    await deps.guards.requireOperator(request);
    const site = await siteOf(deps, request);
    return (await deps.recipients.list(site.id)).map(presentRecipient);
  });
  server.post(view("recipients"), async (request, reply) => {
    const operator = await deps.guards.requireOperator(request, admin);
    const site = await siteOf(deps, request);
    const draft = parseInput(recipientSchema, request.body);
    return reply
      .code(201)
      .send(presentRecipient(await listRecipient(deps, site, operator.id, draft)));
  });
  server.post(`${view("recipients")}/:id/activate`, async (request) => {
    const operator = await deps.guards.requireOperator(request, admin);
    const site = await siteOf(deps, request);
    return presentRecipient(await activateRecipient(deps, site, operator.id, idOf(request)));
  });
  server.delete(`${view("recipients")}/:id`, async (request, reply) => {
    const operator = await deps.guards.requireOperator(request, admin);
    await removeRecipient(deps, await siteOf(deps, request), operator.id, idOf(request));
    return reply.code(204).send();
  });

  server.get(view("transfer"), async (request): Promise<TransferState> => {
    await deps.guards.requireOperator(request, admin);
    const site = await siteOf(deps, request);
    const found = await deps.recipients.findTransfer(site.id);
    return found ?? { to: "", noticeAt: null, unlockedAt: null };
  });
  server.post(view("transfer"), async (request) => {
    const operator = await deps.guards.requireOperator(request, admin);
    const site = await siteOf(deps, request);
    const { to } = parseInput(transferSchema, request.body);
    return announceTransfer(deps, site, operator.id, to);
  });
  server.delete(view("transfer"), async (request, reply) => {
    const operator = await deps.guards.requireOperator(request, admin);
    const site = await siteOf(deps, request);
    await deps.recipients.removeTransfer(site.id);
    await deps.appendAudit({ site: site.id, actor: operator.id, act: "transfer.cancel" });
    return reply.code(204).send();
  });
  /** Everything of the site at once, for its buyer: locked until visitors were told (JMINI-11). */
  server.get(view("transfer/export"), async (request, reply) => {
    const operator = await deps.guards.requireOperator(request, admin);
    const site = await siteOf(deps, request);
    await requireTransfer(deps, site);
    await deps.appendAudit({ site: site.id, actor: operator.id, act: "transfer.export" });
    return reply
      .headers({
        "content-disposition": 'attachment; filename="site.ndjson"',
        "cache-control": "no-store",
      })
      .type("application/x-ndjson")
      .send(Readable.from(deps.exportSite(site)));
  });
}

function presentRecipient(recipient: Recipient): RecipientRow {
  const { id, name, purpose, country, agreement, transferBasis, noticeAt, activeAt } = recipient;
  return { id, name, purpose, country, agreement, transferBasis, noticeAt, activeAt };
}
