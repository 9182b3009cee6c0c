import type { Signals } from "../../shared/consent.js";
import type { Site } from "../sites/site.js";
import { weighAnalyticsId, type RecordDeps } from "./record-page-views.js";

export interface Dwell {
  analyticsId: string;
  viewId: string;
  dwellMs: number;
  signals: Signals;
}

/** Keeps how long a page was looked at, if its view was recorded and consent still holds. */
export async function recordDwell(deps: RecordDeps, site: Site, dwell: Dwell): Promise<boolean> {
  const weighed = await weighAnalyticsId(deps, site, dwell.analyticsId, dwell.signals);
  if (weighed === null) return false;
  return deps.visits.setDwell(site.id, weighed.analyticsH, dwell.viewId, dwell.dwellMs);
}
