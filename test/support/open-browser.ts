import { chromium, type Browser } from "playwright-core";
import { findTool } from "./tools.js";

/**
 * Starts a real Chromium that keeps third-party storage blocked, as Safari and Firefox do, and
 * fetches nothing by itself. The caller closes it. `keepsPages`: pages that were left stay in the
 * back-forward cache, as they do for people; Playwright turns it off, since no "load" follows a restoration.
 *
 * @throws where there is no Chromium; suites call `requireTool` first.
 */
export async function openBrowser({ keepsPages = false } = {}): Promise<Browser> {
  const executablePath = findTool("chromium");
  if (executablePath === null) throw new Error("Chromium is not installed.");
  return chromium.launch({
    executablePath,
    ignoreDefaultArgs: keepsPages ? ["--disable-back-forward-cache"] : [],
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
