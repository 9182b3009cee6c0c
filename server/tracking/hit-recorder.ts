import type { PageView } from "../../shared/wire.js";
import type { Log } from "../infra/log.js";
import type { Site } from "../sites/site.js";
import type { PageHit } from "./page-hit.js";
import { countablePath, recordHit, type RecordDeps } from "./record-page-views.js";
import type { VisitCount, VisitStatsStore } from "./visit-stats-store.js";

export interface RecorderDeps extends RecordDeps {
  log: Log;
  visitStats: VisitStatsStore;
  findSiteByKey: (key: string) => Promise<Site | null>;
  /** The visitor a page view belongs to, if they wrote already; tells the site's operators. */
  announce: (site: Site, subjectH: string, view: PageView) => Promise<void>;
}

/** Takes hits at once and records them in batches; loses none that it took when it is stopped. */
export interface HitRecorder {
  /** False when so many wait that this one is left out. */
  take(hit: PageHit): boolean;
  /** Resolves when everything taken so far is stored or refused. */
  settle(): Promise<void>;
  /** As `settle`, counters included. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

const batchDelayMs = 40;
const countDelayMs = 1_000;
/** Beyond this a flood is under way, and memory matters more than its count. */
const mostWaiting = 50_000;
const mostCounters = 20_000;
/** Pages of a site that an hour tells apart: anybody can ask for the pixel with paths made up. */
const mostPaths = 1_000;
const otherPaths = ":other";
const hourMs = 3_600_000;
/** Counters name nobody; two years of them let a site compare a year with the one before. */
const keepCountsMs = 730 * 24 * hourMs;

export function openHitRecorder(deps: RecorderDeps): HitRecorder {
  let waiting: PageHit[] = [];
  let counts = new Map<string, VisitCount>();
  /** Of each site, in the newest hour. */
  const paths = new Map<string, Set<string>>();
  let pathsHour = 0;
  let dropped = 0;
  let stopped = false;
  let working: Promise<void> = Promise.resolve();
  let batchTimer: NodeJS.Timeout | null = null;
  let countTimer: NodeJS.Timeout | null = null;

  /** Of two nodes, and after a restart, each tells as many apart: it is a bound, not a count. */
  function isToldApart(site: string, hour: number, path: string): boolean {
    if (hour > pathsHour) {
      paths.clear();
      pathsHour = hour;
    }
    const told = paths.get(site) ?? new Set<string>();
    paths.set(site, told);
    if (told.has(path)) return true;
    if (told.size >= mostPaths) return false;
    told.add(path);
    return true;
  }

  function add(site: string, hour: number, path: string, n: number): void {
    const known = counts.has(`${site}/${hour}/${path}`);
    const room = known || counts.size < mostCounters;
    const kept = room && isToldApart(site, hour, path) ? path : otherPaths;
    const name = `${site}/${hour}/${kept}`;
    const held = counts.get(name);
    if (held === undefined) counts.set(name, { site, hour, path: kept, n });
    else held.n += n;
    countTimer ??= later(countDelayMs, () => {
      countTimer = null;
      void queue(writeCounts);
    });
  }

  async function recordOne(site: Site, hit: PageHit): Promise<void> {
    try {
      const outcome = await recordHit(deps, site, hit);
      if (outcome.kind === "count") add(site.id, hit.at - (hit.at % hourMs), outcome.path, 1);
      if (outcome.kind === "view") {
        const { path, title, at, dwellMs } = outcome.view;
        await deps.announce(site, outcome.subjectH, { path, title, at, dwellMs });
      }
    } catch (error) {
      deps.log.warn({ err: error, site: site.id }, "page view not recorded");
    }
  }

  /** Each site's rules are read once a batch, so a change holds from the next one on. */
  async function writeBatch(): Promise<void> {
    const batch = waiting;
    waiting = [];
    const bySite = groupBy(batch, (hit) => hit.siteKey);
    for (const [key, hits] of bySite) {
      try {
        const site = await deps.findSiteByKey(key);
        if (site === null) continue;
        await recordInTurns(site, hits);
      } catch (error) {
        deps.log.warn({ err: error }, "page views not recorded");
      }
    }
    if (dropped > 0) {
      deps.log.warn({ dropped }, "page views left out: too many at once");
      dropped = 0;
    }
  }

  /** Counters at once; one browser's views in their order, different browsers' side by side. */
  async function recordInTurns(site: Site, hits: PageHit[]): Promise<void> {
    const { cookieless } = site.rules.analytics;
    const [counted, recorded] = [[] as PageHit[], [] as PageHit[]];
    for (const hit of hits)
      (hit.analyticsId === null && !cookieless ? counted : recorded).push(hit);
    for (const hit of counted) {
      const path = countablePath(site, hit);
      if (path !== null) add(site.id, hit.at - (hit.at % hourMs), path, 1);
    }
    const lanes = [...groupBy(recorded, (hit) => hit.analyticsId ?? "").values()];
    const workers = Array.from({ length: Math.min(16, lanes.length) }, async () => {
      for (let lane = lanes.pop(); lane !== undefined; lane = lanes.pop())
        for (const hit of lane) await recordOne(site, hit);
    });
    await Promise.all(workers);
  }

  async function writeCounts(): Promise<void> {
    const taken = counts;
    if (taken.size === 0) return;
    counts = new Map();
    try {
      await deps.visitStats.add([...taken.values()], keepCountsMs);
    } catch (error) {
      // What part of it was written is unknown; to count twice is better than to lose an hour.
      deps.log.warn({ err: error }, "visit counters kept for later");
      for (const held of taken.values()) add(held.site, held.hour, held.path, held.n);
    }
  }

  function queue(work: () => Promise<void>): Promise<void> {
    working = working.then(work);
    return working;
  }

  async function settle(): Promise<void> {
    if (batchTimer !== null) clearTimeout(batchTimer);
    batchTimer = null;
    await queue(writeBatch);
  }

  async function flush(): Promise<void> {
    await settle();
    await queue(writeCounts);
  }

  return {
    take(hit) {
      if (stopped || waiting.length >= mostWaiting) {
        dropped += 1;
        return false;
      }
      waiting.push(hit);
      batchTimer ??= later(batchDelayMs, () => {
        batchTimer = null;
        void queue(writeBatch);
      });
      return true;
    },
    settle,
    flush,
    async stop() {
      stopped = true;
      await flush();
      if (countTimer !== null) clearTimeout(countTimer);
      countTimer = null;
    },
  };
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

/** A timer that keeps no process alive by itself: stopping flushes. */
function later(ms: number, act: () => void): NodeJS.Timeout {
  const timer = setTimeout(act, ms);
  timer.unref();
  return timer;
}
