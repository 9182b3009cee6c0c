import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import type { SiteSettings } from "../../shared/wire.js";
import { eventually } from "../support/eventually.js";
import { openBrowser } from "../support/open-browser.js";
import { adminForm, signIn, type OperatorApi } from "../support/sign-in.js";
import { startApp, type TestApp } from "../support/start-app.js";
import { requireTool } from "../support/tools.js";
import { openDashboard, type OpenedDashboard } from "./open-dashboard.js";

describe("the dashboard's gate and settings in a real browser", function () {
  this.timeout(60_000);
  let app: TestApp;
  let browser: Browser;
  let operator: OperatorApi;
  const opened: OpenedDashboard[] = [];

  async function open(who: OperatorApi | null, hash = ""): Promise<OpenedDashboard> {
    const dashboard = await openDashboard(browser, app, who, { hash });
    opened.push(dashboard);
    return dashboard;
  }
  async function demoSite(): Promise<SiteSettings> {
    const { body } = await operator.get<SiteSettings[]>("/api/operator/sites");
    const site = body.find((one) => one.key === app.demoKey);
    assert.ok(site !== undefined);
    return site;
  }

  async function createAccount(page: Page, password: string): Promise<void> {
    await page.getByLabel("Your name").fill(adminForm.name);
    await page.getByLabel("E-mail").fill(adminForm.email);
    await page.getByLabel("Password", { exact: true }).fill(password);
    await page.getByRole("button", { name: "Create the account" }).click();
  }

  before(async function () {
    requireTool(this, "chromium");
    app = await startApp();
    browser = await openBrowser();
  });
  afterEach(async function () {
    for (const { context, page, faults } of opened.splice(0)) {
      // Rarely one waits in vain: whoever reads of it must know what stood there instead.
      if (this.currentTest?.state === "failed")
        process.stdout.write(`${page.url()}:\n${await page.locator("body").innerText()}\n`);
      await context.close();
      assert.deepEqual(faults, [], "the page ran without errors");
    }
  });
  after(async () => {
    await browser.close();
    await app.stop();
  });

  it("makes the first admin by the link, once; the token leaves address and history", async () => {
    const link = await app.setupLink();
    assert.ok(link !== null);
    const hash = link.slice(link.indexOf("#"));
    const { page } = await open(null, hash);
    await page.getByRole("heading", { name: "Set up Porchlight" }).waitFor();
    assert.doesNotMatch(page.url(), /setup/);
    await createAccount(page, "password12");
    await page
      .getByLabel("Password", { exact: true })
      .and(page.locator("[aria-invalid=true]"))
      .waitFor();
    await createAccount(page, adminForm.password);
    await page.getByRole("heading", { name: "What you will read is private" }).waitFor();
    await page.getByRole("button", { name: "I agree to keep it confidential" }).click();
    await page.getByRole("heading", { name: "Inbox" }).waitFor();
    await page.reload();
    await page.getByRole("heading", { name: "Inbox" }).waitFor();

    const again = await open(null, hash);
    await again.page.getByRole("heading", { name: "This link no longer works" }).waitFor();
    await again.page.getByRole("button", { name: "Sign in instead" }).click();
    await again.page.getByRole("heading", { name: "Sign in" }).waitFor();
    operator = await signIn(app);
  });

  it("refuses a wrong password where it was typed, and lets the right one in and out", async () => {
    const { page } = await open(null);
    await page.getByLabel("E-mail").fill(adminForm.email);
    await page.getByLabel("Password", { exact: true }).fill("a lamp under the door");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").waitFor();
    await page.getByLabel("Password", { exact: true }).fill(adminForm.password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "Inbox" }).waitFor();
    await page.getByRole("button", { name: `Account of ${adminForm.name}` }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    assert.deepEqual(await page.evaluate(() => Object.keys(localStorage)), []);
    await page.reload();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
  });

  it("lists a refused origin with a button that allows it", async () => {
    const refused = "http://127.0.0.1:9";
    const panel = `${app.url}/api/sites/${app.demoKey}/panel`;
    const asShop = { headers: { origin: refused } };
    assert.equal((await fetch(panel, asShop)).status, 403);
    const { page } = await open(operator, "#/settings/tag");
    await page.getByRole("button", { name: `Allow ${refused}` }).click();
    await page.getByRole("button", { name: `Remove ${refused}` }).waitFor();
    assert.equal((await fetch(panel, asShop)).status, 200);
    await page.getByRole("button", { name: `Remove ${refused}` }).click();
    await page.getByRole("button", { name: `Remove ${refused}` }).waitFor({ state: "detached" });
    assert.equal((await fetch(panel, asShop)).status, 403);
  });

  it("takes an origin exactly, and says what is wrong with anything else", async () => {
    const { page } = await open(operator, "#/settings/tag");
    const field = page.getByLabel("Another origin");
    await field.fill("https://www.latch.example/shop");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByText("an origin has no path").waitFor();
    await field.fill("https://www.latch.example");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByRole("button", { name: "Remove https://www.latch.example" }).waitFor();
    assert.ok((await demoSite()).origins.includes("https://www.latch.example"));
  });

  it("saves the site's name, time zone and controller, and keeps what could not be saved", async () => {
    const { page } = await open(operator, "#/settings/site");
    await page.getByLabel("Name", { exact: true }).fill("Latch & Hinge");
    await page.getByLabel("Time zone").selectOption("Europe/Oslo");
    await page.getByLabel("Name of the company or person").fill("Latch & Hinge Ltd");
    await page.getByLabel("Postal address").fill("4 Mill Lane");
    const email = page.getByRole("textbox", { name: "E-mail" });
    await email.fill("hello@latch.example");
    const api = "**/api/operator/sites/*";
    await page.route(api, (route) => route.abort());
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("What you wrote is kept here").waitFor();
    assert.notEqual((await demoSite()).timeZone, "Europe/Oslo");
    await page.unroute(api);
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved", { exact: true }).waitFor();
    const site = await demoSite();
    assert.equal(site.timeZone, "Europe/Oslo");
    assert.deepEqual(site.controller, {
      name: "Latch & Hinge Ltd",
      postalAddress: "4 Mill Lane",
      email: "hello@latch.example",
    });
  });

  it("changes one rule and leaves the others as they are", async () => {
    const before = (await demoSite()).rules;
    const { page } = await open(operator, "#/settings/rules");
    await page.getByLabel("Page views", { exact: true }).fill("7");
    await page.getByLabel("Record page views of visitors who agreed").uncheck();
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved", { exact: true }).waitFor();
    await eventually(async () =>
      assert.deepEqual((await demoSite()).rules, {
        ...before,
        analytics: { ...before.analytics, enabled: false },
        retention: { ...before.retention, pageViews: 7 },
      }),
    );
  });

  it("sends a test of a mailing, and says where it is while no mail server is set", async () => {
    const { page } = await open(operator, "#/mailing");
    await page.getByLabel("Subject").fill("Keepers are back");
    await page.getByLabel("Text").fill("Three of them, on shelf B4.");
    // What is being written outlives a look at something else.
    await page.getByRole("link", { name: "Settings" }).click();
    await page.getByRole("heading", { name: "Settings" }).waitFor();
    await page.getByRole("link", { name: "Mailing" }).click();
    await page.getByRole("button", { name: "Send test" }).click();
    const mail = page.locator("details").filter({ hasText: "Keepers are back" }).first();
    await mail.getByText("Not sent", { exact: true }).waitFor();
    await page.getByText("the test stands in the outbox").waitFor();
    await mail.locator("summary").click();
    await mail.getByText("Three of them, on shelf B4.").waitFor();
    await page.getByRole("button", { name: "Send to all confirmed" }).click();
    const question = page.getByRole("dialog", { name: "Send the mailing" });
    await question.getByRole("button", { name: "Not yet" }).click();
    assert.equal(await page.getByLabel("Subject").inputValue(), "Keepers are back");
    await page.getByRole("button", { name: "Send to all confirmed" }).click();
    await question.getByRole("button", { name: "Send it" }).click();
    await page.getByText("Handed over. The result stands below.").waitFor();
    await page.getByRole("listitem").filter({ hasText: "Done" }).getByText("0 sent").waitFor();
  });

  it("adds a site and shows its tag", async () => {
    const { page } = await open(operator, "#/settings");
    await page.getByRole("button", { name: "Add a site" }).click();
    await page.getByLabel("Name of the site").fill("Second shop");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByRole("heading", { name: "Tag and origins" }).waitFor();
    await page.getByText("The tag was not seen yet").waitFor();
    await page.getByText("None yet: the chat runs nowhere.").waitFor();
    assert.equal(await page.getByRole("combobox", { name: "Site" }).count(), 1);
  });

  it("invites an operator, whose link opens an account; then takes the account away", async () => {
    const { page } = await open(operator, "#/settings/operators");
    await page.getByLabel("E-mail").fill("grace@latch.example");
    await page.getByRole("button", { name: "Make a link" }).click();
    const shown = page.getByRole("status").filter({ hasText: "Link for grace@latch.example" });
    const link = (await shown.locator("pre").innerText()).trim();
    await page.getByText("the link was not used yet").waitFor();

    const guest = await open(null, link.slice(link.indexOf("#")));
    await guest.page.getByLabel("Your name").fill("Grace");
    await guest.page.getByRole("heading", { name: "Join as an operator" }).waitFor();
    assert.equal(await guest.page.getByLabel("E-mail").inputValue(), "grace@latch.example");
    await guest.page.getByLabel("Password", { exact: true }).fill("two lamps by the gate");
    await guest.page.getByRole("button", { name: "Create the account" }).click();
    await guest.page.getByRole("button", { name: "I agree to keep it confidential" }).click();
    await guest.page.getByRole("heading", { name: "Inbox" }).waitFor();
    await guest.page.goto(`${app.url}/dashboard/#/settings/operators`);
    await guest.page.getByText("Admins invite operators").waitFor();

    // Left and entered again: the link is gone, the account has its name.
    await page.getByRole("link", { name: "Rules" }).click();
    await page.getByRole("link", { name: "Operators" }).click();
    await page.getByLabel("Role of Grace").selectOption("viewer");
    await guest.page.getByRole("dialog", { name: "Sign in again" }).waitFor();
    assert.equal(await shown.count(), 0);
    await page.getByRole("button", { name: "Remove Grace" }).click();
    const question = page.getByRole("dialog", { name: "Remove Grace" });
    await question.getByRole("button", { name: "Remove" }).click();
    await page.getByLabel("Role of Grace").waitFor({ state: "detached" });
    const { body } = await operator.get<{ email: string }[]>("/api/operator/operators");
    assert.deepEqual(
      body.map(({ email }) => email),
      [adminForm.email],
    );
    await page.goto(`${app.url}/dashboard/#/privacy/audit`);
    await page.getByRole("button", { name: "Accounts" }).click();
    await page.getByText("Operator removed").waitFor();
  });
});
