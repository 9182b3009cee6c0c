import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { paths } from "../../shared/paths.js";
import { telemetryNames, type TelemetryReport } from "../../shared/privacy.js";
import { readSignals } from "../consent/read-signals.js";
import { parseInput } from "../errors.js";
import { clientAddress, type Guards } from "../http/guards.js";
import { readBeacon } from "../http/read-beacon.js";
import type { Clock } from "../infra/clock.js";
import type { RateLimits } from "../infra/rate-limits.js";
import type { Site } from "../sites/site.js";
import type { TelemetryStore } from "./telemetry-store.js";
import { siteOf } from "./view-site.js";

export interface TelemetryRouteDeps {
  clock: Clock;
  guards: Guards;
  rateLimits: RateLimits;
  telemetry: TelemetryStore;
  getSite: (id: string) => Promise<Site>;
}

/** What one page may add. */
const count = z.int().min(1).max(100_000);
const countsSchema = z.strictObject({
  presses: z.partialRecord(z.enum(telemetryNames.presses), count),
  errors: z.partialRecord(z.enum(telemetryNames.errors), count),
});
const dayMs = 86_400_000;
const keepDays = 90;

const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

/**
 * Counts of the widget's own buttons and errors (JMINI-03). They stay on this server; the site has a
 * switch, the visitor another one in the panel, and a signal is a no.
 */
export function registerTelemetryRoutes(server: FastifyInstance, deps: TelemetryRouteDeps): void {
  server.post(paths.telemetry(":siteKey"), async (request, reply) => {
    const site = await deps.guards.requireSite(request, reply);
    await deps.rateLimits.consume("telemetry", { address: clientAddress(request), site: site.id });
    // `sendBeacon` sends text: a page that is closing cannot wait for a preflight.
    const counts = parseInput(countsSchema, readBeacon(request.body));
    const { gpc, dnt } = readSignals(request.headers);
    if (site.rules.statistics.errors && !gpc && !dnt) {
      const now = deps.clock.now();
      const kinds = ["presses", "errors"] as const;
      await deps.telemetry.add(
        kinds.flatMap((kind) =>
          Object.entries(counts[kind]).map(([name, n]) => ({
            ...{ site: site.id, day: dayOf(now), kind, name, n },
          })),
        ),
        new Date(now + keepDays * dayMs),
      );
    }
    return reply.code(204).send();
  });

  server.get(paths.privacyView(":siteId", "telemetry"), async (request) => {
    await deps.guards.requireOperator(request);
    const site = await siteOf(deps, request);
    const report: TelemetryReport = { presses: {}, errors: {} };
    const rows = await deps.telemetry.list(site.id, dayOf(deps.clock.now() - 30 * dayMs));
    for (const { kind, name, n } of rows) report[kind][name] = (report[kind][name] ?? 0) + n;
    return report;
  });
}
