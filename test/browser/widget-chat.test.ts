import assert from "node:assert/strict";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { io, type Socket } from "socket.io-client";
import type { OperatorEvents, OperatorNews } from "../../shared/events.js";
import { paths } from "../../shared/paths.js";
import { OPERATOR_NAMESPACE, SOCKET_PATH } from "../../shared/protocol.js";
import type { SiteSettings } from "../../shared/wire.js";
import { eventually } from "../support/eventually.js";
import { makePhoto } from "../support/make-photo.js";
import { openBrowser } from "../support/open-browser.js";
import type { StoreReader } from "../support/read-store.js";
import { signInAdmin } from "../support/sign-in.js";
import { startApp, type TestApp } from "../support/start-app.js";
import { requireTool } from "../support/tools.js";
import { openShadowRoots } from "./open-shadow-roots.js";

const patient = { timeout: 15_000 };

describe("chatting in the widget", function () {
  this.timeout(60_000);
  let app: TestApp;
  let browser: Browser;
  let store: StoreReader;
  let context: BrowserContext;
  let page: Page;
  let operator: Socket<OperatorNews, OperatorEvents>;
  let photo: Buffer;

  before(async function () {
    requireTool(this, "chromium");
    app = await startApp();
    store = await app.openStore();
    browser = await openBrowser({ keepsPages: true });
    photo = await makePhoto({ width: 1500, height: 2000, orientation: 6 });
    const admin = await signInAdmin(app);
    const [site] = (await admin.get<SiteSettings[]>(paths.sites)).body;
    assert.ok(site);
    operator = io(app.url + OPERATOR_NAMESPACE, {
      path: SOCKET_PATH,
      transports: ["websocket"],
      extraHeaders: { cookie: admin.cookie, origin: app.url },
    });
    const inbox = await operator.emitWithAck("inbox:list", {
      ...{ siteId: site.id, state: "open", before: null },
    });
    assert.ok(inbox.ok);
  });
  after(async () => {
    operator.disconnect();
    await browser.close();
    await store.close();
    await app.stop();
  });
  beforeEach(async () => {
    context = await browser.newContext({ viewport: { width: 1000, height: 700 } });
    await context.addInitScript(openShadowRoots);
    page = await context.newPage();
    await page.goto(app.demoUrl ?? "");
    await openChat(page);
  });
  afterEach(() => context.close());

  const composer = (of = page) => of.getByRole("textbox", { name: "Write a message" });
  const shown = (text: string, of = page) => of.getByText(text, { exact: true });
  async function openChat(of: Page): Promise<void> {
    await of.getByRole("button", { name: /^Chat with us/ }).click();
    await composer(of).waitFor(patient);
  }
  async function write(text: string, of = page): Promise<void> {
    await composer(of).fill(text);
    await composer(of).press("Enter");
  }
  /** Grants `preferences`: from then on the browser may keep what waits. */
  async function allowRemembering(): Promise<void> {
    await page.getByRole("button", { name: "Choose" }).click();
    await page.getByLabel("Remember this chat").check(patient);
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("button", { name: "Save" }).waitFor({ state: "detached", ...patient });
  }
  const databases = (of = page) => of.evaluate(async () => (await indexedDB.databases()).length);
  const isSent = () =>
    page
      .getByText(/\. (Sent|Read)$/)
      .last()
      .waitFor(patient);
  const conversationOf = async (text: string) => {
    const [message] = await store.find("messages", { text });
    return String(message?.["conversationId"] ?? message?.["conversation"]);
  };
  async function answer(conversationId: string, text: string): Promise<void> {
    const clientId = Buffer.from(text.padEnd(16, ".").slice(0, 16)).toString("base64url");
    const reply = await operator.emitWithAck("message:send", {
      ...{ conversationId, clientId, text, attachmentIds: [] },
    });
    assert.ok(reply.ok, JSON.stringify(reply));
  }

  it("shows what the operator writes and reads, and that somebody is here, in words", async () => {
    await page.getByText("Here now").waitFor(patient);
    await write("one");
    await isSent();
    const conversationId = await conversationOf("one");
    await operator.emitWithAck("conversation:read", { conversationId, seq: 1 });
    await page.getByText(/\. Read$/).waitFor(patient);
    await answer(conversationId, "an answer");
    await shown("an answer").waitFor(patient);
    await page.getByText(/^Ada, /).waitFor();
  });

  it("counts answers at the button while it is closed, on the next page too", async () => {
    await write("two");
    await isSent();
    const conversationId = await conversationOf("two");
    await page.goto(new URL("/delivery", app.demoUrl ?? "").href);
    await answer(conversationId, "while you look around");
    await page.getByRole("button", { name: "Chat with us, 1 unread message" }).waitFor(patient);
    await openChat(page);
    await shown("while you look around").waitFor(patient);
    await eventually(async () => {
      const [conversation] = await store.find("conversations", { _id: conversationId });
      assert.equal(conversation?.["readByVisitor"], 2);
    });
  });

  it("keeps what is written without a connection, says so, and sends it once when it is back", async () => {
    await write("three");
    await isSent();
    await context.setOffline(true);
    await write("written in a tunnel");
    await page.getByText("Your text is kept and sent when it is back").waitFor(patient);
    await context.setOffline(false);
    await page.getByText("Your text is kept").waitFor({ state: "detached", ...patient });
    await isSent();
    assert.equal(await store.count("messages", { text: "written in a tunnel" }), 1);
  });

  it("comes back from the back-forward cache with what was said meanwhile, and goes on", async () => {
    await write("back in a minute");
    await isSent();
    const conversationId = await conversationOf("back in a minute");
    await page.evaluate(() => Object.assign(window, { left: true }));
    await page.goto(new URL("/delivery", app.demoUrl ?? "").href);
    assert.equal(await page.evaluate(() => "left" in window), false);
    await answer(conversationId, "said meanwhile");
    // No "load" follows a restoration.
    await page.goBack({ waitUntil: "commit" });
    await shown("said meanwhile").waitFor(patient);
    assert.equal(await page.evaluate(() => "left" in window), true, "it is the page that was left");
    await write("here I am");
    await isSent();
    await answer(conversationId, "said live");
    await shown("said live").waitFor(patient);
  });

  it("with preferences the outbox outlives the page; delivered, its storage is gone", async () => {
    await allowRemembering();
    await write("four");
    await isSent();
    await page.route(`${app.url}/**`, (route) => route.abort());
    await context.setOffline(true);
    await write("typed before the crash");
    await page.getByText("Sending").waitFor();
    await eventually(async () => assert.equal(await databases(), 1));
    await page.unroute(`${app.url}/**`);
    await context.setOffline(false);
    await page.goto(new URL("/delivery", app.demoUrl ?? "").href);
    await eventually(async () => {
      assert.equal(await store.count("messages", { text: "typed before the crash" }), 1);
      assert.equal(await databases(), 0);
    });
  });

  it("what waits in one tab outlives what another one sends", async () => {
    await allowRemembering();
    const other = await context.newPage();
    await other.goto(app.demoUrl ?? "");
    await openChat(other);
    const network = await context.newCDPSession(page);
    await network.send("Network.enable");
    await network.send("Network.emulateNetworkConditions", {
      ...{ offline: true, latency: 0, downloadThroughput: -1, uploadThroughput: -1 },
    });
    await write("waits in the first tab");
    await page.getByText("Sending").waitFor(patient);
    await eventually(async () => assert.equal(await databases(), 1));
    await write("sent from the second tab", other);
    await other
      .getByText(/\. (Sent|Read)$/)
      .first()
      .waitFor({ state: "attached", ...patient });
    await page.close();
    assert.equal(await store.count("messages", { text: "waits in the first tab" }), 0);
    await other.goto(new URL("/delivery", app.demoUrl ?? "").href);
    await eventually(async () => {
      assert.equal(await store.count("messages", { text: "waits in the first tab" }), 1);
      assert.equal(await databases(other), 0);
    });
  });

  it("two tabs of one visitor show the same and speak in one conversation", async () => {
    const other = await context.newPage();
    await other.goto(app.demoUrl ?? "");
    await openChat(other);
    await write("from the first tab");
    await shown("from the first tab", other).waitFor(patient);
    await write("from the second tab", other);
    await shown("from the second tab").waitFor(patient);
    assert.equal(
      await conversationOf("from the first tab"),
      await conversationOf("from the second tab"),
    );
  });

  it("sends photos with a description, reserves their room before a byte arrives, and opens them large", async () => {
    await page.locator("input[type=file]").setInputFiles([
      { name: "door.jpg", mimeType: "image/jpeg", buffer: photo },
      { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("no photo") },
    ]);
    await page.getByText("notes.txt is not a photo").waitFor(patient);
    await page.getByLabel("Describe the photo: door.jpg").fill("The door from the garden");
    await page.getByRole("button", { name: "Send", exact: true }).click();
    const shownPhoto = page.getByRole("button", { name: "Open photo: The door from the garden" });
    await shownPhoto.locator("img.there").waitFor({ timeout: 30_000 });
    const box = await shownPhoto.boundingBox();
    assert.deepEqual([box?.width, box?.height], [240, 320], "upright, at its own shape");
    await shownPhoto.click();
    const viewer = page.getByRole("dialog", { name: "The door from the garden" });
    await viewer.waitFor(patient);
    const scale = () => viewer.locator("img").evaluate((image) => image.style.transform);
    await page.keyboard.press("+");
    assert.match(await scale(), /scale\(1\.5\)/);
    await page.keyboard.press("Escape");
    await viewer.waitFor({ state: "detached" });
    await eventually(async () =>
      assert.equal(await shownPhoto.evaluate((button) => button.matches(":focus")), true),
    );
    await composer().waitFor();
  });

  it("cancels a photo on its way: nothing is sent and the next message goes", async () => {
    await page.route("**/attachments?*", () => new Promise(() => {}));
    await page
      .locator("input[type=file]")
      .setInputFiles({ name: "a.jpg", mimeType: "image/jpeg", buffer: photo });
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await page.getByText(/^Sending photo, /).waitFor(patient);
    await page.getByRole("button", { name: "Cancel the photo" }).click();
    await write("never mind");
    await isSent();
    assert.equal(await page.locator(".photo").count(), 0);
  });

  it("says why a photo was not sent, keeps it, and sends it when tried again", async () => {
    const refusal = { code: "CONSENT_REFUSED", message: "Not now." };
    await page.route("**/attachments?*", (route) => route.fulfill({ status: 403, json: refusal }));
    await page
      .locator("input[type=file]")
      .setInputFiles({ name: "a.jpg", mimeType: "image/jpeg", buffer: photo });
    await page.getByRole("button", { name: "Send", exact: true }).click();
    const failed = page.getByRole("alert");
    await failed.waitFor(patient);
    await page.unroute("**/attachments?*");
    await page.getByRole("button", { name: "Try again" }).click();
    await page.locator("button.photo").waitFor({ timeout: 30_000 });
  });

  it("names a photo that can never be sent and sends the rest without it; an empty file is not taken", async () => {
    const bad = { name: "report.png", mimeType: "image/png", buffer: Buffer.from("no image") };
    await page
      .locator("input[type=file]")
      .setInputFiles([bad, { ...bad, name: "empty.jpg", buffer: Buffer.alloc(0) }]);
    await page.getByText("empty.jpg is an empty file.").waitFor(patient);
    await composer().fill("see the report");
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await page.getByText("report.png:").waitFor(patient);
    assert.equal(await page.getByRole("button", { name: "Try again" }).count(), 0);
    await page.getByRole("button", { name: "Send without it" }).click();
    await isSent();
    assert.equal(await store.count("messages", { text: "see the report" }), 1);
  });

  it("says for how long this site keeps originals", async () => {
    const title = () => page.getByRole("button", { name: "Attach a photo" }).getAttribute("title");
    await eventually(async () => assert.match((await title()) ?? "", /deleted after 2 hours/));
  });

  it("keeps the focus where a control goes away: the first box after Choose, the composer after an answer", async () => {
    const focused = (name: string) =>
      page.getByLabel(name).evaluate((one) => one.matches(":focus"));
    await page.getByRole("button", { name: "Choose" }).press("Enter");
    await eventually(async () => assert.equal(await focused("Remember this chat"), true));
    await page.getByRole("button", { name: "Back" }).press("Enter");
    await page.getByRole("button", { name: "Refuse" }).press("Enter");
    await page.getByRole("button", { name: "Refuse" }).waitFor({ state: "detached" });
    await eventually(async () => assert.equal(await focused("Write a message"), true));
    await page.route("**/attachments?*", () => new Promise(() => {}));
    await page
      .locator("input[type=file]")
      .setInputFiles({ name: "a.jpg", mimeType: "image/jpeg", buffer: photo });
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await page.getByRole("button", { name: "Cancel the photo" }).press("Enter", patient);
    await eventually(async () => assert.equal(await focused("Write a message"), true));
  });

  it("the composer stays in the panel whatever the question says, on short windows too", async () => {
    await page.getByRole("button", { name: "Choose" }).click();
    await page.getByLabel("Remember this chat").waitFor(patient);
    for (const [width, height] of [
      [1280, 520],
      [1280, 425],
      [844, 390],
      [1280, 800],
    ] as const) {
      await page.setViewportSize({ width, height });
      await eventually(async () => {
        const frame = await page.locator(".panel").boundingBox();
        const form = await page.locator(".composer").boundingBox();
        const log = await page.locator(".scroll").boundingBox();
        assert.ok(frame && form && log);
        assert.ok(form.y + form.height <= frame.y + frame.height + 0.5, `${width}x${height}`);
        assert.ok(log.height >= 48, `${width}x${height}: a log of ${log.height} px`);
      });
    }
  });

  it("writes signs of the text, such as a bare heart, on the bubble's own ground", async () => {
    await write("❤ ©");
    await write("❤️");
    await isSent();
    const colours = (text: string) =>
      page
        .locator(".bubble", { hasText: text })
        .last()
        .evaluate((bubble) => {
          const { color, backgroundColor } = getComputedStyle(bubble);
          return [color, backgroundColor];
        });
    const [sign, ground] = await colours("❤ ©");
    assert.notEqual(sign, ground);
    const [emoji, none] = await colours("❤️");
    assert.equal(none, "rgba(0, 0, 0, 0)");
    assert.notEqual(emoji, sign, "white is only for the accent's ground");
  });

  it("takes a photo by paste and by drop", async () => {
    const put = (kind: "paste" | "drop") =>
      composer().evaluate(
        (field, { bytes, kind }) => {
          const transfer = new DataTransfer();
          const data = Uint8Array.from(atob(bytes), (sign) => sign.charCodeAt(0));
          transfer.items.add(new File([data], `${kind}.jpg`, { type: "image/jpeg" }));
          const options = { bubbles: true, cancelable: true, composed: true };
          field.dispatchEvent(
            kind === "paste"
              ? new ClipboardEvent("paste", { ...options, clipboardData: transfer })
              : new DragEvent("drop", { ...options, dataTransfer: transfer }),
          );
        },
        { bytes: photo.toString("base64"), kind },
      );
    await put("paste");
    await page.getByLabel("Describe the photo: paste.jpg").waitFor(patient);
    await put("drop");
    await page.getByLabel("Describe the photo: drop.jpg").waitFor(patient);
    await page.getByRole("button", { name: "Remove photo: paste.jpg" }).click();
    assert.equal(await page.getByLabel("Describe the photo: paste.jpg").count(), 0);
  });

  it("keeps markup as text and makes links that open elsewhere", async () => {
    await write("<img src=x onerror=alert(1)> https://example.org/a_(b).");
    await isSent();
    const link = page.getByRole("link", { name: "https://example.org/a_(b)" });
    assert.equal(await link.getAttribute("target"), "_blank");
    assert.match((await link.getAttribute("rel")) ?? "", /noopener/);
    await page.getByText("<img src=x onerror=alert(1)>").waitFor();
  });

  it("nothing overflows at 320 px with long words, and the room fits a phone held sideways", async () => {
    await page.setViewportSize({ width: 320, height: 560 });
    await write("Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverordnung".repeat(3));
    await isSent();
    for (const size of [
      { width: 320, height: 560 },
      { width: 700, height: 330 },
    ]) {
      await page.setViewportSize(size);
      const wide = await page.locator(".panel *").evaluateAll(
        (all) =>
          all.filter((one) => {
            const { left, right } = one.getBoundingClientRect();
            return one.clientWidth > 1 && (left < -1 || right > innerWidth + 1);
          }).length,
      );
      assert.equal(wide, 0, `${size.width} px`);
      assert.equal(await composer().isVisible(), true);
    }
  });

  it("is told to screen readers: the answer once, the conversation by name, every control by its own", async () => {
    await write("five");
    await isSent();
    await answer(await conversationOf("five"), "read aloud");
    await page.locator("[aria-live=polite]", { hasText: "Ada wrote: read aloud" }).waitFor(patient);
    await page.getByRole("log", { name: "Conversation" }).waitFor();
    const nameless = await page
      .getByRole("dialog")
      .locator("button, input:not([hidden]), textarea")
      .evaluateAll(
        (all) =>
          all.filter(
            (one) =>
              !one.getAttribute("aria-label") && !one.textContent.trim() && !one.closest("label"),
          ).length,
      );
    assert.equal(nameless, 0);
  });
});
