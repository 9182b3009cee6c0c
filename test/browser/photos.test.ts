import assert from "node:assert/strict";
import type { Browser, BrowserContext, Page } from "playwright-core";
import sharp from "sharp";
import { sharedFiles } from "../attachments/render-photo.js";
import { eventually } from "../support/eventually.js";
import { makePhoto, makePixels } from "../support/make-photo.js";
import { openBrowser } from "../support/open-browser.js";
import type { StoreReader } from "../support/read-store.js";
import { signInAdmin, type OperatorApi } from "../support/sign-in.js";
import { startApp, type TestApp } from "../support/start-app.js";
import { requireTool } from "../support/tools.js";
import { openDashboard } from "./open-dashboard.js";
import { openShadowRoots } from "./open-shadow-roots.js";
import { visitShop, type VisitorAtShop } from "./write-as-visitor.js";

const patient = { timeout: 30_000 };
const uploads = "**/attachments?*";

interface Side {
  page: Page;
  /** Where text is written, files are pasted and dropped. */
  field: ReturnType<Page["getByRole"]>;
  context: BrowserContext;
}

interface NamedFile {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

describe("photos in a real browser", function () {
  this.timeout(90_000);
  let app: TestApp;
  let browser: Browser;
  let store: StoreReader;
  let admin: OperatorApi;
  let small: Buffer;
  let large: Buffer;
  const open: { context: BrowserContext; visitor?: VisitorAtShop }[] = [];

  before(async function () {
    requireTool(this, "chromium");
    app = await startApp();
    store = await app.openStore();
    admin = await signInAdmin(app);
    browser = await openBrowser();
    small = await makePhoto({ width: 900, height: 600, location: false });
    const { data, width, height } = await makePixels(5000, 3750);
    large = await sharp(data, { raw: { width, height, channels: 3 } })
      .withMetadata({ orientation: 6 })
      .jpeg({ quality: 99 })
      .toBuffer();
    assert.ok(large.length > 6 * 1024 * 1024, "large enough to be scaled before it travels");
  });
  afterEach(async () => {
    for (const { context, visitor } of open.splice(0)) {
      visitor?.leave();
      await context.close();
    }
  });
  after(async () => {
    await browser.close();
    await store.close();
    await app.stop();
  });

  async function openWidget(): Promise<Side> {
    const context = await browser.newContext({ viewport: { width: 1000, height: 700 } });
    open.push({ context });
    await context.addInitScript(openShadowRoots);
    const page = await context.newPage();
    await page.goto(app.demoUrl ?? "");
    await page.getByRole("button", { name: /^Chat with us/ }).click();
    const field = page.getByRole("textbox", { name: "Write a message" });
    await field.waitFor(patient);
    return { page, field, context };
  }

  async function openConversation(): Promise<Side> {
    const visitor = visitShop(app);
    await visitor.write("Show me");
    const hash = `#/inbox/${visitor.conversationId}`;
    const { page, context } = await openDashboard(browser, app, admin, { hash });
    open.push({ context, visitor });
    const field = page.getByRole("textbox", { name: "Answer" });
    await field.waitFor(patient);
    return { page, field, context };
  }

  const jpeg = (name: string, buffer: Buffer): NamedFile => ({
    ...{ name, buffer },
    mimeType: "image/jpeg",
  });
  const pick = ({ page }: Side, ...files: NamedFile[]): Promise<void> =>
    page.locator("input[type=file]").setInputFiles(files);
  const send = ({ page }: Side): Promise<void> =>
    page.getByRole("button", { name: "Send", exact: true }).click();

  /** What came in of a file, once it is stored. */
  async function received(file: string, { page }: Side): Promise<number[]> {
    try {
      return await eventually(async () => {
        const [row] = await store.find("optimisations", { name: file });
        assert.ok(row, `${file} is not stored`);
        return [row["width"], row["height"], row["bytesIn"]].map(Number);
      }, 40_000);
    } catch (error) {
      const said = (await page.locator("body").innerText()).slice(-500);
      throw new Error(`${file} is not stored; the page says: ${said}`, { cause: error });
    }
  }

  /** What an operating system puts on the clipboard or under the pointer. */
  const put = ({ field }: Side, kind: "paste" | "drop", file: Buffer) =>
    field.evaluate(
      (element, { bytes, kind }) => {
        const transfer = new DataTransfer();
        const data = Uint8Array.from(atob(bytes), (sign) => sign.charCodeAt(0));
        transfer.items.add(new File([data], `${kind}.jpg`, { type: "image/jpeg" }));
        const options = { bubbles: true, cancelable: true, composed: true };
        element.dispatchEvent(
          kind === "paste"
            ? new ClipboardEvent("paste", { ...options, clipboardData: transfer })
            : new DragEvent("drop", { ...options, dataTransfer: transfer }),
        );
      },
      { bytes: file.toString("base64"), kind },
    );

  const sides: [string, () => Promise<Side>][] = [
    ["the widget", openWidget],
    ["the dashboard", openConversation],
  ];
  for (const [name, openSide] of sides) {
    describe(`of ${name}`, () => {
      it("a large one is scaled before it travels, upright", async () => {
        const side = await openSide();
        const file = `scaled by ${name}.jpg`;
        await pick(side, jpeg(file, large));
        if (name === "the widget") await send(side);
        const [width, height, bytes = 0] = await received(file, side);
        assert.deepEqual([width, height], [3072, 4096]);
        assert.ok(bytes < 0.8 * large.length, `${bytes} of ${large.length}`);
      });

      it("the file itself travels where the browser's canvas stays blank", async () => {
        const side = await openSide();
        await side.page.evaluate(() => {
          CanvasRenderingContext2D.prototype.drawImage = () => undefined;
        });
        const file = `left alone by ${name}.jpg`;
        await pick(side, jpeg(file, large));
        if (name === "the widget") await send(side);
        assert.deepEqual(await received(file, side), [3750, 5000, large.length]);
      });

      it("a HEIC that the browser cannot read is left to the server", async function () {
        const [heic] = sharedFiles("formats").filter((file) => file.name.endsWith("single.heic"));
        if (!heic) {
          process.stdout.write("    skipped: no ../shared/data/formats\n");
          return this.skip();
        }
        const side = await openSide();
        const file = `taken by ${name}.heic`;
        await pick(side, { name: file, mimeType: "image/heic", buffer: heic.bytes });
        if (name === "the widget") {
          await side.page.getByLabel(`Describe the photo: ${file}`).waitFor(patient);
          await send(side);
        }
        assert.deepEqual(await received(file, side), [1440, 960, heic.bytes.length]);
      });

      it("several go in one message, each with its words", async () => {
        const side = await openSide();
        await pick(side, jpeg("front.jpg", small), jpeg("back.jpg", large));
        const word = name === "the widget" ? "Describe the photo: " : "Describe ";
        const [front, rear] = [`The front of ${name}`, `The back of ${name}`];
        await side.page.getByLabel(`${word}front.jpg`).fill(front);
        const last = side.page.getByLabel(`${word}back.jpg`);
        await last.fill(rear);
        // In the dashboard photos go up while words are written: Enter says them, and sends.
        if (name === "the widget") await send(side);
        else await last.press("Enter");
        const messages = await eventually(async () => {
          const found = await Promise.all(
            [front, rear].map((altText) => store.find("attachments", { altText })),
          );
          const named = found.flat().map((record) => String(record["message"] ?? ""));
          assert.ok(named.length === 2 && !named.includes(""), named.join(" "));
          return named;
        }, 40_000);
        assert.equal(new Set(messages).size, 1, "in one message");
        for (const words of [front, rear])
          await side.page
            .locator(`[aria-label*="${words}"], [alt="${words}"]`)
            .first()
            .waitFor(patient);
      });

      it("pasted and dropped ones are taken", async () => {
        const side = await openSide();
        await put(side, "paste", small);
        await side.page
          .getByLabel(/paste\.jpg$/)
          .first()
          .waitFor(patient);
        await put(side, "drop", small);
        await side.page
          .getByLabel(/drop\.jpg$/)
          .first()
          .waitFor(patient);
      });

      it("one that fails says why and is sent when tried again; one that is taken out is not sent", async () => {
        const side = await openSide();
        const { page } = side;
        const refusal = { code: "CONSENT_REFUSED", message: "Not now." };
        await page.route(uploads, (route) => route.fulfill({ status: 403, json: refusal }));
        const [door, window] = [`door of ${name}.jpg`, `window of ${name}.jpg`];
        await pick(side, jpeg(door, small));
        if (name === "the widget") await send(side);
        await page.getByRole("alert").filter({ hasText: /\S/ }).first().waitFor(patient);
        await page.unroute(uploads);
        assert.equal(await store.count("optimisations", { name: door }), 0);
        await page.getByRole("button", { name: /^Try .*again$/ }).click();
        await received(door, side);
        // Held on its way, then cancelled.
        await page.route(uploads, () => new Promise(() => undefined));
        await pick(side, jpeg(window, small));
        if (name === "the widget") {
          await send(side);
          await page.getByRole("button", { name: "Cancel the photo" }).click();
        } else await page.getByRole("button", { name: `Remove ${window}` }).click();
        await page.getByText(window).waitFor({ state: "detached" });
        await page.unroute(uploads);
        await side.field.fill(`never mind ${name}`);
        await side.field.press("Enter");
        await eventually(async () =>
          assert.ok((await store.count("messages", { text: `never mind ${name}` })) > 0),
        );
        assert.equal(await store.count("optimisations", { name: window }), 0);
      });
    });
  }
});
