import assert from "node:assert/strict";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { eventually } from "../support/eventually.js";
import { openBrowser } from "../support/open-browser.js";
import type { StoreReader } from "../support/read-store.js";
import { startApp, type TestApp } from "../support/start-app.js";
import { requireTool } from "../support/tools.js";
import { openShadowRoots } from "./open-shadow-roots.js";

const patient = { timeout: 15_000 };
const halfYear = 180 * 86_400;

/** docs: privacy rules, "What each state leaves behind": the browser's column, row by row. */
describe("what the widget leaves in the browser", function () {
  this.timeout(60_000);
  let app: TestApp;
  let browser: Browser;
  let store: StoreReader;
  let context: BrowserContext;
  let page: Page;
  let foreign: string[];

  before(async function () {
    requireTool(this, "chromium");
    app = await startApp();
    store = await app.openStore();
    browser = await openBrowser();
  });
  after(async () => {
    await browser.close();
    await store.close();
    await app.stop();
  });
  beforeEach(() => begin());
  afterEach(async () => {
    assert.deepEqual(foreign, [], "XIM-05: nothing is asked of another host");
    await context.close();
  });

  async function begin(init = "", extraHTTPHeaders: Record<string, string> = {}): Promise<void> {
    context = await browser.newContext({ extraHTTPHeaders });
    await context.addInitScript(openShadowRoots);
    if (init !== "") await context.addInitScript(init);
    foreign = [];
    const ours = [new URL(app.url).host, new URL(app.demoUrl ?? "").host];
    context.on("request", (request) => {
      if (!ours.includes(new URL(request.url()).host)) foreign.push(request.url());
    });
    page = await context.newPage();
    await page.goto(app.demoUrl ?? "");
    await page.getByRole("button", { name: "Chat with us" }).click();
    await page.getByRole("textbox", { name: "Write a message" }).waitFor(patient);
    await page.getByRole("button", { name: "Allow" }).waitFor(patient);
  }

  /** Names and lives in seconds; 0 ends with the browser. */
  async function cookies(): Promise<Record<string, number>> {
    const all = await context.cookies();
    for (const cookie of all) assert.deepEqual([cookie.sameSite, cookie.path], ["Lax", "/"]);
    const now = Date.now() / 1000;
    return Object.fromEntries(
      all
        .map(({ name, expires }) => [name, expires < 0 ? 0 : Math.round(expires - now)] as const)
        .sort(),
    );
  }
  const storage = () =>
    page.evaluate(async () => [
      localStorage.length,
      sessionStorage.length,
      (await indexedDB.databases()).length,
      (await caches.keys()).length,
    ]);
  const nothing = [0, 0, 0, 0];
  const press = (name: string) => page.getByRole("button", { name, exact: true }).click();
  async function write(text: string): Promise<void> {
    await page.getByRole("textbox", { name: "Write a message" }).fill(text);
    await press("Send");
    await page
      .getByText(/\. Sent$/)
      .last()
      .waitFor(patient);
  }
  async function choose(...names: string[]): Promise<void> {
    await page.getByRole("button", { name: "Menu" }).click();
    await page.getByRole("menuitem", { name: "Privacy" }).click();
    for (const name of names) await page.getByLabel(name).click(patient);
  }
  const near = (life: number | undefined, seconds: number) =>
    life !== undefined && Math.abs(life - seconds) < 120;

  it("opened the panel: nothing more", async () => {
    assert.deepEqual([await cookies(), await storage()], [{}, nothing]);
    assert.equal(await store.count("visitors"), 0);
  });

  it("sent a first message: one session cookie with the token", async () => {
    await write("hello");
    assert.deepEqual([await cookies(), await storage()], [{ porchlight_chat: 0 }, nothing]);
    await page.reload();
    await page.getByRole("button", { name: /^Chat with us/ }).click();
    await page.getByText("hello", { exact: true }).waitFor(patient);
  });

  it("refused all: a session cookie that holds only the refusal; a later message is reported with it", async () => {
    await press("Refuse");
    await page.getByRole("button", { name: "Allow" }).waitFor({ state: "detached" });
    assert.deepEqual([await cookies(), await storage()], [{ porchlight_consent: 0 }, nothing]);
    const before = await store.count("consents");
    await write("hello");
    assert.deepEqual(await cookies(), { porchlight_chat: 0, porchlight_consent: 0 });
    await eventually(async () => assert.equal(await store.count("consents"), before + 1));
  });

  it("granted analytics: the analytics id too, and page views", async () => {
    const before = await store.count("visits");
    await press("Allow");
    await page.getByRole("button", { name: "Allow" }).waitFor({ state: "detached" });
    const names = { porchlight_aid: 0, porchlight_chat: 0, porchlight_consent: 0 };
    assert.deepEqual([await cookies(), await storage()], [names, nothing]);
    await eventually(async () => assert.equal(await store.count("visits"), before + 1));
    const secret = (await context.cookies()).find((one) => one.name === "porchlight_chat")?.value;
    const counted = (await context.cookies()).find((one) => one.name === "porchlight_aid")?.value;
    assert.notEqual(secret, counted, "JIVO-03: the id that counts opens nothing");
  });

  it("JIVO-01: granted preferences: the same cookies for 180 days, the language survives, and withdrawing ends it", async () => {
    await write("hello");
    await choose("Remember this chat");
    await press("Save");
    await page.getByText("Saved", { exact: true }).waitFor(patient);
    const kept = await cookies();
    assert.deepEqual(Object.keys(kept), ["porchlight_chat", "porchlight_consent"]);
    for (const life of Object.values(kept)) assert.ok(near(life, halfYear), String(life));

    await page.getByRole("button", { name: "Menu" }).click();
    await page.getByRole("menuitem", { name: "Language" }).click();
    await page.getByRole("combobox").selectOption("de");
    await page.reload();
    await page.getByRole("button", { name: /^Chat with us/ }).click();
    await page.getByRole("textbox", { name: "Nachricht schreiben" }).waitFor(patient);

    await page.getByRole("button", { name: "Menü" }).click();
    await page.getByRole("menuitem", { name: "Datenschutz" }).click();
    await page.getByLabel("Diesen Chat merken").click();
    await page.getByRole("button", { name: "Speichern" }).click();
    await page.getByText("Gespeichert", { exact: true }).waitFor(patient);
    assert.deepEqual(await cookies(), { porchlight_chat: 0, porchlight_consent: 0 });
  });

  it('JIVO-01: "store nothing": no cookie, no storage, the panel says so, and the chat works', async () => {
    await choose("Store nothing on this device");
    await page.getByRole("button", { name: "Back" }).click();
    await page.getByText("the chat ends with this page").waitFor();
    await write("off the record");
    assert.deepEqual([await cookies(), await storage()], [{}, nothing]);
  });

  it("a browser that refuses cookies: nothing, the panel says so, and the chat works", async () => {
    await context.close();
    await begin(`
      Object.defineProperty(Navigator.prototype, "cookieEnabled", { get: () => false });
      Object.defineProperty(Document.prototype, "cookie", { get: () => "", set: () => {} });
    `);
    await page.getByText("the chat ends with this page").waitFor();
    await write("no cookies here");
    assert.deepEqual([await cookies(), await storage()], [{}, nothing]);
  });

  it("XIM-01: sends GPC: the notice says it was seen, only the chat's cookie is kept, nothing is counted", async () => {
    await context.close();
    await begin(
      "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true })",
    );
    const visits = await store.count("visits");
    await page.getByText("Global Privacy Control").waitFor();
    await write("my browser says no");
    await page.goto(new URL("/delivery", app.demoUrl ?? "").href, { waitUntil: "networkidle" });
    assert.deepEqual([await cookies(), await storage()], [{ porchlight_chat: 0 }, nothing]);
    assert.equal(await store.count("visits"), visits);
  });

  it("XIM-01: sends GPC by header alone: the notice says it was seen all the same", async () => {
    await context.close();
    await begin("", { "sec-gpc": "1" });
    await page.getByText("Global Privacy Control").waitFor(patient);
    await choose();
    await page.getByLabel("Count my page views").waitFor(patient);
    assert.equal(await page.getByLabel("Count buttons and errors").count(), 0, "nothing to switch");
    assert.deepEqual([await cookies(), await storage()], [{}, nothing]);
  });

  it("JMINI-03: counts buttons only once switched on, and asks nothing of the server before and after", async () => {
    // Beacons of a page that closes are no events of the page: the server's own log has them.
    const asked = () => app.logLines().filter((line) => line.includes("/telemetry")).length;
    const rows = async () =>
      (await store.find("telemetry")).map(({ kind, name, n }) => [kind, name, n] as unknown[]);
    const hide = async () => {
      await page.goto(new URL("/delivery", app.demoUrl ?? "").href, { waitUntil: "networkidle" });
      await page.getByRole("button", { name: /^Chat with us/ }).click();
      await page.getByRole("textbox", { name: "Write a message" }).waitFor(patient);
    };
    await write("not counted");
    await hide();
    assert.deepEqual([asked(), await rows()], [0, []]);

    const turn = async () => {
      await choose("Count buttons and errors of this chat");
      await press("Save");
      await page.getByText("Saved", { exact: true }).waitFor(patient);
      await page.getByRole("button", { name: "Back" }).click();
    };
    await turn();
    assert.deepEqual(await cookies(), { porchlight_chat: 0, porchlight_consent: 0 });
    await write("counted");
    await hide();
    await eventually(async () => assert.deepEqual(await rows(), [["presses", "send", 1]]));
    const before = asked();
    assert.ok(before > 0, "the log shows such requests");

    await turn();
    await write("not counted any more");
    await hide();
    assert.equal(asked(), before);
  });

  it("hard test 7: a withdrawal in one tab ends counting in the other, and its next page counts nothing", async () => {
    await press("Allow");
    await page.getByRole("button", { name: "Allow" }).waitFor({ state: "detached" });
    const other = await context.newPage();
    await other.goto(new URL("/workshop", app.demoUrl ?? "").href, { waitUntil: "networkidle" });
    await choose("Count my page views");
    await press("Save");
    await page.getByText("Saved", { exact: true }).waitFor(patient);
    assert.equal((await cookies())["porchlight_aid"], undefined);
    const pixels: string[] = [];
    context.on("request", (request) => {
      if (request.url().includes("/p.gif") || request.url().includes("/dwell"))
        pixels.push(request.url());
    });
    await other.evaluate("history.pushState(null, '', '/made-up')");
    await other.goto(new URL("/delivery", app.demoUrl ?? "").href, { waitUntil: "networkidle" });
    assert.deepEqual(pixels, []);
  });

  it("counts a page that changes its address without loading, each path once", async () => {
    await press("Allow");
    await page.getByRole("button", { name: "Allow" }).waitFor({ state: "detached" });
    await page.evaluate("history.pushState(null, '', '/in-page?email=bo@example.org')");
    await eventually(async () => {
      const visits = await store.find("visits");
      const paths = JSON.stringify(visits.map((visit) => visit["views"] as unknown));
      assert.match(paths, /\/in-page/);
      assert.doesNotMatch(paths, /example\.org/);
    });
  });

  it("JPEGR-07: opens the page of one's own data from a shop that forbids forms, once", async () => {
    await write("what do you know of me");
    await choose();
    const opening = page.waitForEvent("popup");
    await press("See, correct or erase your data");
    const data = await opening;
    const spent = data.waitForRequest((request) => request.method() === "POST");
    await data.waitForURL((url) => url.pathname === "/privacy/me" && url.hash === "", patient);
    assert.equal(await data.evaluate("opener"), null);
    await data
      .getByText("what do you know of me")
      .first()
      .waitFor({ ...patient, state: "attached" });
    assert.doesNotMatch(data.url(), /#/);
    const body = (await spent).postData() ?? "";
    assert.match(body, /^ticket=/);
    const again = await fetch(`${app.url}/privacy/me`, {
      method: "POST",
      body: new URLSearchParams(body),
    });
    assert.equal(again.status, 410, "a ticket is spent");
  });

  it("the way there without a ticket, or without scripts, leads to the mailed link", async () => {
    const from = `${app.url}/privacy/me/from-chat?site=${app.demoKey}&language=en`;
    await page.goto(from);
    await page.locator("input[name=email]").waitFor(patient);
    const still = await browser.newContext({ javaScriptEnabled: false });
    const other = await still.newPage();
    await other.goto(`${from}#some-ticket`);
    await other.locator("input[name=email]").waitFor(patient);
    await still.close();
  });

  it("JIVO-11: forget this device: the token is dead, nothing is left, other tabs let go", async () => {
    await write("forget me");
    const other = await context.newPage();
    await other.goto(app.demoUrl ?? "");
    await other.getByRole("button", { name: /^Chat with us/ }).click();
    await other.getByText("forget me", { exact: true }).waitFor(patient);
    await page.getByRole("button", { name: "Menu" }).click();
    await page.getByRole("menuitem", { name: "Forget this device" }).click();
    await press("Forget");
    await page.getByText("Nothing of this chat is left").waitFor();
    await other.getByText("forget me", { exact: true }).waitFor({ state: "detached" });
    assert.deepEqual([await cookies(), await storage()], [{}, nothing]);
    await eventually(async () => {
      const [visitor] = (await store.find("visitors")).filter(
        (one) => typeof one["revokedAt"] === "number",
      );
      assert.ok(visitor, "the server has ended the token");
    });
  });
});
