import type { HitRecorder } from "./hit-recorder.js";
import type { VisitStore } from "./visit-store.js";

/** Another node may believe an old answer this long, and a batch of its be on the way. */
const stragglerMs = 2_500;

/**
 * Removes every visit of these analytics ids. Hits that were taken before are settled first, so
 * that none of them is written after; what another node was just writing is swept once more.
 */
export async function purgeVisits(
  deps: { visits: VisitStore; recorder: HitRecorder; onError: (error: unknown) => void },
  site: string,
  analyticsHashes: readonly string[],
): Promise<number> {
  if (analyticsHashes.length === 0) return 0;
  await deps.recorder.settle();
  const removed = await deps.visits.deleteByAnalytics(site, analyticsHashes);
  setTimeout(() => {
    deps.visits.deleteByAnalytics(site, analyticsHashes).catch(deps.onError);
  }, stragglerMs).unref();
  return removed;
}
