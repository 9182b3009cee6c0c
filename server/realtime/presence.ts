/** Who has a socket open: operators by site they watch, visitors by themselves. */
export interface Presence {
  operatorsOnline(site: string): Promise<boolean>;
  /** Those of the visitors that are on line. */
  onlineVisitors(visitorIds: string[]): Promise<Set<string>>;
  operatorArrived(site: string): void;
  operatorLeft(site: string): void;
  visitorArrived(site: string, visitorId: string): void;
  visitorLeft(site: string, visitorId: string): void;
  stop(): void;
}

interface Deps {
  /** Told when the first operator came or the last one left. */
  operatorsChanged(site: string, online: boolean): void;
  visitorChanged(site: string, visitorId: string): void;
  /** How long somebody may be away before it is said: a reload is not a departure. */
  graceMs: number;
}

/** Presence on one node, in memory. */
export function createLocalPresence(deps: Deps): Presence {
  const sites = countComings(deps.graceMs, (site, online) => deps.operatorsChanged(site, online));
  const visitors = countComings(deps.graceMs, (visitorId, _online, site) =>
    deps.visitorChanged(site, visitorId),
  );
  return {
    operatorsOnline: (site) => Promise.resolve(sites.has(site)),
    onlineVisitors: (ids) => Promise.resolve(new Set(ids.filter((id) => visitors.has(id)))),
    operatorArrived: (site) => sites.come(site, site),
    operatorLeft: (site) => sites.go(site, site),
    visitorArrived: (site, visitorId) => visitors.come(visitorId, site),
    visitorLeft: (site, visitorId) => visitors.go(visitorId, site),
    stop() {
      sites.stop();
      visitors.stop();
    },
  };
}

/** Counts sockets by name; tells the first coming at once and the last going after a while. */
export function countComings(
  graceMs: number,
  tell: (name: string, here: boolean, site: string) => void,
) {
  const counts = new Map<string, number>();
  const leaving = new Map<string, NodeJS.Timeout>();
  return {
    has: (name: string) => counts.has(name),
    names: () => counts.keys(),
    come(name: string, site: string): void {
      const count = counts.get(name);
      counts.set(name, (count ?? 0) + 1);
      const departure = leaving.get(name);
      if (departure !== undefined) {
        clearTimeout(departure);
        leaving.delete(name);
      }
      if (count === undefined) tell(name, true, site);
    },
    go(name: string, site: string): void {
      const count = counts.get(name) ?? 0;
      counts.set(name, Math.max(0, count - 1));
      if (count > 1) return;
      clearTimeout(leaving.get(name));
      const departure = setTimeout(() => {
        leaving.delete(name);
        counts.delete(name);
        tell(name, false, site);
      }, graceMs);
      leaving.set(name, departure);
    },
    stop(): void {
      for (const departure of leaving.values()) clearTimeout(departure);
      leaving.clear();
    },
  };
}
