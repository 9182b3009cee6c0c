import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import type { RequestRow } from "../../shared/privacy.js";
import { paths } from "../../shared/paths.js";
import { eventually } from "../support/eventually.js";
import { openBrowser } from "../support/open-browser.js";
import { signIn, signInAdmin, type OperatorApi } from "../support/sign-in.js";
import { startApp, type TestApp } from "../support/start-app.js";
import { requireTool } from "../support/tools.js";
import type { SiteSettings } from "../../shared/wire.js";
import { openDashboard, type OpenedDashboard } from "./open-dashboard.js";
import { visitShop } from "./write-as-visitor.js";

const dayMs = 86_400_000;

describe("the dashboard's privacy views in a real browser", function () {
  this.timeout(60_000);
  let app: TestApp;
  let browser: Browser;
  let operator: OperatorApi;
  let siteId = "";
  const opened: OpenedDashboard[] = [];

  async function open(hash: string): Promise<OpenedDashboard> {
    const dashboard = await openDashboard(browser, app, operator, { hash });
    opened.push(dashboard);
    return dashboard;
  }

  before(async function () {
    requireTool(this, "chromium");
    app = await startApp({ movedClock: true });
    operator = await signInAdmin(app);
    const { body } = await operator.get<SiteSettings[]>(paths.sites);
    siteId = body[0]?.id ?? "";
    browser = await openBrowser();
  });
  afterEach(async () => {
    for (const { context, faults } of opened.splice(0)) {
      await context.close();
      assert.deepEqual(faults, [], "the page ran without errors");
    }
  });
  after(async () => {
    await browser.close();
    await app.stop();
  });

  it("enters a request, and marks it as done with a note", async () => {
    const { page } = await open("#/privacy/requests");
    await page.getByText("Nobody asked for anything yet").waitFor();
    await page.getByText("Enter a request that came another way").click();
    await page.getByLabel("What is asked for").selectOption({ label: "Erase" });
    await page.getByLabel("How to reach the person").fill("4 Mill Lane");
    await page.getByRole("button", { name: "Enter it" }).click();
    const card = page.locator("details.card").filter({ hasText: "4 Mill Lane" });
    await card.locator("summary").click();
    await card.getByLabel("Note for this step").fill("Erased by hand, letter sent");
    await card.getByRole("button", { name: "Mark as done" }).click();
    await card.getByText("“Erased by hand, letter sent”").waitFor();
    const { body } = await operator.get<RequestRow[]>(paths.privacyView(siteId, "requests"));
    assert.deepEqual([body[0]?.type, body[0]?.state], ["erase", "done"]);
  });

  it("JIVO-08: shows an overdue badge on the thirty-first day, and not before", async () => {
    await operator.post(paths.privacyView(siteId, "requests"), {
      type: "access",
      contact: "late@example.org",
      note: "",
    });
    app.clock?.move(29 * dayMs);
    const early = await open("#/privacy/requests");
    await early.page.getByText("late@example.org").waitFor();
    assert.equal(await early.page.getByText("Overdue").count(), 0);
    app.clock?.move(2 * dayMs);
    // The session ended by its idle period; the shield needs no visit to the list.
    operator = await signIn(app);
    const late = await open("#/inbox");
    await late.page.getByText("1 overdue requests").waitFor({ state: "attached" });
    await late.page.keyboard.press("4");
    await late.page.getByText("Overdue", { exact: true }).waitFor();
  });

  it("shows that the chains hold, and every answer behind them", async () => {
    const { page } = await open("#/privacy/consents");
    await page.getByText("Holds").first().waitFor();
    assert.equal(await page.getByText("Broken").count(), 0);
    const checked = page.waitForResponse((response) => response.url().endsWith("/chains"));
    await page.getByRole("button", { name: "Check again" }).click();
    assert.equal((await checked).status(), 200);
    await page.getByText("Holds").first().waitFor();
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "Export the signed heads" }).click();
    assert.equal((await download).suggestedFilename(), "chain-heads.json");
  });

  it("exports and erases the person of a conversation, from its details (JPEGR-08)", async () => {
    const visitor = visitShop(app);
    await visitor.write("what do you know of me?");
    const { page } = await open(`#/inbox/${visitor.conversationId}`);
    const fill = async () => {
      await page.getByLabel("Who asked").fill("in the chat");
      await page.getByLabel("How you know").fill("They answered from the same chat");
    };
    await page.getByRole("button", { name: "Export", exact: true }).click();
    await fill();
    const download = page.waitForEvent("download");
    await page.getByRole("dialog").getByRole("button", { name: "Export" }).click();
    assert.equal((await download).suggestedFilename(), "person.zip");
    await page.getByRole("dialog").waitFor({ state: "detached" });

    await page.getByRole("button", { name: "Erase", exact: true }).click();
    const erase = page.getByRole("dialog").getByRole("button", { name: "Erase" });
    await erase.click();
    assert.equal(await page.getByRole("dialog").count(), 1, "the fields are wanted");
    await fill();
    await erase.click();
    await page.getByText("This conversation was erased").waitFor();
    // The screen hears of the erasure before the request's last step is written.
    await eventually(async () => {
      const { body } = await operator.get<RequestRow[]>(paths.privacyView(siteId, "requests"));
      const newest = body.slice(0, 2).map(({ type, state }) => `${type} ${state}`);
      assert.deepEqual(newest.sort(), ["access done", "erase done"]);
    });
    visitor.leave();
  });

  it("JMINI-08, JIVO-13: a child's conversation is erased, or frozen until a parent decides", async () => {
    const first = visitShop(app);
    await first.write("I am eleven");
    const { page } = await open(`#/inbox/${first.conversationId}`);
    await page.getByRole("button", { name: "Under 13" }).click();
    assert.equal(await page.getByLabel("A parent's mail address").count(), 0);
    await page.getByRole("button", { name: "Erase everything" }).click();
    await page.getByText("This conversation was erased").waitFor();
    first.leave();

    await operator.patch(paths.site(siteId), { rules: { age: { under13: "ask_parent" } } });
    const second = visitShop(app);
    await second.write("I am twelve");
    const asked = await open(`#/inbox/${second.conversationId}`);
    await asked.page.getByRole("button", { name: "Under 13" }).click();
    await asked.page.getByLabel("A parent's mail address").fill("mum@home.example");
    await asked.page.getByRole("button", { name: "Ask the parent" }).click();
    await asked.page.getByText("A link went to them").waitFor();
    const dialog = asked.page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Close" }).click();
    await assert.rejects(second.write("may I write?"), /CONSENT_REFUSED/);
    await operator.patch(paths.site(siteId), { rules: { age: { under13: "delete" } } });
    second.leave();
  });

  it("JMINI-10: lists a recipient, and says why it may not be active yet", async () => {
    const { page } = await open("#/privacy/recipients");
    await page.getByText("Nobody receives data.").waitFor();
    await page.getByText("List a third party").click();
    await page.getByLabel("Name", { exact: true }).fill("Mill Hosting");
    await page.getByLabel("Purpose").fill("Keeps the server");
    await page.getByRole("button", { name: "List and announce" }).click();
    await page.getByText("Mill Hosting").waitFor();
    await page.getByRole("button", { name: "Activate" }).click();
    await page.getByRole("alert").filter({ hasText: /\w/ }).waitFor();
    assert.equal(await page.getByText("Active since").count(), 0);
  });

  it("JMINI-11: keeps the export of everything locked while a notice runs", async () => {
    const { page } = await open("#/privacy/recipients");
    await page.getByLabel("New owner").fill("Bolt & Sons");
    await page.getByRole("button", { name: "Announce" }).click();
    await page.getByText("The export opens").waitFor();
    assert.equal(await page.getByRole("link", { name: "Export everything" }).count(), 0);
    await page.getByRole("button", { name: "Call it off" }).click();
    await page.getByLabel("New owner").waitFor();
  });

  it("JIVO-10: hands nothing out without an entry; one admin is recorded as single", async () => {
    const visitor = visitShop(app);
    await visitor.write("Something an authority asks for");
    visitor.leave();
    const { page } = await open("#/privacy/disclosures");
    await page.getByText("Enter a disclosure").click();
    await page
      .getByLabel("Conversation", { exact: true })
      .fill(`${app.url}/dashboard/#/inbox/${visitor.conversationId}`);
    await page.getByLabel("Reason").fill("District court, reference 12/34");
    await page.getByRole("button", { name: "Enter it" }).click();
    await page.getByText("recorded as single").waitFor();
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Export" }).click();
    assert.equal((await download).suggestedFilename(), "disclosure.json");
    await page.keyboard.press("4");
    await page.getByRole("link", { name: /^Audit/ }).click();
    await page.locator(".records li").first().waitFor();
  });

  it("JPEGR-07: publishes a policy once there is a controller, and keeps it until then", async () => {
    const nobody = { name: "", postalAddress: "", email: "" };
    await operator.patch(paths.site(siteId), { controller: nobody });
    const { page } = await open("#/privacy/policies");
    await page.getByText("Publish the next version").click();
    const later = new Date((app.clock?.now() ?? 0) + 40 * dayMs).toISOString().slice(0, 10);
    await page.getByLabel("Holds from").fill(later);
    await page.getByLabel("What changes, in a few words").fill("We name our host.");
    await page.getByRole("button", { name: "Publish" }).click();
    await page.getByText("What you wrote is kept here").waitFor();
    await operator.patch(paths.site(siteId), {
      controller: { name: "Latch", postalAddress: "4 Mill Lane", email: "hello@latch.example" },
    });
    await page.getByRole("button", { name: "Publish" }).click();
    await page.getByText("Announced").waitFor();
  });

  it("says what shorter periods would delete before they are saved", async () => {
    const { page } = await open("#/settings/rules");
    await page.getByLabel("Conversations, their photos and the visitor").fill("5");
    await page.getByText(/^Saving this deletes/).waitFor();
  });

  it("shows counts without a person in them, and the report of photos", async () => {
    const { page } = await open("#/visits");
    await page.getByText("on the site now").waitFor();
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "Report as CSV" }).click();
    assert.match((await download).suggestedFilename(), /\.csv$/);
  });
});
