import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { BrowserContextOptions, Page } from "playwright-core";
import { openShadowRoots } from "../browser/open-shadow-roots.js";
import { openBrowser } from "./open-browser.js";
import { startApp } from "./start-app.js";

/**
 * Takes the pictures of README from the running product: `npm run pictures -- [FOLDER]`.
 * The default folder is docs/pictures.
 */
const folder = process.argv[2] ?? fileURLToPath(new URL("../../../docs/pictures", import.meta.url));
await mkdir(folder, { recursive: true });
const app = await startApp({ env: { LOG_LEVEL: "error" } });
const browser = await openBrowser();

async function open(address: string, options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext({ locale: "en-GB", ...options });
  await context.addInitScript(openShadowRoots);
  const page = await context.newPage();
  await page.goto(address);
  return page;
}

async function write(page: Page, text: string): Promise<void> {
  await page.getByRole("textbox", { name: "Write a message" }).fill(text);
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.getByText("Sent").last().waitFor();
}

async function answer(page: Page, text: string): Promise<void> {
  const box = page.getByRole("textbox", { name: "Answer" });
  await box.fill(text);
  await box.press("Enter");
  await page.getByText(text, { exact: true }).waitFor();
}

const shop = (path: string) => new URL(path, app.demoUrl ?? "").href;
const picture = (page: Page, name: string) => page.screenshot({ path: `${folder}/${name}.png` });
const wide = { viewport: { width: 1280, height: 800 } };
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

try {
  const desk = await open((await app.setupLink()) ?? "", wide);
  await desk.getByLabel("Your name").fill("Ada");
  await desk.getByLabel("E-mail").fill("ada@latch.example");
  await desk.getByLabel("Password", { exact: true }).fill("a lamp over the door");
  await desk.getByRole("button", { name: "Create the account" }).click();
  await desk.getByRole("button", { name: "I agree to keep it confidential" }).click();
  await desk.getByRole("heading", { name: "Inbox" }).waitFor();

  const other = await open(shop("/delivery"), wide);
  await other.getByRole("button", { name: "Chat with us" }).click();
  await write(other, "Do you ship to Norway?");

  // The shop's drawing at a phone's size stands for a photo.
  const drawing = await open(shop("/pictures/rim-latch-1920.svg"), {
    viewport: { width: 2400, height: 1800 },
  });
  const door = await drawing.screenshot({ type: "jpeg", quality: 95 });

  const visitor = await open(shop("/goods/rim-latch-1920"), wide);
  await visitor.getByRole("button", { name: "Chat with us" }).click();
  await write(visitor, "The latch on my front door does not catch any more.");
  await visitor.locator("input[type=file]").setInputFiles({
    name: "door.jpg",
    mimeType: "image/jpeg",
    buffer: door,
  });
  await visitor.getByRole("button", { name: "Send", exact: true }).click();
  await desk.getByRole("link").filter({ hasText: "Photo" }).click();
  await desk.locator(".photo img.is-shown").waitFor();
  await answer(desk, "Thank you, that helps. It is the 1920 rim latch; the keeper has worn down.");
  await answer(desk, "We have the part: 14 euros, here tomorrow.");
  await visitor.getByText("We have the part: 14 euros, here tomorrow.", { exact: true }).waitFor();
  const allow = visitor.getByRole("button", { name: "Allow", exact: true });
  await allow.click();
  await allow.waitFor({ state: "detached" });
  await picture(visitor, "widget");
  await visitor.goto(shop("/goods/keeper-1920"));
  await desk.locator(".trail").getByText("Keeper").waitFor();
  await desk.getByText("Shown because page views were allowed", { exact: false }).waitFor();
  await picture(desk, "dashboard");

  await desk.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
  await picture(desk, "dashboard-dark");
  const small = await open(shop("/"), phone);
  await small.getByRole("button", { name: "Chat with us" }).click();
  await write(small, "Is the 1890 hinge back in stock?");
  await picture(small, "widget-phone");
} finally {
  await browser.close();
  await app.stop();
}
