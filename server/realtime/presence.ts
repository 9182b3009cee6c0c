/** Who has a socket open: operators by site they watch, visitors by themselves. */
export interface Presence {
  operatorsOnline(site: string): Promise<boolean>;
  /** Those of a site's visitors that are on line. */
  onlineVisitors(site: string, visitorIds: string[]): Promise<Set<string>>;
  operatorArrived(site: string): void;
  operatorLeft(site: string): void;
  visitorArrived(site: string, visitorId: string): void;
  visitorLeft(site: string, visitorId: string): void;
  stop(): Promise<void>;
}

export interface PresenceDeps {
  /** Told when the first operator came or the last one left. */
  operatorsChanged(site: string, online: boolean): void;
  visitorChanged(site: string, visitorId: string, online: boolean): void;
  /** How long somebody may be away before it is said: a reload is not a departure. */
  graceMs: number;
}

export interface LocalPresence extends Presence {
  /** Everybody here, as `o:SITE` and `v:SITE:VISITOR`. */
  everybody(): string[];
}

/** Presence on one node, in memory. */
export function createLocalPresence(deps: PresenceDeps): LocalPresence {
  const counts = new Map<string, number>();
  const leaving = new Map<string, NodeJS.Timeout>();

  /** Tells the first coming at once. */
  function come(name: string, tell: (online: boolean) => void): void {
    const count = counts.get(name);
    counts.set(name, (count ?? 0) + 1);
    clearTimeout(leaving.get(name));
    leaving.delete(name);
    if (count === undefined) tell(true);
  }

  /** Tells the last going after a while. */
  function go(name: string, tell: (online: boolean) => void): void {
    const count = counts.get(name) ?? 0;
    counts.set(name, Math.max(0, count - 1));
    if (count > 1) return;
    clearTimeout(leaving.get(name));
    const departure = setTimeout(() => {
      leaving.delete(name);
      counts.delete(name);
      tell(false);
    }, deps.graceMs);
    leaving.set(name, departure);
  }

  const tellOperators = (site: string) => (online: boolean) => deps.operatorsChanged(site, online);
  const tellVisitor = (site: string, visitorId: string) => (online: boolean) =>
    deps.visitorChanged(site, visitorId, online);

  return {
    operatorsOnline: (site) => Promise.resolve(counts.has(`o:${site}`)),
    onlineVisitors: (site, ids) =>
      Promise.resolve(new Set(ids.filter((id) => counts.has(`v:${site}:${id}`)))),
    operatorArrived: (site) => come(`o:${site}`, tellOperators(site)),
    operatorLeft: (site) => go(`o:${site}`, tellOperators(site)),
    visitorArrived: (site, id) => come(`v:${site}:${id}`, tellVisitor(site, id)),
    visitorLeft: (site, id) => go(`v:${site}:${id}`, tellVisitor(site, id)),
    everybody: () => [...counts.keys()],
    stop() {
      for (const departure of leaving.values()) clearTimeout(departure);
      leaving.clear();
      return Promise.resolve();
    },
  };
}
