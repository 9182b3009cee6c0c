import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { Signals } from "../../shared/consent.js";
import { paths } from "../../shared/paths.js";
import type { PanelNotice, PanelSite, Sizes } from "../../shared/wire.js";
import { readSignals } from "../consent/read-signals.js";
import { parseInput } from "../errors.js";
import type { Guards } from "../http/guards.js";
import type { Clock } from "../infra/clock.js";
import type { AppendAudit } from "../privacy/append-audit.js";
import { changeSite } from "./change-site.js";
import { createSite } from "./create-site.js";
import { noteTagSeen } from "./note-tag-seen.js";
import { presentSite } from "./present-site.js";
import { newSiteSchema, siteChangeSchema } from "./site-schemas.js";
import type { SiteStore } from "./site-store.js";
import type { Site } from "./site.js";

interface Deps {
  guards: Guards;
  sites: SiteStore;
  clock: Clock;
  appendAudit: AppendAudit;
  publicUrl: URL;
  limits: Sizes;
  presentNotice(site: Site, language: string, signals: Signals): Promise<PanelNotice>;
  /** After a change of rules is stored: what depends on them is brought up to date. */
  rulesChanged(before: Site, after: Site): Promise<void>;
}

const siteParams = z.object({ siteId: z.string().max(60) });
const panelQuery = z.object({ language: z.string().max(35).optional() });

/** Settings for operators, and what the panel needs for visitors. */
export function registerSiteRoutes(server: FastifyInstance, deps: Deps): void {
  const present = (site: Site) => presentSite(site, deps.publicUrl, deps.limits);

  server.get(paths.sites, async (request) => {
    await deps.guards.requireOperator(request);
    return (await deps.sites.list()).map(present);
  });

  server.post(paths.sites, async (request, reply) => {
    const operator = await deps.guards.requireOperator(request, { role: "admin" });
    const { name } = parseInput(newSiteSchema, request.body);
    const site = await createSite(deps, operator.id, name);
    return reply.code(201).send(present(site));
  });

  server.patch(paths.site(":siteId"), async (request) => {
    const operator = await deps.guards.requireOperator(request, { role: "admin" });
    const { siteId } = parseInput(siteParams, request.params);
    const change = parseInput(siteChangeSchema, request.body);
    const { before, after } = await changeSite(deps, operator.id, siteId, change);
    if (after.rulesVersion !== before.rulesVersion) await deps.rulesChanged(before, after);
    return present(after);
  });

  server.get(paths.panel(":siteKey"), async (request, reply) => {
    const site = await deps.guards.requireSite(request, reply);
    const { language } = parseInput(panelQuery, request.query);
    await noteTagSeen(deps, site, request.headers);
    const signals = readSignals(request.headers);
    const panel: PanelSite = {
      name: site.name,
      color: site.color,
      language: site.language,
      greeting: site.greeting,
      notice: await deps.presentNotice(site, language ?? site.language, signals),
      news: site.news && site.rules.mail.marketing,
      usage: site.rules.statistics.errors,
      controller: site.controller.name === "" ? null : site.controller,
      uploadBytes: deps.limits.uploadBytes,
      messageText: deps.limits.messageText,
      originalHours: site.rules.retention.originalHours,
    };
    return reply.header("cache-control", "no-store").send(panel);
  });
}
