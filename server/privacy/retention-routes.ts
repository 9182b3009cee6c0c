import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { paths } from "../../shared/paths.js";
import type { RetentionPreview, VisitReport } from "../../shared/privacy.js";
import { parseInput } from "../errors.js";
import type { Guards } from "../http/guards.js";
import type { Clock } from "../infra/clock.js";
import type { Site } from "../sites/site.js";
import { siteOf } from "./view-site.js";

export interface RetentionRouteDeps {
  clock: Clock;
  guards: Guards;
  getSite: (id: string) => Promise<Site>;
  /** Conversations whose newest message is older than a moment. */
  countConversations: (site: Site, before: number) => Promise<number>;
  /** Visits that began before a moment. */
  countVisits: (site: Site, before: number) => Promise<number>;
  /** Originals of photos that a period of so many hours would delete. */
  countOriginals: (site: Site, hours: number) => Promise<number>;
  reportVisits: (site: Site) => Promise<VisitReport>;
}

const previewSchema = z.strictObject({
  retention: z.object({
    conversation: z.int().min(1).max(3650).exactOptional(),
    pageViews: z.int().min(1).max(400).exactOptional(),
    originalHours: z.int().min(1).max(24).exactOptional(),
  }),
});
const dayMs = 86_400_000;

/** What a change of periods would delete, and the report of visits. */
export function registerRetentionRoutes(server: FastifyInstance, deps: RetentionRouteDeps): void {
  server.post(
    paths.privacyView(":siteId", "retention-preview"),
    async (request): Promise<RetentionPreview> => {
      await deps.guards.requireOperator(request, { role: "admin" });
      const site = await siteOf(deps, request);
      const { retention } = parseInput(previewSchema, request.body);
      const now = deps.clock.now();
      const { conversation, pageViews, originalHours } = { ...site.rules.retention, ...retention };
      return {
        conversations: await deps.countConversations(site, now - conversation * dayMs),
        visits: await deps.countVisits(site, now - pageViews * dayMs),
        originals: await deps.countOriginals(site, originalHours),
      };
    },
  );

  server.get(paths.privacyView(":siteId", "visits"), async (request): Promise<VisitReport> => {
    await deps.guards.requireOperator(request);
    return deps.reportVisits(await siteOf(deps, request));
  });
}
