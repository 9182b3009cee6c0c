import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import { eventually } from "../support/eventually.js";
import { makePhoto } from "../support/make-photo.js";
import { openBrowser } from "../support/open-browser.js";
import { adminForm, signIn, signInAdmin } from "../support/sign-in.js";
import { startApp, type TestApp } from "../support/start-app.js";
import { requireTool } from "../support/tools.js";
import { openDashboard, type OpenedDashboard } from "./open-dashboard.js";
import { visitShop, type VisitorAtShop } from "./write-as-visitor.js";

describe("the dashboard's inbox in a real browser", function () {
  this.timeout(60_000);
  let app: TestApp;
  let browser: Browser;
  const opened: OpenedDashboard[] = [];
  const visitors: VisitorAtShop[] = [];

  async function open(hash = "", options = {}): Promise<OpenedDashboard> {
    const dashboard = await openDashboard(browser, app, await signIn(app), { hash, ...options });
    opened.push(dashboard);
    return dashboard;
  }
  function visit(): VisitorAtShop {
    const visitor = visitShop(app);
    visitors.push(visitor);
    return visitor;
  }
  const rowOf = ({ page }: OpenedDashboard, text: string) =>
    page.getByRole("link").filter({ hasText: text });

  before(async function () {
    requireTool(this, "chromium");
    app = await startApp();
    await signInAdmin(app);
    browser = await openBrowser();
  });
  afterEach(async () => {
    visitors.splice(0).forEach((visitor) => visitor.leave());
    for (const { context, faults, hosts } of opened.splice(0)) {
      await context.close();
      assert.deepEqual(faults, [], "the page ran without errors");
      assert.deepEqual([...hosts], [new URL(app.url).host], "nothing came from another host");
    }
  });
  after(async () => {
    await browser.close();
    await app.stop();
  });

  it("says what to do next while no message ever came, with the tag to paste", async () => {
    const { page } = await open();
    await page.getByRole("heading", { name: "No message yet" }).waitFor();
    const tag = await page.locator("pre.code").innerText();
    assert.ok(tag.includes(`/w/${app.demoKey}.js`), tag);
    await page.getByRole("button", { name: "Copy the tag" }).waitFor();
  });

  it("shows a new message live with its unread count, and marks it as read when it is opened", async () => {
    const dashboard = await open();
    const { page } = dashboard;
    await page.getByRole("heading", { name: "Inbox" }).waitFor();
    const visitor = visit();
    await visitor.write("Is the 1890 hinge back?");
    await visitor.write("The brass one");
    const row = rowOf(dashboard, "The brass one");
    await row.getByText("2 unread").waitFor();
    await row.getByText("Waiting").waitFor();
    assert.match(await page.title(), /^\(2\)/);
    await row.click();
    await page.getByText("Is the 1890 hinge back?", { exact: true }).waitFor();
    await eventually(async () => assert.equal(await page.title(), "Porchlight"));

    await page.getByRole("textbox", { name: "Answer" }).fill("Yes, two are here");
    await page.keyboard.press("Enter");
    await visitor.hears(["Yes, two are here"]);
    await page.getByText(/^You, .*Sent/).waitFor();
    visitor.read(3);
    await page.getByText(/^You, .*Read/).waitFor();
    visitor.type(true);
    await page.locator(".typing").waitFor();
    visitor.type(false);
    await page.locator(".typing").waitFor({ state: "detached" });
  });

  it("sends in order, once each, what was written without a connection, over a reload", async () => {
    const visitor = visit();
    await visitor.write("Hello there");
    const dashboard = await open(`#/inbox/${visitor.conversationId}`);
    const { page } = dashboard;
    await page.getByText("Hello there", { exact: true }).first().waitFor();
    let blocked = true;
    await page.routeWebSocket(/\/io\//, (socket) => {
      if (blocked) void socket.close();
      else socket.connectToServer();
    });
    await page.route("**/io/**", (route) => (blocked ? route.abort() : route.continue()));
    await page.reload();
    await page.getByText("Not connected").waitFor();
    const answer = page.getByRole("textbox", { name: "Answer" });
    for (const text of ["first", "second", "third"]) {
      await answer.fill(text);
      await answer.press("Enter");
    }
    await answer.fill("half a sen");
    await page.reload();
    await eventually(async () =>
      assert.equal(await page.getByText("Waiting for the connection").count(), 3),
    );
    assert.equal(await answer.inputValue(), "half a sen");
    blocked = false;
    await page.reload();
    await visitor.hears(["first", "second", "third"]);
    await page.getByText("Waiting for the connection").first().waitFor({ state: "detached" });
    assert.equal(await page.evaluate(() => JSON.stringify(localStorage).includes("outbox")), false);
    dashboard.faults.splice(0);
  });

  it("closes and reopens with a key, and a new message opens it again", async () => {
    const visitor = visit();
    await visitor.write("Close me");
    const dashboard = await open(`#/inbox/${visitor.conversationId}`);
    const { page } = dashboard;
    await page.getByRole("button", { name: "Close", exact: true }).waitFor();
    await page.keyboard.press("e");
    await page.getByRole("button", { name: "Reopen" }).waitFor();
    await rowOf(dashboard, "Close me").waitFor({ state: "detached" });
    await page.keyboard.press("c");
    await rowOf(dashboard, "Close me").waitFor();
    await visitor.write("One more thing");
    await page.getByRole("button", { name: "Close", exact: true }).waitFor();
    await page.keyboard.press("o");
    await rowOf(dashboard, "One more thing").waitFor();
  });

  it("sends a photo with its progress and shows it large, by keys alone", async () => {
    const visitor = visit();
    await visitor.write("Show me");
    const { page } = await open(`#/inbox/${visitor.conversationId}`);
    const buffer = await makePhoto({ width: 1200, height: 800, location: true });
    const file = { name: "hinge.jpg", mimeType: "image/jpeg", buffer };
    await page.locator("input[type=file]").setInputFiles(file);
    await page.getByText(/hinge\.jpg/).waitFor();
    await page.getByRole("textbox", { name: "Answer" }).press("Enter");
    const photo = page.getByRole("button", { name: /photo without a description/i });
    await photo.locator("img.is-shown").waitFor({ timeout: 20_000 });
    await page.getByText(/location removed/).waitFor();
    await photo.focus();
    await page.keyboard.press("Enter");
    const viewer = page.getByRole("dialog");
    await viewer.getByText("100 %").waitFor();
    await page.keyboard.press("+");
    await viewer.getByText("150 %").waitFor();
    await page.keyboard.press("0");
    await viewer.getByText("100 %").waitFor();
    await page.keyboard.press("Escape");
    await viewer.waitFor({ state: "detached" });
    await eventually(async () =>
      assert.equal(await photo.evaluate((element) => element === document.activeElement), true),
    );
  });

  it("keeps the text when the session ends, and goes on after signing in again", async () => {
    const visitor = visit();
    await visitor.write("Who is there?");
    const operator = await signIn(app);
    const dashboard = await openDashboard(browser, app, operator, {
      hash: `#/inbox/${visitor.conversationId}`,
    });
    opened.push(dashboard);
    const { page } = dashboard;
    const answer = page.getByRole("textbox", { name: "Answer" });
    await answer.fill("This is kept");
    await operator.post("/api/operator/sign-out", {});
    const dialog = page.getByRole("dialog", { name: "Sign in again" });
    await dialog.getByLabel("Password", { exact: true }).fill("not this one");
    await dialog.getByRole("button", { name: "Sign in" }).click();
    await dialog.getByRole("alert").waitFor();
    await dialog.getByLabel("Password", { exact: true }).fill(adminForm.password);
    await dialog.getByRole("button", { name: "Sign in" }).click();
    await dialog.waitFor({ state: "detached" });
    assert.equal(await answer.inputValue(), "This is kept");
    await answer.press("Enter");
    await visitor.hears(["This is kept"]);
  });

  it("goes around by keys: lists them, finds and does, and leaves letters to texts", async () => {
    const visitor = visit();
    await visitor.write("Find me by the word zinnia");
    const { page } = await open();
    await page.getByRole("heading", { name: "Inbox" }).waitFor();
    await page.keyboard.press("?");
    const keys = page.getByRole("dialog", { name: "Keys" });
    await keys.getByText("Close the conversation").waitFor();
    await page.keyboard.press("Escape");
    await keys.waitFor({ state: "detached" });
    await page.keyboard.press("Control+k");
    await page.keyboard.type("zinnia");
    await page.getByRole("option").filter({ hasText: "zinnia" }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Close", exact: true }).waitFor();
    await page.keyboard.press("r");
    const answer = page.getByRole("textbox", { name: "Answer" });
    await eventually(async () =>
      assert.equal(await answer.evaluate((element) => element === document.activeElement), true),
    );
    await page.keyboard.type("e?j");
    assert.equal(await answer.inputValue(), "e?j");
    await page.getByRole("button", { name: "Close", exact: true }).waitFor();
  });

  it("shows one pane at a time on a phone, with a way back", async () => {
    const visitor = visit();
    await visitor.write("From a phone");
    const dashboard = await open("", { viewport: { width: 360, height: 720 }, hasTouch: true });
    const { page } = dashboard;
    await rowOf(dashboard, "From a phone").click();
    await page.getByRole("textbox", { name: "Answer" }).waitFor();
    assert.equal(await page.getByRole("heading", { name: "Inbox" }).isVisible(), false);
    await page.getByRole("button", { name: "Visitor's details" }).click();
    await page.getByText("First seen").waitFor();
    await page.getByRole("button", { name: "Hide the details" }).click();
    await page.getByRole("button", { name: "Back to the list" }).click();
    await page.getByRole("heading", { name: "Inbox" }).waitFor();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 360, `nothing scrolls sideways: ${wide}`);
  });
});
