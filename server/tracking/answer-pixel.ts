import { randomFillSync } from "node:crypto";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { makeId } from "../../shared/ids.js";
import { paths } from "../../shared/paths.js";
import { readSignals, trackingStatus } from "../consent/read-signals.js";
import { socketAddress } from "../http/client-address.js";
import type { Rate } from "../infra/rate-limits.js";
import type { HitRecorder, RecorderDeps } from "./hit-recorder.js";
import { createAddressMeter } from "./meter-addresses.js";
import { parseHit, type PageHit } from "./page-hit.js";
import { readCountry } from "./read-country.js";
import { weighAnalyticsId } from "./record-page-views.js";

export interface PixelDeps extends RecorderDeps {
  recorder: HitRecorder;
  /** Whose `X-Forwarded-For` is believed. */
  trustProxy: string[];
  /** Name of the header in which a trusted proxy tells the country, in lower case. */
  countryHeader: string | null;
  /** Page views that are counted of one address. */
  pixelRate: Rate;
}

/** A transparent GIF of one pixel: 43 bytes (GIF89a). */
const pixel = Buffer.from("R0lGODlhAQABAIAAAP///wAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==", "base64");

const headersOf = (tk: "N" | "C") => ({
  "content-type": "image/gif",
  "content-length": pixel.length,
  "cache-control": "no-store",
  "cross-origin-resource-policy": "cross-origin",
  "x-content-type-options": "nosniff",
  tk,
});
const headers = { N: headersOf("N"), C: headersOf("C") };

export type AnswerPixel = (request: IncomingMessage, response: ServerResponse) => void;

/** Answers everybody the same image at once; what may be recorded is decided afterwards. */
export function createAnswerPixel(deps: PixelDeps): AnswerPixel {
  const isWithinRate = createAddressMeter(deps.clock, deps.pixelRate);
  /** Without a proxy the socket says it, and nothing need be parsed. */
  const addressOf = (request: IncomingMessage, hit: PageHit) =>
    deps.trustProxy.length === 0 ? (request.socket.remoteAddress ?? "") : hit.address();
  const newViewId = () => makeId((bytes) => randomFillSync(bytes));

  function readHit(request: IncomingMessage): PageHit | null {
    const url = request.url ?? "";
    const start = url.indexOf("?");
    const { headers: sent, socket } = request;
    const peer = { headers: sent, socket: { remoteAddress: socket.remoteAddress } };
    const address = () => socketAddress(deps.trustProxy, peer);
    return parseHit({
      query: new URLSearchParams(start < 0 ? "" : url.slice(start + 1)),
      referer: sent.referer,
      userAgent: sent["user-agent"] ?? "",
      acceptLanguage: sent["accept-language"] ?? "",
      country: () => readCountry(peer, address(), deps.countryHeader),
      address,
      signals: readSignals(sent),
      newViewId,
      at: deps.clock.now(),
    });
  }

  /** What the answer says of tracking; only for a browser that sent a signal it is looked up. */
  async function weighStatus(hit: PageHit, analyticsId: string): Promise<"N" | "C"> {
    const site = await deps.findSiteByKey(hit.siteKey);
    if (site === null) return "N";
    const weighed = await weighAnalyticsId(deps, site, analyticsId, hit.signals);
    return trackingStatus(weighed !== null);
  }

  return (request, response) => {
    const send = (tk: "N" | "C") => {
      response.writeHead(200, headers[tk]);
      response.end(pixel);
    };
    // Page views are asked for with GET; a HEAD is a checker's and counts nothing.
    const hit = request.method === "GET" ? readHit(request) : null;
    if (hit === null) {
      send("N");
      return;
    }
    if (isWithinRate(addressOf(request, hit))) deps.recorder.take(hit);
    if (hit.analyticsId === null) {
      send("N");
      return;
    }
    if (!hit.signals.gpc && !hit.signals.dnt) {
      send("C");
      return;
    }
    weighStatus(hit, hit.analyticsId).then(send, () => send("N"));
  };
}

const isPixel = (url: string | undefined): boolean =>
  url === paths.pixel || url?.startsWith(`${paths.pixel}?`) === true;

/**
 * Answers the pixel before the framework sees it: no hook has anything to do there, and on a busy
 * site it is asked for more than everything else together.
 */
export function answerPixelFirst(http: Server, answer: AnswerPixel): void {
  const others = http.listeners("request") as AnswerPixel[];
  http.removeAllListeners("request");
  http.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const reads = request.method === "GET" || request.method === "HEAD";
    if (reads && isPixel(request.url)) answer(request, response);
    else for (const other of others) other.call(http, request, response);
  });
}
