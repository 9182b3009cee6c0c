import type { Signals } from "../../shared/consent.js";

/** What this browser asks for itself: Global Privacy Control and Do Not Track. */
export function readSignals(): Signals {
  const asked: { globalPrivacyControl?: unknown; doNotTrack?: unknown } = navigator;
  return { gpc: asked.globalPrivacyControl === true, dnt: asked.doNotTrack === "1" };
}
