import type { IncomingHttpHeaders } from "node:http";
import type { Signals } from "../../shared/consent.js";

/**
 * What the browser asks for in its headers. Only the exact values count (`Sec-GPC: 1`, `DNT: 1`):
 * `0`, `true` or two values joined by a comma say nothing, and absence never grants anything.
 */
export function readSignals(headers: IncomingHttpHeaders): Signals {
  return { gpc: headers["sec-gpc"] === "1", dnt: headers["dnt"] === "1" };
}

/** `Tk` of the tracking preference expression: N, not tracking; C, tracking with consent. */
export function trackingStatus(tracked: boolean): "N" | "C" {
  return tracked ? "C" : "N";
}
