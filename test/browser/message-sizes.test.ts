import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import { eventually } from "../support/eventually.js";
import { openBrowser } from "../support/open-browser.js";
import type { StoreReader } from "../support/read-store.js";
import { signInAdmin } from "../support/sign-in.js";
import { startApp, type TestApp } from "../support/start-app.js";
import { requireTool } from "../support/tools.js";
import { openDashboard } from "./open-dashboard.js";
import { openShadowRoots } from "./open-shadow-roots.js";

describe("a server that is set to take longer texts", function () {
  this.timeout(60_000);
  let app: TestApp;
  let browser: Browser;
  let store: StoreReader;

  before(async function () {
    requireTool(this, "chromium");
    app = await startApp({ env: { MAX_MESSAGE_TEXT: "6000" } });
    store = await app.openStore();
    browser = await openBrowser();
  });
  after(async () => {
    await browser.close();
    await store.close();
    await app.stop();
  });

  const storedLengths = (author: RegExp) =>
    eventually(async () => {
      const stored = await store.find("messages", { author });
      assert.deepEqual(
        stored.map((message) => String(message["text"]).length),
        [6000],
      );
    });

  it("is sent such texts by visitors and operators, and longer ones stay in the field", async () => {
    const shop = await browser.newContext();
    await shop.addInitScript(openShadowRoots);
    const visitor = await shop.newPage();
    await visitor.goto(app.demoUrl ?? "");
    await visitor.getByRole("button", { name: /^Chat with us/ }).click();
    const field = visitor.getByRole("textbox", { name: "Write a message" });
    await field.fill("v".repeat(6001));
    await field.press("Enter");
    assert.equal((await field.inputValue()).length, 6001);
    await field.fill("v".repeat(6000));
    await field.press("Enter");
    await storedLengths(/^v$/);

    const { page } = await openDashboard(browser, app, await signInAdmin(app));
    await page.getByRole("link").filter({ hasText: "vvvv" }).click();
    const answer = page.getByRole("textbox", { name: "Answer" });
    await answer.fill("o".repeat(6001));
    await page.getByText("1 character too long", { exact: true }).waitFor();
    await answer.press("Enter");
    assert.equal((await answer.inputValue()).length, 6001);
    await answer.fill("o".repeat(6000));
    await page.getByText("0 characters left", { exact: true }).waitFor();
    await answer.press("Enter");
    await storedLengths(/^o:/);
    await shop.close();
  });
});
