import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { paths } from "../../shared/paths.js";
import type { SiteSettings } from "../../shared/wire.js";
import { eventually } from "../support/eventually.js";
import { openBrowser } from "../support/open-browser.js";
import { signInAdmin, type OperatorApi } from "../support/sign-in.js";
import { startApp, type TestApp } from "../support/start-app.js";
import { requireTool } from "../support/tools.js";
import { openShadowRoots } from "./open-shadow-roots.js";

const patient = { timeout: 15_000 };

describe("the widget on a host page", function () {
  this.timeout(60_000);
  let app: TestApp;
  let browser: Browser;
  let admin: OperatorApi;
  let context: BrowserContext;
  let page: Page;
  let asked: string[];
  let complaints: string[];
  let host: Server;
  let html = "";
  let folder = "";

  before(async function () {
    requireTool(this, "chromium");
    app = await startApp();
    browser = await openBrowser();
    host = createServer((_request, response) => {
      response.setHeader("content-type", "text/html; charset=utf-8");
      response.end(html);
    });
    await new Promise<void>((done) => host.listen(0, "127.0.0.1", done));
    admin = await signInAdmin(app);
    const [site] = (await admin.get<SiteSettings[]>(paths.sites)).body;
    const origins = [...(site?.origins ?? []), new URL(ownPage()).origin];
    const changed = await admin.patch(paths.site(site?.id ?? ""), { origins });
    assert.equal(changed.status, 200);
    folder = await mkdtemp(join(tmpdir(), "porchlight-page-"));
  });
  after(async () => {
    await browser.close();
    host.close();
    await app.stop();
    await rm(folder, { recursive: true });
  });
  beforeEach(async () => {
    context = await browser.newContext();
    await context.addInitScript(openShadowRoots);
    page = await context.newPage();
    asked = [];
    complaints = [];
    page.on("request", (request) => asked.push(request.url()));
    page.on("console", (line) => {
      if (line.type() === "error" || line.type() === "warning") complaints.push(line.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
  });
  afterEach(() => context.close());

  const shop = () => app.demoUrl ?? "";
  const launcher = () => page.getByRole("button", { name: "Chat with us" });
  const composer = () => page.getByRole("textbox", { name: "Write a message" });
  const script = () => `<script src="${app.url}${paths.loader(app.demoKey)}" async></script>`;
  const ownPage = () => `http://127.0.0.1:${(host.address() as AddressInfo).port}/`;

  /** The console's lines come to the test by a way of their own, after what they tell of. */
  const complained = (fits: (line: string) => boolean) =>
    eventually(() => {
      assert.ok(complaints.some(fits), complaints.join("\n"));
      return Promise.resolve();
    });

  it("before any act: one script, no cookie, no storage, nothing else asked for", async () => {
    await page.goto(shop(), { waitUntil: "networkidle" });
    await launcher().waitFor();
    assert.deepEqual(
      asked.filter((address) => !address.startsWith(shop())),
      [app.url + paths.loader(app.demoKey)],
    );
    assert.deepEqual(await context.cookies(), []);
    const kept = await page.evaluate(async () => [
      localStorage.length,
      sessionStorage.length,
      (await indexedDB.databases()).length,
      (await caches.keys()).length,
    ]);
    assert.deepEqual(kept, [0, 0, 0, 0]);
  });

  it("opens, closes and gives the focus back under a policy without inline styles; nothing is complained of", async () => {
    const answer = await page.goto(shop());
    assert.match(
      answer?.headers()["content-security-policy"] ?? "",
      /style-src (?!.*unsafe-inline)/,
    );
    await launcher().focus();
    await page.keyboard.press("Enter");
    await composer().waitFor(patient);
    assert.equal(await composer().evaluate((field) => field.matches(":focus")), true);
    await page.keyboard.press("Escape");
    await composer().waitFor({ state: "detached" });
    assert.equal(await launcher().evaluate((button) => button.matches(":focus")), true);
    assert.deepEqual(complaints, []);
    assert.deepEqual(await context.cookies(), [], "opening keeps nothing");
  });

  it("adds one name to the page, ignores a second tag, and leaves nothing after destroy", async () => {
    await page.goto(shop());
    await launcher().waitFor();
    await page.evaluate(
      (address) => {
        const again = document.createElement("script");
        again.src = address;
        document.head.append(again);
        return new Promise((done) => (again.onload = done));
      },
      app.url + paths.loader(app.demoKey),
    );
    assert.equal(await page.locator("porchlight-chat").count(), 1);
    const added = await page.evaluate(() => {
      const frame = document.createElement("iframe");
      document.body.append(frame);
      const usual = new Set(Object.getOwnPropertyNames(frame.contentWindow ?? {}));
      frame.remove();
      return Object.getOwnPropertyNames(window).filter((name) => !usual.has(name));
    });
    assert.deepEqual(
      added.filter((name) => /porchlight|preact|signal|io$/i.test(name)),
      ["porchlight"],
    );
    await launcher().click();
    await composer().waitFor(patient);
    await page.evaluate("porchlight('destroy')");
    assert.equal(await page.locator("porchlight-chat").count(), 0);
    assert.equal(await page.evaluate("typeof porchlight"), "undefined");
    asked = [];
    await page.evaluate("dispatchEvent(new Event('online'))");
    await page.waitForLoadState("networkidle");
    assert.deepEqual(asked, [], "nobody is left to answer an event");
  });

  it("runs from the head before there is a body, and obeys what a page said before it came", async () => {
    html = `<!doctype html><html><head><script>
      window.porchlight = function () { (porchlight.q = porchlight.q || []).push(arguments) };
      porchlight("open");
    </script><script src="${app.url}${paths.loader(app.demoKey)}"></script></head><body><p>host</p></body></html>`;
    await page.goto(ownPage());
    await composer().waitFor(patient);
    await page.evaluate("porchlight('close')");
    await composer().waitFor({ state: "detached" });
    assert.deepEqual(complaints, []);
  });

  it("keeps keys to itself: a page's own shortcuts do not fire while somebody writes", async () => {
    html = `<!doctype html><body><script>
      window.heard = [];
      addEventListener("keydown", (event) => heard.push(event.key));
    </script>${script()}</body>`;
    await page.goto(ownPage());
    await launcher().click();
    await composer().pressSequentially("/search", patient);
    assert.deepEqual(await page.evaluate("heard"), []);
    assert.equal(await composer().inputValue(), "/search");
  });

  it("stands against a page's own styles, whatever they say of buttons and of the root's size", async () => {
    html = `<!doctype html><style>
      html { font-size: 4px } * { color: red !important; letter-spacing: 9px }
      button, section, div { display: none !important } porchlight-chat { display: none; opacity: 0 }
    </style><body>${script()}</body>`;
    await page.goto(ownPage());
    await launcher().click();
    await composer().waitFor(patient);
    const size = await page
      .getByText("Latch & Hinge")
      .first()
      .evaluate((title) => {
        const { fontSize, letterSpacing } = getComputedStyle(title);
        return { fontSize, letterSpacing };
      });
    assert.deepEqual(size, { fontSize: "15px", letterSpacing: "normal" });
  });

  it("names a refused origin in that page's console and says so in the panel", async () => {
    html = `<!doctype html><body>${script()}</body>`;
    // "localhost" is another origin than the one that was allowed.
    const refused = ownPage().replace("127.0.0.1", "localhost");
    await page.goto(refused);
    await launcher().click();
    await page.getByText("not set up for this page yet").waitFor(patient);
    const { origin } = new URL(refused);
    await complained((line) => line.startsWith("Porchlight:") && line.includes(origin));
  });

  it("while the page is refused nothing is tried by itself; allowed, the next opening finds the chat", async () => {
    html = `<!doctype html><body>${script()}</body>`;
    await page.goto(ownPage().replace("127.0.0.1", "localhost"));
    await launcher().click();
    await page.getByText("not set up for this page yet").waitFor(patient);
    assert.equal(await page.getByText("No connection").count(), 0);
    assert.equal(await page.locator(".light").count(), 0, "no light stands beside a refusal");
    assert.ok(!complaints.some((line) => line.startsWith("RequestFailure")), complaints.join());
    const [site] = (await admin.get<SiteSettings[]>(paths.sites)).body;
    const { origins } = site ?? { origins: [] };
    const { origin } = new URL(page.url());
    await admin.patch(paths.site(site?.id ?? ""), { origins: [...origins, origin] });
    await page.evaluate("porchlight('close')");
    await launcher().click();
    await composer().waitFor(patient);
    await page.getByText(/Here now|Away/).waitFor(patient);
    assert.equal((await admin.patch(paths.site(site?.id ?? ""), { origins })).status, 200);
  });

  it("tries no link while the page is refused, and finds the chat by itself a minute after it is allowed", async () => {
    html = `<!doctype html><body>${script()}</body>`;
    let tries = 0;
    page.on("websocket", () => (tries += 1));
    await page.clock.install();
    await page.goto(ownPage().replace("127.0.0.1", "localhost"));
    await launcher().click();
    await page.getByText("not set up for this page yet").waitFor(patient);
    const before = tries;
    await page.clock.runFor(30_000);
    assert.equal(tries, before);
    const [site] = (await admin.get<SiteSettings[]>(paths.sites)).body;
    const { origins } = site ?? { origins: [] };
    const { origin } = new URL(page.url());
    await admin.patch(paths.site(site?.id ?? ""), { origins: [...origins, origin] });
    await page.clock.runFor(61_000);
    await composer().waitFor(patient);
    await page.getByText(/Here now|Away/).waitFor(patient);
    assert.equal((await admin.patch(paths.site(site?.id ?? ""), { origins })).status, 200);
  });

  it("names a wrong key in the page's console", async () => {
    html = `<!doctype html><body><script src="${app.url}${paths.loader("nobody-has-it")}"></script></body>`;
    await page.goto(ownPage());
    await complained((line) => line.includes('no site with the key "nobody-has-it"'));
  });

  for (const [how, redraw] of Object.entries({
    "another body": "document.body = document.createElement('body')",
    "an emptied body": "document.body.innerHTML = '<h1>Rendered</h1>'",
  }))
    it(`stays where a page draws itself anew with ${how}, until it is destroyed`, async () => {
      html = `<!doctype html><body><p>host</p>${script()}</body>`;
      await page.goto(ownPage());
      await launcher().click();
      await composer().fill("half a thought");
      await page.evaluate(redraw);
      await composer().waitFor(patient);
      assert.equal(await composer().inputValue(), "half a thought");
      await page.evaluate(redraw);
      await page.evaluate("porchlight('close')");
      await composer().waitFor({ state: "detached" });
      await launcher().waitFor(patient);
      await page.evaluate("porchlight('destroy')");
      await page.evaluate(`${redraw}; new Promise((done) => setTimeout(done, 300))`);
      assert.equal(await page.locator("porchlight-chat").count(), 0);
    });

  it("opens on a page whose image is called cookie", async () => {
    html = `<!doctype html><body><img name="cookie" alt="">${script()}</body>`;
    await page.goto(ownPage());
    await launcher().click();
    await composer().waitFor(patient);
    assert.deepEqual(complaints, []);
  });

  it("tells a page that was opened as a file to use a server", async () => {
    const file = join(folder, "host.html");
    await writeFile(file, `<!doctype html><body>${script()}</body>`);
    await page.goto(pathToFileURL(file).href);
    await launcher().click();
    await page.getByText("Put it on a web server").waitFor(patient);
  });
});
