import type { Porchlight } from "../loader-api.js";

/**
 * Replaces an outdated panel: the loader is fetched anew (past its five minutes of cache) and finds
 * in `kept` what this panel had not sent. Resolves false where the page does not let a script in.
 */
export function loadFreshPanel(address: string, kept: unknown): Promise<boolean> {
  const script = document.createElement("script");
  const stub: Porchlight = Object.assign(() => {}, { q: [["open"]], kept });
  window.porchlight = stub;
  script.src = `${address}?fresh=${Date.now()}`;
  script.async = true;
  return new Promise((resolve) => {
    script.onload = () => resolve(true);
    script.onerror = () => resolve(false);
    document.head.append(script);
  }).then((loaded) => {
    script.remove();
    return loaded === true;
  });
}
