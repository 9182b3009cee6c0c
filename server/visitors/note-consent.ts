import type { VisitorStore } from "./visitor-store.js";

/** Notes at a visitor which consent record is their newest. */
export async function noteConsent(
  deps: { visitors: VisitorStore },
  site: string,
  visitorId: string,
  seq: number,
): Promise<void> {
  await deps.visitors.change(site, visitorId, { consentSeq: seq });
}
