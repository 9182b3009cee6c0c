import { existsSync } from "node:fs";
import { chromium, type Browser } from "playwright-core";

/** Where Debian and Ubuntu put it. */
const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** The machine's Chromium, or null. */
export function findChromium(): string | null {
  return places.find((place) => existsSync(place)) ?? null;
}

/**
 * Starts a real Chromium that keeps third-party storage blocked, as Safari and Firefox do, and
 * fetches nothing by itself. The caller closes it.
 *
 * @throws where there is no Chromium; suites check `findChromium` first and skip with the reason.
 */
export async function openBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === null) throw new Error("Chromium is not installed.");
  return chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--disable-quic",
      "--no-first-run",
      "--test-third-party-cookie-phaseout",
      "--block-third-party-cookies",
    ],
  });
}
