import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { Browser, BrowserContext, Page } from "playwright-core";
import sharp from "sharp";
import { eventually } from "../support/eventually.js";
import { makePhoto } from "../support/make-photo.js";
import { openBrowser } from "../support/open-browser.js";
import type { StoreReader } from "../support/read-store.js";
import { receiveMail, type MailReceiver, type ReceivedMail } from "../support/receive-mail.js";
import { startApp, type TestApp } from "../support/start-app.js";
import { requireTool } from "../support/tools.js";
import { openShadowRoots } from "./open-shadow-roots.js";

/** A phone's own photo where the checkout has the shared data beside it, else one of ours with GPS. */
const phonePhoto = new URL("../../../../shared/data/phone/Apple_iPhone_5.jpg", import.meta.url);

const patient = { timeout: 15_000 };

describe("the main job, from the script tag to the opt-out", function () {
  this.timeout(90_000);
  let app: TestApp;
  let mail: MailReceiver;
  let browser: Browser;
  let store: StoreReader;
  let desk: Page;
  let visitor: Page;
  let photo: Buffer;
  const contexts: BrowserContext[] = [];

  async function newVisitor(headers?: Record<string, string>): Promise<Page> {
    const context = await browser.newContext(
      headers === undefined ? {} : { extraHTTPHeaders: headers },
    );
    await context.addInitScript(openShadowRoots);
    contexts.push(context);
    const page = await context.newPage();
    await page.goto(shop());
    return page;
  }

  const shop = (path = "/") => new URL(path, app.demoUrl ?? "").href;
  const openChat = (page: Page) => page.getByRole("button", { name: "Chat with us" }).click();

  async function write(page: Page, text: string): Promise<void> {
    await page.getByRole("textbox", { name: "Write a message" }).fill(text);
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await page.getByText(text, { exact: true }).waitFor(patient);
  }

  /** Answers the question; it goes away when the answer is stored. */
  async function allow(page: Page): Promise<void> {
    const button = page.getByRole("button", { name: "Allow", exact: true });
    await button.click();
    await button.waitFor({ state: "detached" });
  }

  /** Opens the conversation whose newest line is this. */
  async function openRow(text: string): Promise<void> {
    await desk.getByRole("link").filter({ hasText: text }).click(patient);
  }

  const pageViewsOf = async () =>
    (await store.find("visits")).map((visit) => ({
      user: visit["analyticsH"] as unknown,
      paths: (visit["views"] as { path: string }[]).map((view) => view.path),
    }));

  before(async function () {
    requireTool(this, "chromium");
    mail = await receiveMail();
    app = await startApp({
      env: { SMTP_URL: mail.url, MAIL_FROM: "Latch & Hinge <news@shop.example>" },
    });
    store = await app.openStore();
    browser = await openBrowser();
    photo = await takePhoto();
  });
  after(async () => {
    for (const context of contexts) await context.close();
    await browser.close();
    await store.close();
    await app.stop();
    await mail.stop();
  });

  it("the owner becomes the first admin by the link from the terminal", async () => {
    const context = await browser.newContext();
    contexts.push(context);
    desk = await context.newPage();
    await desk.goto((await app.setupLink()) ?? "");
    await desk.getByLabel("Your name").fill("Ada");
    await desk.getByLabel("E-mail").fill("ada@shop.example");
    await desk.getByLabel("Password", { exact: true }).fill("a lamp over the door");
    await desk.getByRole("button", { name: "Create the account" }).click();
    await desk.getByRole("button", { name: "I agree to keep it confidential" }).click(patient);
    await desk.getByRole("heading", { name: "Inbox" }).waitFor(patient);
    assert.doesNotMatch(desk.url(), /setup/, "the token has left the address bar");
    assert.equal(await app.setupLink(), null, "there is no second first admin");
  });

  it("a visitor chats and sends a phone's photo; the operator sees both and replies", async () => {
    visitor = await newVisitor();
    assert.equal(await store.count("visitors"), 0, "opening a page stores nothing");
    await openChat(visitor);
    await write(visitor, "The latch on my front door does not catch");
    await openRow("The latch on my front door does not catch");

    await visitor
      .locator("input[type=file]")
      .setInputFiles({ name: "IMG_0042.jpg", mimeType: "image/jpeg", buffer: photo });
    await visitor.getByRole("button", { name: "Send", exact: true }).click();
    await desk.locator(".photo img").first().waitFor({ timeout: 30_000 });
    await desk.getByText(/^.*Photo .*, location removed/).waitFor(patient);

    await desk.getByRole("textbox", { name: "Answer" }).fill("It is the 1920 rim latch");
    await desk.getByRole("textbox", { name: "Answer" }).press("Enter");
    await visitor.getByText("It is the 1920 rim latch", { exact: true }).waitFor(patient);

    const messages = await store.find("messages");
    assert.deepEqual(
      messages
        .sort((a, b) => Number(a["seq"]) - Number(b["seq"]))
        .map((one): unknown[] => [one["seq"], one["text"]]),
      [
        [1, "The latch on my front door does not catch"],
        [2, ""],
        [3, "It is the 1920 rim latch"],
      ],
    );
  });

  it("the delivered photo is small, upright and says nothing of where it was taken", async () => {
    const address = await desk.locator(".photo img").first().getAttribute("src");
    const full = (address ?? "").replace("/preview/", "/full/");
    const preview = await desk.context().request.get(new URL(address ?? "", app.url).href);
    assert.equal(preview.status(), 200);
    const other = await desk.context().request.get(new URL(full, app.url).href);
    assert.deepEqual(
      ((await other.json()) as { code: string }).code,
      "LINK_INVALID",
      "a signature opens one image and nothing else",
    );
    const bytes = await preview.body();
    const shown = await sharp(bytes).metadata();
    const upright = await sharp(photo).autoOrient().toBuffer({ resolveWithObject: true });
    assert.ok(bytes.length < photo.length / 10, `${bytes.length} of ${photo.length} bytes`);
    assert.equal(Math.max(shown.width, shown.height), 480);
    assert.equal(shown.width > shown.height, upright.info.width > upright.info.height);
    for (const field of ["exif", "xmp", "iptc", "orientation", "comments"] as const)
      assert.equal(shown[field], undefined, field);
    const difference = await meanDifference(upright.data, bytes);
    assert.ok(difference < 12, `looks the same: mean difference ${difference.toFixed(1)} of 255`);
  });

  it("after a reload and a restart of the server nothing is missing, and the chat goes on", async () => {
    await app.restart();
    await store.close();
    store = await app.openStore();
    await visitor.reload();
    await openChatIfClosed(visitor);
    for (const text of ["The latch on my front door does not catch", "It is the 1920 rim latch"])
      await visitor.getByText(text, { exact: true }).waitFor(patient);
    await visitor.locator(".photo img").first().waitFor(patient);
    await write(visitor, "Do you have the part?");
    await desk.getByText("Do you have the part?", { exact: true }).last().waitFor(patient);
    assert.equal(await store.count("messages"), 4);
  });

  it("who grants page views is counted as one user with two views, and the operator sees the trail", async () => {
    const page = await newVisitor();
    await openChat(page);
    await write(page, "Is the 1890 hinge back?");
    await allow(page);
    await page.goto(shop("/goods/strap-hinge-1890"));
    await eventually(async () =>
      assert.equal((await pageViewsOf()).flatMap((visit) => visit.paths).length, 2),
    );
    const views = await pageViewsOf();
    assert.equal(new Set(views.map((visit) => visit.user)).size, 1);
    assert.deepEqual(views.flatMap((visit) => visit.paths).sort(), [
      "/",
      "/goods/strap-hinge-1890",
    ]);
    await openRow("Is the 1890 hinge back?");
    await desk.locator(".trail").getByText("Strap hinge, 1890").waitFor(patient);
  });

  it("who refuses is not counted; who sends GPC leaves nothing of browsing", async () => {
    const before = await pageViewsOf();
    const counters = await store.count("visit_stats");
    const refuser = await newVisitor();
    await openChat(refuser);
    await write(refuser, "I would rather not be counted");
    await refuser.getByRole("button", { name: "Refuse", exact: true }).click();
    await refuser.goto(shop("/delivery"));
    await refuser.getByRole("button", { name: "Chat with us" }).waitFor();

    const signaller = await newVisitor({ "Sec-GPC": "1" });
    await openChat(signaller);
    await write(signaller, "My browser says no");
    await signaller.goto(shop("/workshop"));
    await signaller.getByRole("button", { name: "Chat with us" }).waitFor();

    await openRow("I would rather not be counted");
    await desk.getByText("Not recorded: page views were refused.").waitFor(patient);
    assert.deepEqual(await pageViewsOf(), before);
    assert.equal(await store.count("visit_stats"), counters);
    const cookies = await signaller.context().cookies();
    assert.deepEqual(
      cookies.map((cookie) => cookie.name).filter((name) => name.includes("aid")),
      [],
    );
  });

  it("a rule changed in the dashboard decides the next page view, without a restart", async () => {
    const before = (await pageViewsOf()).flatMap((visit) => visit.paths).length;
    const page = await newVisitor();
    await openChat(page);
    await write(page, "Count me in");
    await allow(page);
    await page.goto(shop("/workshop"));
    await eventually(async () =>
      assert.equal((await pageViewsOf()).flatMap((visit) => visit.paths).length, before + 2),
    );

    await desk.getByRole("link", { name: "Settings" }).first().click();
    await desk.getByRole("link", { name: /rules/i }).first().click();
    await desk.getByLabel("Record page views of visitors who agreed").uncheck();
    await desk.getByRole("button", { name: "Save" }).click();
    await desk.getByText("Saved").first().waitFor(patient);

    const asked = page
      .waitForResponse((answer) => answer.url().includes("/p.gif"), { timeout: 3_000 })
      .catch(() => null);
    await page.goto(shop("/delivery"));
    await asked;
    assert.equal((await pageViewsOf()).flatMap((visit) => visit.paths).length, before + 2);
  });

  it("who subscribes and confirms gets the mailing; who unsubscribes is skipped by the next", async () => {
    const page = await newVisitor();
    await openChat(page);
    await page.getByRole("button", { name: "Menu" }).click();
    await page.getByRole("menuitem", { name: "News by e-mail" }).click();
    await page.getByRole("textbox", { name: "E-mail" }).fill("buyer@example.org");
    assert.equal(await page.getByLabel("Send me news by e-mail").isChecked(), false);
    await page.getByLabel("Send me news by e-mail").check();
    await page.getByRole("button", { name: "Subscribe" }).click();

    const question = await mail.waitFor(isFor("buyer@example.org"));
    await mailEverybody("Too early");
    await press(page, findLink(question, /\/confirm\//), "Confirm");
    await mailEverybody("The keepers are back");
    const news = await mail.waitFor(
      (one) => isFor("buyer@example.org")(one) && one.subject === "The keepers are back",
    );
    const optOut = findLink(news, /\/u\//);
    assert.match(news.text ?? "", /\/u\//, "the link stands in the text, too");

    await press(page, optOut, "Unsubscribe");
    assert.equal(await store.count("suppressions"), 1);
    const before = mail.received.length;
    await mailEverybody("You must not see this");
    const result = desk.locator("li").filter({ hasText: "You must not see this" });
    await result.getByText("0 sent, 1 refused: they stopped mail").waitFor(patient);
    const subjects = mail.received.slice(before).filter(isFor("buyer@example.org"));
    assert.deepEqual(subjects, []);
    assert.ok(
      !mail.received.some((one) => one.subject === "Too early" && isFor("buyer@example.org")(one)),
    );
  });

  async function mailEverybody(subject: string): Promise<void> {
    await desk.getByRole("link", { name: "Mailing" }).first().click();
    await desk.getByLabel("Subject").fill(subject);
    await desk.getByLabel("Text", { exact: true }).fill("News from 4 Mill Lane.");
    await desk.getByRole("button", { name: "Send to all confirmed" }).click();
    await desk.getByRole("button", { name: "Send it" }).click();
    await eventually(async () => {
      const [campaign] = await store.find("campaigns", { subject });
      assert.equal(campaign?.["state"], "done");
    });
  }

  /** A link of a mail, opened by a person: the page asks, one button acts. */
  async function press(page: Page, link: string, button: string): Promise<void> {
    await page.goto(link);
    await page.getByRole("button", { name: button }).click();
    await page.getByRole("button", { name: button }).waitFor({ state: "detached" });
  }
});

const isFor = (address: string) => (one: ReceivedMail) => one.recipients.includes(address);

function findLink(mail: ReceivedMail, pattern: RegExp): string {
  const links = [...(mail.html ?? "").matchAll(/href="([^"]+)"/g)].map((match) => match[1] ?? "");
  const link = links.find((one) => pattern.test(one));
  assert.ok(link !== undefined, `no link ${String(pattern)} in: ${links.join(" ")}`);
  return link.replaceAll("&amp;", "&");
}

/** After a reload the panel may stand open as it was. */
async function openChatIfClosed(page: Page): Promise<void> {
  const composer = page.getByRole("textbox", { name: "Write a message" });
  const button = page.getByRole("button", { name: "Chat with us" });
  await composer.or(button).first().waitFor();
  if (!(await composer.isVisible())) await button.click();
}

/** Mean absolute difference of two pictures at the smaller one's size, in steps of 255. */
async function meanDifference(original: Buffer, rendition: Buffer): Promise<number> {
  const { width, height } = await sharp(rendition).metadata();
  const raw = (image: Buffer) =>
    sharp(image)
      .resize(width, height, { fit: "fill" })
      .toColourspace("srgb")
      .removeAlpha()
      .raw()
      .toBuffer();
  const [one, other] = await Promise.all([raw(original), raw(rendition)]);
  let sum = 0;
  for (let at = 0; at < one.length; at++) sum += Math.abs((one[at] ?? 0) - (other[at] ?? 0));
  return sum / one.length;
}

async function takePhoto(): Promise<Buffer> {
  // Taken upside down, and says where.
  return existsSync(phonePhoto) ? readFile(phonePhoto) : makePhoto({ orientation: 6 });
}
