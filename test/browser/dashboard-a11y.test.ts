import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import { paths } from "../../shared/paths.js";
import type { SiteSettings } from "../../shared/wire.js";
import { openBrowser } from "../support/open-browser.js";
import { signInAdmin, type OperatorApi } from "../support/sign-in.js";
import { startApp, type TestApp } from "../support/start-app.js";
import { requireTool } from "../support/tools.js";
import { findA11yFaults } from "./find-a11y-faults.js";
import { openDashboard } from "./open-dashboard.js";
import { visitShop, type VisitorAtShop } from "./write-as-visitor.js";

const views = [
  "#/inbox",
  "#/mailing",
  "#/visits",
  "#/privacy/requests",
  "#/privacy/consents",
  "#/privacy/policies",
  "#/privacy/recipients",
  "#/privacy/disclosures",
  "#/privacy/audit",
  "#/settings/site",
  "#/settings/appearance",
  "#/settings/tag",
  "#/settings/rules",
];
const longWord = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft";

describe("the dashboard for everybody, in a real browser", function () {
  this.timeout(60_000);
  let app: TestApp;
  let browser: Browser;
  let operator: OperatorApi;
  let visitor: VisitorAtShop;

  before(async function () {
    requireTool(this, "chromium");
    app = await startApp();
    operator = await signInAdmin(app);
    const { body } = await operator.get<SiteSettings[]>(paths.sites);
    const siteId = body[0]?.id ?? "";
    const request = { type: "access", contact: `${longWord}@example.org`, note: longWord };
    await operator.post(paths.privacyView(siteId, "requests"), request);
    visitor = visitShop(app);
    await visitor.write(longWord.repeat(4));
    await visitor.write(`https://shop.example/${"a".repeat(300)}`);
    browser = await openBrowser();
  });
  after(async () => {
    visitor.leave();
    await browser.close();
    await app.stop();
  });

  /** Opens each view in one page, as an operator goes from one to the next. */
  async function walk(options: object, prepare = ""): Promise<void> {
    const { page, context } = await openDashboard(browser, app, operator, options);
    if (prepare !== "") await page.evaluate(prepare);
    await page.getByRole("navigation", { name: "Main" }).waitFor({ state: "attached" });
    for (const hash of [...views, `#/inbox/${visitor.conversationId}`]) {
      await page.evaluate((to) => (location.hash = to), hash);
      await page.locator("h1, h2").filter({ visible: true }).first().waitFor();
      await page.waitForFunction(() => document.querySelector(".skeleton") === null);
      assert.deepEqual(await findA11yFaults(page), [], hash);
    }
    await context.close();
  }

  it("has contrast, names and no sideways scrolling in the light", () => walk({}));
  it("has them in the dark", () => walk({ colorScheme: "dark" }));
  it("has them on a phone of 320 pixels with long words", () =>
    walk({ viewport: { width: 320, height: 640 }, hasTouch: true }));
  it("has them from right to left", () => walk({}, "document.documentElement.dir = 'rtl'"));
  it("has them at 200 % zoom of text", () =>
    walk(
      { viewport: { width: 640, height: 720 } },
      "document.documentElement.style.fontSize = '200%'",
    ));

  it("is looked at by a check that finds what is wrong", async () => {
    const { page, context } = await openDashboard(browser, app, operator);
    await page.getByRole("heading", { name: "Inbox" }).waitFor();
    await page.evaluate(() => {
      const main = document.querySelector(".list-scroll");
      const pale = document.createElement("p");
      pale.textContent = "pale";
      pale.style.color = "#b0b0b0";
      const wide = document.createElement("p");
      wide.style.inlineSize = "3000px";
      wide.textContent = "wide";
      main?.append(pale, wide, document.createElement("button"));
      main?.lastElementChild?.setAttribute("style", "inline-size: 20px; block-size: 20px");
    });
    const faults = (await findA11yFaults(page)).join("\n");
    assert.match(faults, /contrast 2\.\d+: “pale”/);
    assert.match(faults, /no name: <button/);
    assert.match(faults, /scrolls sideways: list-scroll/);
    await context.close();
  });

  it("moves nothing where the reader asked for no motion", async () => {
    const { page, context } = await openDashboard(browser, app, operator, {
      reducedMotion: "reduce",
    });
    await page.getByRole("heading", { name: "Inbox" }).waitFor();
    const moving = await page.evaluate(
      () =>
        [...document.querySelectorAll("*")].filter((element) => {
          const { transitionDuration, animationName } = getComputedStyle(element);
          return (
            animationName !== "none" || transitionDuration.split(", ").some((time) => time !== "0s")
          );
        }).length,
    );
    assert.equal(moving, 0);
    await context.close();
  });

  it("shows where the focus is, through the whole inbox by Tab alone", async () => {
    const { page, context } = await openDashboard(browser, app, operator, {
      hash: `#/inbox/${visitor.conversationId}`,
    });
    await page.getByRole("textbox", { name: "Answer" }).waitFor();
    const seen = new Set<string>();
    for (let step = 0; step < 40; step += 1) {
      await page.keyboard.press("Tab");
      const focused = await page.evaluate(() => {
        const element = document.activeElement;
        if (element === null || element === document.body) return null;
        const around = element.closest(".composer") ?? element;
        const isMarked = [element, around].some(
          (one) => getComputedStyle(one).outlineStyle !== "none",
        );
        const name = element.getAttribute("aria-label") ?? element.textContent;
        return { isMarked, name: name.trim().slice(0, 40) };
      });
      if (focused === null) break;
      assert.ok(focused.isMarked, `no ring around “${focused.name}”`);
      seen.add(focused.name);
    }
    for (const name of ["Skip to the content", "Answer", "Attach a photo", "Messages"])
      assert.ok(seen.has(name), `${name} in ${[...seen].join(", ")}`);
    await context.close();
  });
});
