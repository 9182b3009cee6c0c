import type { Log } from "../infra/log.js";
import type { Site } from "../sites/site.js";
import { repeatErasure, type EraseDeps } from "./erase-subject.js";

/**
 * Before the server answers anybody, every erasure of the journal is made sure of: a backup that was
 * taken before one and restored afterwards cannot bring the person back (hard test 12).
 * @returns how many had to be repeated
 */
export async function replayErasures(
  deps: EraseDeps & { log: Log; findSite: (id: string) => Promise<Site | null> },
): Promise<number> {
  let repeated = 0;
  await deps.journal.replay(async (entry) => {
    if (entry.kind !== "erasure") return;
    const site = await deps.findSite(entry.site);
    if (site !== null && (await repeatErasure(deps, site, entry))) repeated += 1;
  });
  if (repeated > 0) deps.log.warn({ repeated }, "erasures of the journal were repeated");
  return repeated;
}
