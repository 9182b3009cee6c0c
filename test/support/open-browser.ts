import { chromium, type Browser } from "playwright-core";
import { findTool } from "./tools.js";

/**
 * Starts a real Chromium that keeps third-party storage blocked, as Safari and Firefox do, and
 * fetches nothing by itself. The caller closes it.
 *
 * @throws where there is no Chromium; suites call `requireTool` first.
 */
export async function openBrowser(): Promise<Browser> {
  const executablePath = findTool("chromium");
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
