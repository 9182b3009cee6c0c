import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { paths } from "../../shared/paths.js";
import { eventually } from "../support/eventually.js";
import { openBrowser } from "../support/open-browser.js";
import { getTicket } from "../support/open-privacy-page.js";
import type { StoreReader } from "../support/read-store.js";
import { adminForm, signInAdmin } from "../support/sign-in.js";
import { startApp, type TestApp } from "../support/start-app.js";
import { requireTool } from "../support/tools.js";
import { openShadowRoots } from "./open-shadow-roots.js";

const patient = { timeout: 20_000 };
/** Collections that hold the installation and its operators, not visitors. */
const notVisitors = new Set([
  "sites",
  "operators",
  "operator_sessions",
  "setup_links",
  "key_checks",
  "audit",
  "visitor_numbers",
  "row_debtors",
  "row_debts",
]);

/** "What each state leaves behind": the store's column, and what the network saw. */
describe("what a visitor leaves in the store", function () {
  this.timeout(90_000);
  let app: TestApp;
  let browser: Browser;
  let store: StoreReader;
  let context: BrowserContext;
  let page: Page;
  const foreign: string[] = [];
  const seen = new Set<string>();

  before(async function () {
    requireTool(this, "chromium");
    app = await startApp();
    store = await app.openStore();
    browser = await openBrowser();
    await signInAdmin(app);
  });
  after(async () => {
    await browser.close();
    await store.close();
    await app.stop();
  });
  afterEach(async () => {
    for (const { name } of await context.cookies()) seen.add(name);
    for (const open of context.pages())
      for (const key of await open.evaluate(() => Object.keys(localStorage)).catch(() => []))
        seen.add(key);
    await context.close();
    assert.deepEqual(foreign, [], "XIM-05");
  });

  async function begin(options: Parameters<Browser["newContext"]>[0] = {}): Promise<void> {
    context = await browser.newContext(options);
    await context.addInitScript(openShadowRoots);
    const ours = [new URL(app.url).host, new URL(app.demoUrl ?? "").host];
    context.on("request", (request) => {
      const { host, protocol } = new URL(request.url());
      if (/^https?:$/.test(protocol) && !ours.includes(host)) foreign.push(request.url());
    });
    page = await context.newPage();
  }
  async function counts(): Promise<Record<string, number>> {
    const all = Object.entries(await store.dump()).filter(([name]) => !notVisitors.has(name));
    return Object.fromEntries(all.map(([name, documents]) => [name, documents.length]));
  }
  /** What an act added to the store, by collection; waits until it is what was expected. */
  async function leaves(expected: Record<string, number>, act: () => Promise<void>): Promise<void> {
    const before = await counts();
    await act();
    await eventually(async () => {
      const after = await counts();
      const added = Object.entries(after)
        .map(([name, n]) => [name, n - (before[name] ?? 0)] as const)
        .filter(([, n]) => n !== 0);
      assert.deepEqual(Object.fromEntries(added), expected);
    });
  }
  const open = async () => {
    await page.goto(app.demoUrl ?? "");
    await page.getByRole("button", { name: /^Chat with us/ }).click(patient);
    await page.getByRole("textbox", { name: "Write a message" }).waitFor(patient);
  };
  const write = async () => {
    await page.getByRole("textbox", { name: "Write a message" }).fill("hello");
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await page
      .getByText(/\. Sent$/)
      .last()
      .waitFor(patient);
  };
  const press = (name: string) => page.getByRole("button", { name, exact: true }).click(patient);
  const chatRows = { conversations: 1, messages: 1, visitors: 1 };

  it("who did nothing: nothing, and only the script was asked for (JIVO-01, XIM-05)", async () => {
    await begin();
    const asked: string[] = [];
    context.on("request", (request) => {
      if (request.url().startsWith(app.url)) asked.push(new URL(request.url()).pathname);
    });
    await leaves({}, async () => {
      await page.goto(app.demoUrl ?? "", { waitUntil: "networkidle" });
    });
    assert.deepEqual(asked, [paths.loader(app.demoKey)]);
    assert.deepEqual(await context.cookies(), []);
    const kept = await page.evaluate(async () => [
      localStorage.length,
      sessionStorage.length,
      (await indexedDB.databases()).length,
      (await caches.keys()).length,
    ]);
    assert.deepEqual(kept, [0, 0, 0, 0]);
  });

  it("whose site pasted the pixel by hand: one hourly count without any id (JIVO-03)", async () => {
    await begin();
    await leaves({ visit_stats: 1 }, async () => {
      await page.goto(`${app.url}${paths.pixel}?k=${app.demoKey}&p=/by-hand`);
    });
  });

  it("who opened the panel: nothing", async () => {
    await begin();
    await leaves({}, open);
  });

  it("who sent a first message: visitor, conversation, message; no page view", async () => {
    await begin();
    await leaves(chatRows, async () => {
      await open();
      await write();
    });
  });

  it("who refused all: nothing, and a record once a visitor exists", async () => {
    await begin();
    await leaves({}, async () => {
      await open();
      await press("Refuse");
      await page
        .getByRole("button", { name: "Refuse", exact: true })
        .waitFor({ state: "detached" });
    });
    await leaves({ ...chatRows, consents: 1, subject_keys: 1 }, write);
  });

  it("who granted analytics: consent and page views (JIVO-03)", async () => {
    await begin();
    await leaves({ consents: 1, subject_keys: 1, visits: 1 }, async () => {
      await open();
      await press("Allow");
    });
  });

  it("who sends GPC and chats: what the chat needs and nothing of browsing (XIM-01)", async () => {
    await begin({ extraHTTPHeaders: { "sec-gpc": "1" } });
    await context.addInitScript(
      "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true })",
    );
    await leaves(chatRows, async () => {
      await open();
      await write();
      await page.goto(app.demoUrl ?? "", { waitUntil: "networkidle" });
    });
  });

  it("who granted preferences: consent (JIVO-01)", async () => {
    await begin();
    await leaves({ consents: 1, subject_keys: 1 }, async () => {
      await open();
      await press("Choose");
      await page.getByLabel("Remember this chat").click(patient);
      await press("Save");
      await page.getByText("Remember this chat").waitFor({ state: "detached", ...patient });
    });
  });

  it('who chose "store nothing", or whose browser refuses cookies: as with a first message', async () => {
    await begin();
    await leaves(chatRows, async () => {
      await open();
      await page.getByRole("button", { name: "Menu" }).click();
      await page.getByRole("menuitem", { name: "Privacy" }).click();
      await page.getByLabel("Store nothing on this device").click(patient);
      await page.getByRole("button", { name: "Back" }).click();
      await write();
    });
    await context.close();
    await begin();
    await context.addInitScript(`
      Object.defineProperty(Navigator.prototype, "cookieEnabled", { get: () => false });
      Object.defineProperty(Document.prototype, "cookie", { get: () => "", set: () => {} });
    `);
    await leaves(chatRows, async () => {
      await open();
      await write();
    });
  });

  for (const header of ["dnt", "sec-gpc"])
    it(`who sends ${header} by header alone: as refused, until they allow it in its sight (XIM-01)`, async () => {
      await begin({ extraHTTPHeaders: { [header]: "1" } });
      await leaves({}, async () => {
        await open();
        await page.getByText("You can still allow it here").waitFor(patient);
        await page.goto(app.demoUrl ?? "", { waitUntil: "networkidle" });
      });
      await leaves({ consents: 1, subject_keys: 1, visits: 1 }, async () => {
        await open();
        await press("Allow");
      });
    });

  it("would see a request to another host, if there were one (XIM-05)", async () => {
    await begin();
    await page.goto("about:blank");
    await page.evaluate("new Image().src = 'http://elsewhere.invalid/pixel.gif'");
    await eventually(() => {
      assert.deepEqual(foreign.splice(0), ["http://elsewhere.invalid/pixel.gif"]);
      return Promise.resolve();
    });
  });

  it("opens their data without scripts, and nothing there or in the dashboard asks another host (XIM-05, JPEGR-07)", async () => {
    await begin();
    await open();
    await write();
    const token = (await context.cookies()).find(({ name }) => name === "porchlight_chat")?.value;
    await context.close();

    await begin({ javaScriptEnabled: false });
    const answer = await getTicket(app, token ?? "");
    const { ticket } = (await answer.json()) as { ticket: string };
    await page.setContent(
      `<form method="post" action="${app.url}${paths.privacy}"><input name="ticket" value="${ticket}"><button>go</button></form>`,
    );
    await page.getByRole("button", { name: "go" }).click();
    await page.getByRole("heading", { name: /^Your data at/ }).waitFor(patient);
    await page.getByLabel("Name").fill("Corrected without scripts");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("status").waitFor(patient);
    assert.equal(await page.getByLabel("Name").inputValue(), "Corrected without scripts");
    for (const { name } of await context.cookies()) seen.add(name);
    await context.close();

    await begin();
    await page.goto(`${app.url}${paths.dashboard}`);
    await page.getByLabel(/e-mail/i).fill(adminForm.email, patient);
    await page.getByLabel(/password/i).fill(adminForm.password);
    await page.getByRole("button", { name: /sign in/i }).click();
    await page.getByText("hello").first().waitFor(patient);
  });

  it("is in the table of cookies and storage keys, every one of them", async () => {
    await begin();
    const table = readFileSync("docs/cookies.md", "utf8");
    const named = [...table.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name ?? "");
    assert.ok(named.length > 5);
    // On http the server's own cookies have no `__Host-`; keys in capitals stand for an id.
    const patterns = named.map(
      (name) => new RegExp(`^${name.replace("__Host-", "").replace(/KEY|ID:/, ".+")}`),
    );
    const missing = [...seen].filter((name) => !patterns.some((pattern) => pattern.test(name)));
    assert.deepEqual(missing, []);
    assert.ok(
      seen.has("porchlight_chat") && seen.has("porchlight_session") && seen.has("porchlight_me"),
      [...seen].join(),
    );
  });
});
