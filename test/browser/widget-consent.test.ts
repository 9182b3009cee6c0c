import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { paths } from "../../shared/paths.js";
import type { SiteRulesChange } from "../../shared/site-rules.js";
import type { SiteSettings } from "../../shared/wire.js";
import { eventually } from "../support/eventually.js";
import { openBrowser } from "../support/open-browser.js";
import type { StoreReader } from "../support/read-store.js";
import { signInAdmin, type OperatorApi } from "../support/sign-in.js";
import { startApp, type TestApp } from "../support/start-app.js";
import { requireTool } from "../support/tools.js";
import { openShadowRoots } from "./open-shadow-roots.js";

const patient = { timeout: 15_000 };

describe("where and how the widget asks", function () {
  this.timeout(60_000);
  let app: TestApp;
  let browser: Browser;
  let store: StoreReader;
  let admin: OperatorApi;
  let siteId: string;
  let context: BrowserContext;
  let page: Page;
  let host: Server;
  let html = "";

  before(async function () {
    requireTool(this, "chromium");
    app = await startApp();
    store = await app.openStore();
    browser = await openBrowser();
    host = createServer((_request, response) => {
      response.setHeader("content-type", "text/html; charset=utf-8");
      response.end(html);
    });
    await new Promise<void>((done) => host.listen(0, "127.0.0.1", done));
    admin = await signInAdmin(app);
    const [site] = (await admin.get<SiteSettings[]>(paths.sites)).body;
    assert.ok(site);
    siteId = site.id;
    const origins = [...site.origins, new URL(ownPage()).origin];
    assert.equal((await admin.patch(paths.site(siteId), { origins })).status, 200);
  });
  after(async () => {
    await browser.close();
    host.close();
    await store.close();
    await app.stop();
  });
  beforeEach(async () => {
    context = await browser.newContext();
    await context.addInitScript(openShadowRoots);
    page = await context.newPage();
  });
  afterEach(() => context.close());

  const ownPage = () => `http://127.0.0.1:${(host.address() as AddressInfo).port}/`;
  const script = () => `<script src="${app.url}${paths.loader(app.demoKey)}" async></script>`;
  async function rule(rules: SiteRulesChange): Promise<void> {
    const answer = await admin.patch(paths.site(siteId), { rules });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
  }
  const cookieNames = async () => (await context.cookies()).map((one) => one.name).sort();
  const counted = (more: number) =>
    eventually(async () => assert.equal(await store.count("visits"), more));
  const composer = () => page.getByRole("textbox", { name: "Write a message" });
  const openChat = async () => {
    await page.getByRole("button", { name: /^Chat with us/ }).click();
    await composer().waitFor(patient);
  };

  it("asks in a small bar on the page, with equal buttons, and never again once it is answered", async () => {
    await rule({ notice: { place: "page" } });
    await page.goto(app.demoUrl ?? "");
    const bar = page.getByRole("region", { name: "Privacy" });
    await bar.waitFor(patient);
    const sizes = await Promise.all(
      ["Allow", "Refuse"].map((name) => bar.getByRole("button", { name }).boundingBox()),
    );
    assert.deepEqual(sizes[0]?.width, sizes[1]?.width);
    assert.deepEqual(await cookieNames(), [], "asking keeps nothing");
    await bar.getByRole("button", { name: "Refuse" }).click();
    await bar.waitFor({ state: "detached" });
    await page.reload({ waitUntil: "networkidle" });
    assert.equal(await bar.count(), 0);
    await openChat();
    assert.equal(await page.getByRole("button", { name: "Allow" }).count(), 0);
  });

  it("asks nothing where the site has a banner of its own, and obeys what that says", async () => {
    await rule({ notice: { place: "none" } });
    const before = await store.count("visits");
    await page.goto(app.demoUrl ?? "");
    await openChat();
    await page.getByText("Hello.").waitFor(patient);
    assert.equal(await page.getByRole("button", { name: "Allow" }).count(), 0);
    await page.evaluate("porchlight('consent', { analytics: 'yes' })");
    await page.evaluate("porchlight('consent', { analytics: true })");
    await counted(before + 1);
    await page.evaluate("porchlight('consent', { analytics: false })");
    await eventually(async () =>
      assert.ok(!(await cookieNames()).includes("porchlight_aid"), "taken back"),
    );
    await page.goto(new URL("/delivery", app.demoUrl ?? "").href, { waitUntil: "networkidle" });
    const visits = await store.find("visits");
    assert.doesNotMatch(JSON.stringify(visits), /delivery/);
  });

  it("follows a TCF platform: counts only after the person's own yes to both purposes", async () => {
    await rule({ notice: { place: "none" } });
    const before = await store.count("visits");
    html = `<!doctype html><script>
      const listeners = [];
      window.__tcfapi = (command, version, callback) => {
        if (command === "addEventListener") {
          listeners.push(callback);
          callback({ eventStatus: "cmpuishown", listenerId: 1, gdprApplies: true, purpose: { consents: { 1: true, 8: true } } }, true);
        }
      };
      window.answer = (consents) => listeners.forEach((tell) =>
        tell({ eventStatus: "useractioncomplete", listenerId: 1, gdprApplies: true, purpose: { consents } }, true));
    </script><body>${script()}</body>`;
    await page.goto(ownPage(), { waitUntil: "networkidle" });
    assert.equal(
      await store.count("visits"),
      before,
      "a platform that only shows itself is no yes",
    );
    await page.evaluate("answer({ 1: true })");
    await eventually(async () => assert.deepEqual(await cookieNames(), ["porchlight_consent"]));
    assert.equal(await store.count("visits"), before);
    await page.evaluate("answer({ 1: true, 8: true })");
    await counted(before + 1);
  });

  it("JMINI-08: asks the age before anything is stored; a no stores nothing, a yes opens the chat", async () => {
    await rule({ notice: { place: "panel" }, age: { gate: true, min: 16 } });
    const visitors = await store.count("visitors");
    await page.goto(app.demoUrl ?? "");
    await page.getByRole("button", { name: /^Chat with us/ }).click();
    await page.getByRole("heading", { name: "Are you 16 or older?" }).waitFor(patient);
    assert.equal(await composer().count(), 0);
    await page.getByRole("button", { name: "No", exact: true }).click();
    await page.getByText("Nothing was stored.").waitFor();
    assert.deepEqual([await cookieNames(), await store.count("visitors")], [[], visitors]);

    await page.reload();
    await page.getByRole("button", { name: /^Chat with us/ }).click();
    await page.getByRole("button", { name: "Yes", exact: true }).click(patient);
    await composer().fill("I am old enough");
    await composer().press("Enter");
    await page.getByText(/\. Sent$/).waitFor(patient);
    await page.getByRole("button", { name: "Allow" }).click();
    await eventually(async () => assert.ok((await cookieNames()).includes("porchlight_aid")));
    await rule({ age: { gate: false } });
  });

  it("an outdated panel keeps what was written, fetches its successor and sends it", async () => {
    let release = (): void => {};
    const written = new Promise<void>((done) => (release = done));
    await page.route("**/widget/assets/visitor-socket-*.js", async (route) => {
      const answer = await route.fetch();
      const source = await answer.text();
      const old = source.replace(/v:("1"|String\(1\))/, 'v:"0"');
      assert.notEqual(old, source);
      await written;
      await route.fulfill({ response: answer, body: old });
    });
    // The fresh loader names new files; here the same ones under another address.
    await page.route(/\/w\/[^/]+\.js\?fresh=/, async (route) => {
      const answer = await route.fetch();
      const body = (await answer.text()).replace("/widget/assets/", "/widget/next/");
      await route.fulfill({ response: answer, body });
    });
    await page.route("**/widget/next/*", async (route) => {
      const url = route.request().url().replace("/next/", "/assets/");
      await route.fulfill({ response: await route.fetch({ url }) });
    });
    await page.goto(app.demoUrl ?? "");
    await openChat();
    await composer().fill("written in the old panel");
    await composer().press("Enter");
    release();
    await page.getByText(/\. Sent$/).waitFor(patient);
    await page.getByText("written in the old panel", { exact: true }).waitFor();
    assert.equal(await store.count("messages", { text: "written in the old panel" }), 1);
    assert.equal(await page.locator("porchlight-chat").count(), 1);
  });
});
