import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { idPattern } from "../../shared/ids.js";
import { paths } from "../../shared/paths.js";
import { readSignals } from "../consent/read-signals.js";
import { parseInput } from "../errors.js";
import { clientAddress, type Guards } from "../http/guards.js";
import { readBeacon } from "../http/read-beacon.js";
import type { RateLimits } from "../infra/rate-limits.js";
import { answerPixelFirst, createAnswerPixel, type PixelDeps } from "./answer-pixel.js";
import { recordDwell } from "./record-dwell.js";

export type TrackingRouteDeps = PixelDeps & { guards: Guards; rateLimits: RateLimits };

const dwellSchema = z.object({
  a: z.string().regex(idPattern),
  v: z.string().regex(idPattern),
  ms: z.int().min(0).max(86_400_000),
});

/** The pixel, which answers everybody the same, and the time spent on a page. */
export function registerTrackingRoutes(server: FastifyInstance, deps: TrackingRouteDeps): void {
  const answerPixel = createAnswerPixel(deps);
  answerPixelFirst(server.server, answerPixel);
  // For listeners that the framework opens by itself (`HOST=localhost` has two).
  server.get(paths.pixel, (request, reply) => {
    reply.hijack();
    answerPixel(request.raw, reply.raw);
  });

  server.post(paths.dwell(":siteKey"), async (request, reply) => {
    const site = await deps.guards.requireSite(request, reply);
    await deps.rateLimits.consume("dwell", { address: clientAddress(request), site: site.id });
    // `sendBeacon` sends text, which needs no preflight; a page that is closing could not wait for one.
    const { a, v, ms } = parseInput(dwellSchema, readBeacon(request.body));
    await deps.recorder.settle();
    await recordDwell(deps, site, {
      analyticsId: a,
      viewId: v,
      dwellMs: ms,
      signals: readSignals(request.headers),
    });
    return reply.code(204).send();
  });
}
