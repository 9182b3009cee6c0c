import { computed, signal, type ReadonlySignal } from "@preact/signals";
import { limits } from "../../shared/limits.js";
import type { SiteChange, SiteSettings, Sizes } from "../../shared/wire.js";
import type { Failure, Outcome } from "./outcome.js";
import type { Shelf } from "./ports.js";

export interface SitesApi {
  listSites(): Promise<Outcome<SiteSettings[]>>;
  createSite(name: string): Promise<Outcome<SiteSettings>>;
  changeSite(siteId: string, change: SiteChange): Promise<Outcome<SiteSettings>>;
}

export interface Sites {
  /** Null until they were read once. */
  all: ReadonlySignal<SiteSettings[] | null>;
  current: ReadonlySignal<SiteSettings | null>;
  /** What the server takes; the defaults until it said so. */
  sizes: ReadonlySignal<Sizes>;
  failure: ReadonlySignal<Failure | null>;
  refresh(): Promise<void>;
  choose(siteId: string): void;
  create(name: string): Promise<Failure | null>;
  change(siteId: string, change: SiteChange): Promise<Failure | null>;
}

const chosenKey = "porchlight_site";

/** The operator's sites, and the one that is looked at. */
export function createSites(api: SitesApi, shelf: Shelf): Sites {
  const all = signal<SiteSettings[] | null>(null);
  const failure = signal<Failure | null>(null);
  const chosen = signal<string | null>(shelf.read(chosenKey));
  const current = computed(() => {
    const sites = all.value ?? [];
    return sites.find((site) => site.id === chosen.value) ?? sites[0] ?? null;
  });
  const put = (site: SiteSettings): void => {
    const others = (all.value ?? []).filter((one) => one.id !== site.id);
    const known = all.value?.findIndex((one) => one.id === site.id) ?? -1;
    all.value =
      known < 0 ? [...others, site] : [...others.slice(0, known), site, ...others.slice(known)];
  };
  const choose = (siteId: string): void => {
    chosen.value = siteId;
    shelf.write(chosenKey, siteId);
  };

  return {
    all,
    current,
    sizes: computed(() => current.value ?? limits),
    failure,
    choose,
    async refresh() {
      const outcome = await api.listSites();
      failure.value = outcome.ok ? null : outcome;
      if (outcome.ok) all.value = outcome.value;
    },
    async create(name) {
      const outcome = await api.createSite(name);
      if (!outcome.ok) return outcome;
      put(outcome.value);
      choose(outcome.value.id);
      return null;
    },
    async change(siteId, change) {
      const outcome = await api.changeSite(siteId, change);
      if (!outcome.ok) return outcome;
      put(outcome.value);
      return null;
    },
  };
}
