import { paths } from "../../shared/paths.js";

export interface PageViewReport {
  analyticsId: string;
  /** New for each view, so that its dwell can be added. */
  viewId: string;
  path: string;
  title: string;
  referrerHost: string;
  language: string;
  /** `utm_source` … as the address carried them. */
  campaign: Readonly<Record<string, string>>;
}

/** The pixel (JIVO-03). Nobody waits for its answer and nothing is read from it. */
export function sendPageView(server: string, key: string, view: PageViewReport): void {
  const query = new URLSearchParams({
    k: key,
    a: view.analyticsId,
    v: view.viewId,
    p: view.path,
    t: view.title,
    r: view.referrerHost,
    l: view.language,
    ...view.campaign,
  });
  const pixel = new Image(1, 1);
  pixel.referrerPolicy = "origin";
  pixel.src = `${server}${paths.pixel}?${query}`;
}

/** Milliseconds that a view was looked at so far; a later, larger number replaces it. */
export function sendDwell(
  server: string,
  key: string,
  dwell: { analyticsId: string; viewId: string; ms: number },
): void {
  const body = JSON.stringify({ a: dwell.analyticsId, v: dwell.viewId, ms: dwell.ms });
  navigator.sendBeacon(server + paths.dwell(key), body);
}
