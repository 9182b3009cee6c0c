import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import type { OperatorApi } from "../support/sign-in.js";
import type { TestApp } from "../support/start-app.js";

export interface OpenedDashboard {
  context: BrowserContext;
  page: Page;
  /** Errors of the page and of its console, policy violations among them; refused requests are not. */
  faults: string[];
  /** Every host that was asked for anything. */
  hosts: Set<string>;
}

/** The dashboard in a browser of its own, signed in by the session's cookie where one is given. */
export async function openDashboard(
  browser: Browser,
  app: TestApp,
  operator: OperatorApi | null,
  options: BrowserContextOptions & { hash?: string } = {},
): Promise<OpenedDashboard> {
  const { hash = "", ...contextOptions } = options;
  const context = await browser.newContext({ locale: "en-GB", ...contextOptions });
  if (operator !== null) {
    const [name = "", value = ""] = operator.cookie.split("=");
    await context.addCookies([{ name, value, url: app.url, httpOnly: true, sameSite: "Lax" }]);
  }
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const faults: string[] = [];
  const hosts = new Set<string>();
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => {
    const refused = message.text().startsWith("Failed to load resource");
    if (message.type() === "error" && !refused) faults.push(message.text());
  });
  page.on("request", (request) => hosts.add(new URL(request.url()).host));
  await page.goto(`${app.url}/dashboard/${hash}`);
  return { context, page, faults, hosts };
}
