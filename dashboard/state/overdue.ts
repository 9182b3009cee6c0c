import { signal, type ReadonlySignal } from "@preact/signals";
import type { PrivacyApi } from "./privacy-api.js";

/** Privacy requests that are past their day, by site: the badge on the shield. */
export interface OverdueWatch {
  count: ReadonlySignal<number>;
  refresh(siteIds: string[]): Promise<void>;
}

export function createOverdueWatch(api: Pick<PrivacyApi, "listRequests">): OverdueWatch {
  const count = signal(0);
  return {
    count,
    async refresh(siteIds) {
      const lists = await Promise.all(siteIds.map((siteId) => api.listRequests(siteId)));
      // A role that may not read them has no badge; a site that does not answer keeps the last one.
      if (lists.some((list) => !list.ok)) return;
      count.value = lists
        .flatMap((list) => (list.ok ? list.value : []))
        .filter((one) => one.overdue).length;
    },
  };
}
