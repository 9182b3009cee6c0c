import { signal, type ReadonlySignal } from "@preact/signals";
import { parseRoute, printRoute, type Route } from "../state/route.js";

/** The page around the dashboard: its address, its visibility, its clipboard. */
export interface Page {
  route: ReadonlySignal<Route>;
  /** Ticks every half minute, and when the page is looked at again; what tells spans reads it. */
  now: ReadonlySignal<number>;
  visible: ReadonlySignal<boolean>;
  go(route: Route): void;
  /** Like `go`, without a step in the history. */
  replace(route: Route): void;
  back(): void;
  copy(text: string): Promise<boolean>;
  /** Saves text or a file that was fetched as a file of the reader's. */
  save(name: string, content: string | Blob): void;
}

/** `returned` is called when the page or the network comes back: time to catch up. */
export function createPage(returned: () => void): Page {
  const route = signal(parseRoute(location.hash));
  const now = signal(Date.now());
  const visible = signal(document.visibilityState === "visible");
  // A set-up token is read once and leaves the address bar before anything else happens.
  if (route.value.view === "setup") history.replaceState(null, "", "#/");

  const follow = (): void => {
    const next = parseRoute(location.hash);
    if (next.view === "setup") history.replaceState(null, "", "#/");
    if (printRoute(next) !== printRoute(route.value) || next.view === "setup") route.value = next;
  };
  addEventListener("hashchange", follow);
  addEventListener("popstate", follow);
  document.addEventListener("visibilitychange", () => {
    visible.value = document.visibilityState === "visible";
    now.value = Date.now();
    if (visible.value) returned();
  });
  addEventListener("online", returned);
  addEventListener("pageshow", (event) => {
    if (event.persisted) returned();
  });
  // A photo dropped beside its place must not replace the page.
  for (const kind of ["dragover", "drop"])
    addEventListener(kind, (event) => event.preventDefault());
  setInterval(() => (now.value = Date.now()), 30_000);

  return {
    route,
    now,
    visible,
    go(next) {
      if (printRoute(next) !== location.hash) history.pushState(null, "", printRoute(next));
      route.value = next;
    },
    replace(next) {
      history.replaceState(null, "", printRoute(next));
      route.value = next;
    },
    back: () => history.back(),
    save(name, content) {
      const file =
        content instanceof Blob ? content : new Blob([content], { type: "application/json" });
      const url = URL.createObjectURL(file);
      const link = document.createElement("a");
      link.href = url;
      link.download = name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(url), 10_000);
    },
    async copy(text) {
      try {
        await navigator.clipboard.writeText(text);
        return true;
      } catch {
        return false;
      }
    },
  };
}
