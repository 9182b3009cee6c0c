import { effect } from "@preact/signals";
import { makeId } from "../../shared/ids.js";
import type { ConsentClient } from "../consent/consent-client.js";
import { sendDwell, sendPageView } from "../net/send-page-view.js";
import { describeView } from "./describe-view.js";
import { makeDwellClock, type DwellClock } from "./dwell-clock.js";
import { watchNavigation } from "./watch-navigation.js";

/**
 * Counts page views while, and only while, the gate allows it. Everything that leaves passes
 * `allowed()` at that moment: nothing is buffered, so nothing can be replayed after a new grant.
 */
export function trackPages(
  settings: { server: string; key: string },
  consent: ConsentClient,
): () => void {
  let view: { id: string; path: string; clock: DwellClock } | null = null;
  let stopWatching: (() => void) | null = null;
  const allowed = (): boolean => consent.analyticsAllowed.value;
  const isVisible = (): boolean => document.visibilityState === "visible";

  const report = (): void => {
    if (!view || !allowed()) return;
    const ms = view.clock.read();
    const analyticsId = consent.analyticsId();
    sendDwell(settings.server, settings.key, { analyticsId, viewId: view.id, ms });
  };
  const begin = (): void => {
    if (!allowed()) return;
    const facts = describeView(location.href, view ? "" : document.referrer);
    if (view?.path === facts.path) return;
    report();
    const id = makeId((bytes) => crypto.getRandomValues(bytes));
    view = { id, path: facts.path, clock: makeDwellClock(isVisible(), () => performance.now()) };
    sendPageView(settings.server, settings.key, {
      ...facts,
      analyticsId: consent.analyticsId(),
      viewId: id,
      title: document.title.slice(0, 200),
      language: navigator.language,
    });
  };
  const visibility = (): void => {
    // Asked again on waking: another tab may have withdrawn while this one slept.
    if (isVisible()) consent.reread();
    view?.clock.setVisible(isVisible());
    if (!isVisible()) report();
  };
  const restored = (event: PageTransitionEvent): void => {
    if (!event.persisted) return;
    consent.reread();
    view = null;
    begin();
  };

  document.addEventListener("visibilitychange", visibility);
  addEventListener("pagehide", report);
  addEventListener("pageshow", restored);
  const dispose = effect(() => {
    if (allowed()) {
      stopWatching ??= watchNavigation(begin);
      begin();
    } else {
      stopWatching?.();
      stopWatching = null;
      view = null;
    }
  });
  return () => {
    dispose();
    stopWatching?.();
    document.removeEventListener("visibilitychange", visibility);
    removeEventListener("pagehide", report);
    removeEventListener("pageshow", restored);
  };
}
