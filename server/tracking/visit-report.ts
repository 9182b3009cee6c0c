import type { VisitReport } from "../../shared/privacy.js";
import type { Clock } from "../infra/clock.js";
import type { Site } from "../sites/site.js";
import type { VisitStatsStore } from "./visit-stats-store.js";
import type { Visit, VisitStore } from "./visit-store.js";

export interface ReportDeps {
  clock: Clock;
  visits: VisitStore;
  visitStats: VisitStatsStore;
}

const dayMs = 86_400_000;
const liveMs = 5 * 60_000;
const days = 30;
/** A cell that fewer people stand behind could name one of them (JIVO-06). */
const smallestCell = 10;

const shown = (n: number): number | null => (n < smallestCell ? null : n);

/** Who is here now, and the last 30 days in numbers that point at nobody. */
export async function reportVisits(deps: ReportDeps, site: Site): Promise<VisitReport> {
  const now = deps.clock.now();
  const from = now - days * dayMs;
  const visits = await deps.visits.listBetween(site.id, from, now + 1, now);
  const counted = await deps.visitStats.listBetween(site.id, from, now + 1);
  const dayOf = (time: number) => new Date(time).toISOString().slice(0, 10);

  const perDay = new Map<string, { users: Set<string>; views: number; counted: number }>();
  const at = (day: string) => {
    const held = perDay.get(day) ?? { users: new Set<string>(), views: 0, counted: 0 };
    perDay.set(day, held);
    return held;
  };
  const paths = new Map<string, number>();
  for (const visit of visits)
    for (const view of visit.views) {
      const day = at(dayOf(view.at));
      day.users.add(visit.analyticsH ?? visit.dayHash ?? "");
      day.views += 1;
      add(paths, view.path, 1);
    }
  for (const { hour, path, n } of counted) {
    at(dayOf(hour)).counted += n;
    add(paths, path, n);
  }

  return {
    live: visits.filter((visit) => visit.lastAt > now - liveMs).length,
    days: [...perDay]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([day, { users, views, counted: n }]) => ({
        day,
        users: shown(users.size),
        views: shown(views),
        counted: shown(n),
      })),
    paths: top(paths).map(([path, n]) => ({ path, views: shown(n) })),
    referrers: by(visits, (visit) => visit.refHost).map(([host, n]) => ({
      host,
      visits: shown(n),
    })),
    browsers: by(visits, (visit) => visit.browser).map(([name, n]) => ({ name, visits: shown(n) })),
    countries: by(visits, (visit) => visit.country).map(([name, n]) => ({
      name,
      visits: shown(n),
    })),
    utm: by(visits, (visit) => visit.utm.campaign ?? "").map(([campaign, n]) => ({
      campaign,
      visits: shown(n),
    })),
  };
}

function add(cells: Map<string, number>, name: string, n: number): void {
  cells.set(name, (cells.get(name) ?? 0) + n);
}

/** Only names with enough visits are named at all: a rare path or host is a cell, too. */
function top(cells: Map<string, number>): [string, number][] {
  return [...cells]
    .filter(([name, n]) => name !== "" && n >= smallestCell)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 50);
}

function by(visits: readonly Visit[], nameOf: (visit: Visit) => string): [string, number][] {
  const cells = new Map<string, number>();
  for (const visit of visits) add(cells, nameOf(visit), 1);
  return top(cells);
}
