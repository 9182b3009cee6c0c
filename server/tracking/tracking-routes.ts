import { randomFillSync } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { idPattern, makeId } from "../../shared/ids.js";
import { paths } from "../../shared/paths.js";
import { readSignals, trackingStatus } from "../consent/read-signals.js";
import { parseInput } from "../errors.js";
import { clientAddress, type Guards } from "../http/guards.js";
import type { RateLimits } from "../infra/rate-limits.js";
import { readCountry } from "./read-country.js";
import type { HitRecorder, RecorderDeps } from "./hit-recorder.js";
import { parseHit, type PageHit } from "./page-hit.js";
import { weighAnalyticsId } from "./record-page-views.js";
import { recordDwell } from "./record-dwell.js";

export type TrackingRouteDeps = RecorderDeps & {
  recorder: HitRecorder;
  guards: Guards;
  rateLimits: RateLimits;
  /** Name of the header in which a trusted proxy tells the country, in lower case. */
  countryHeader: string | null;
};

/** A transparent GIF of one pixel: 43 bytes (GIF89a). */
const pixel = Buffer.from("R0lGODlhAQABAIAAAP///wAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==", "base64");

const dwellSchema = z.object({
  a: z.string().regex(idPattern),
  v: z.string().regex(idPattern),
  ms: z.int().min(0).max(86_400_000),
});

/** The pixel, which answers everybody the same, and the time spent on a page. */
export function registerTrackingRoutes(server: FastifyInstance, deps: TrackingRouteDeps): void {
  const newViewId = () => makeId((bytes) => randomFillSync(bytes));

  function readHit(request: FastifyRequest): PageHit | null {
    const { headers } = request;
    const start = request.url.indexOf("?");
    return parseHit({
      query: new URLSearchParams(start < 0 ? "" : request.url.slice(start + 1)),
      referer: headers.referer,
      userAgent: headers["user-agent"] ?? "",
      acceptLanguage: headers["accept-language"] ?? "",
      country: readCountry(request, deps.countryHeader),
      address: clientAddress(request),
      signals: readSignals(headers),
      newViewId,
      at: deps.clock.now(),
    });
  }

  /** What the pixel's answer says of tracking; only a browser that sent a signal has it looked up. */
  async function tellStatus(hit: PageHit | null): Promise<"N" | "C"> {
    if (hit === null || hit.analyticsId === null) return trackingStatus(false);
    if (!hit.signals.gpc && !hit.signals.dnt) return trackingStatus(true);
    const site = await deps.findSiteByKey(hit.siteKey).catch(() => null);
    if (site === null) return trackingStatus(false);
    const weighed = await weighAnalyticsId(deps, site, hit.analyticsId, hit.signals).catch(
      () => null,
    );
    return trackingStatus(weighed !== null);
  }

  function sendPixel(reply: FastifyReply, status: "N" | "C"): FastifyReply {
    return reply
      .headers({
        "content-type": "image/gif",
        "cache-control": "no-store",
        "cross-origin-resource-policy": "cross-origin",
        tk: status,
      })
      .send(pixel);
  }

  server.get(paths.pixel, async (request, reply) => {
    // Page views are asked for with GET; a HEAD is a checker's and counts nothing.
    const hit = request.method === "GET" ? readHit(request) : null;
    if (hit !== null) deps.recorder.take(hit);
    return sendPixel(reply, await tellStatus(hit));
  });

  server.post(paths.dwell(":siteKey"), async (request, reply) => {
    const site = await deps.guards.requireSite(request, reply);
    await deps.rateLimits.consume("dwell", { address: clientAddress(request), site: site.id });
    // `sendBeacon` sends text, which needs no preflight; a page that is closing could not wait for one.
    const body = typeof request.body === "string" ? parseJson(request.body) : request.body;
    const { a, v, ms } = parseInput(dwellSchema, body);
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
