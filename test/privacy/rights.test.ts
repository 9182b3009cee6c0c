import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { paths } from "../../shared/paths.js";
import type { AuditRow, ChainRow, Page, RequestRow } from "../../shared/privacy.js";
import type { SiteSettings } from "../../shared/wire.js";
import { openPhotoDesk, type PhotoDesk } from "../attachments/open-photo-desk.js";
import type { PhotoVisitor } from "../attachments/photo-visitor.js";
import { makePhoto } from "../support/make-photo.js";
import {
  followSession,
  getTicket,
  openPrivacyPage,
  spendTicket,
} from "../support/open-privacy-page.js";
import { readZip } from "../support/read-zip.js";
import type { StoreReader } from "../support/read-store.js";

describe("the privacy page", () => {
  let desk: PhotoDesk;
  let store: StoreReader;
  let photo: Buffer;
  before(async () => {
    photo = await makePhoto({ width: 640, height: 480 });
    desk = await openPhotoDesk({
      movedClock: true,
      env: { RATE_PRIVACY_ADDRESS: "1000/60", RATE_PRIVACY_VISITOR: "1000/60" },
    });
    store = await desk.app.openStore();
    const controller = {
      name: "Latch & Hinge Ltd",
      postalAddress: "1 High Street, Exeter",
      email: "privacy@shop.example",
    };
    const changed = await desk.admin.patch<SiteSettings>(paths.site(desk.siteId), { controller });
    assert.equal(changed.status, 200);
  });
  after(async () => {
    await store.close();
    await desk.stop();
  });

  const view = (name: string) => paths.privacyView(desk.siteId, name);
  const audits = async () => (await desk.admin.get<Page<AuditRow>>(view("audit"))).body.rows;
  /** A visitor who wrote with a photo. */
  async function writer(): Promise<PhotoVisitor> {
    const visitor = desk.visitor();
    const upload = await visitor.upload(photo);
    assert.equal(upload.status, 201, JSON.stringify(upload.body));
    assert.equal((await visitor.send([upload.body.id])).ok, true);
    return visitor;
  }
  const messagesOf = (visitor: PhotoVisitor) =>
    store.count("messages", { conversation: visitor.conversationId });

  it("opens by a ticket that works once and for 60 seconds, with a cookie of its own (JPEGR-07)", async () => {
    const visitor = await writer();
    const answer = await getTicket(desk.app, visitor.token);
    assert.equal(answer.status, 200);
    const { ticket } = (await answer.json()) as { ticket: string };
    const opened = await spendTicket(desk.app, ticket);
    const page = followSession(desk.app, opened);
    assert.match(page.setCookie, /HttpOnly/i);
    assert.match(page.setCookie, /SameSite=Lax/i);
    assert.match(page.setCookie, /Max-Age=900/i);
    assert.equal((await spendTicket(desk.app, ticket)).status, 410);

    const late = (await (await getTicket(desk.app, visitor.token)).json()) as { ticket: string };
    desk.app.clock?.move(60_001);
    assert.equal((await spendTicket(desk.app, late.ticket)).status, 410);
    desk.app.clock?.move(15 * 60_000);
    const closed = await fetch(`${desk.app.url}${paths.privacy}`, {
      headers: { cookie: page.cookie },
    });
    assert.equal((await closed.text()).includes("Download my data"), false);
  });

  it("says who the controller is, what is kept, for how long, who gets it and where to complain (JPEGR-07)", async () => {
    const html = await (await openPrivacyPage(desk.app, (await writer()).token)).html();
    for (const words of [
      "Latch &amp; Hinge Ltd",
      "1 High Street, Exeter",
      "privacy@shop.example",
      "365 days",
      "Nobody",
      "data protection authority",
    ])
      assert.ok(html.includes(words), words);
    assert.equal(/<script|<style|style=/.test(html), false, "it works without scripts");
  });

  it("has nothing for a stranger, and refuses forms of other pages", async () => {
    assert.equal((await getTicket(desk.app, desk.visitor().token)).status, 404);
    const visitor = await writer();
    const page = await openPrivacyPage(desk.app, visitor.token);
    const forged = await page.forge("erase", { scope: "all", sure: "1" });
    assert.equal(forged.status, 403);
    assert.equal(await messagesOf(visitor), 1);
  });

  it("exports everything of the person and nothing of anybody else, and audits it (hard test 11)", async () => {
    const visitor = await writer();
    const other = await writer();
    const page = await openPrivacyPage(desk.app, visitor.token);
    const answer = await page.send("export");
    assert.equal(answer.headers.get("content-type"), "application/zip");
    const files = readZip(Buffer.from(await answer.arrayBuffer()));
    const data = String(files.get("data.json"));
    assert.ok(data.includes(visitor.conversationId));
    assert.equal(data.includes(other.conversationId), false);
    const packed = [...files.keys()].find((name) => name.startsWith("attachments/"));
    assert.ok(packed, "the photo is in it");
    const manifest = JSON.parse(String(files.get("manifest.json"))) as {
      files: { name: string; bytes: number; sha256: string }[];
    };
    for (const { name, bytes, sha256 } of manifest.files) {
      const file = files.get(name);
      assert.ok(file, name);
      assert.deepEqual(
        [bytes, sha256],
        [file.length, createHash("sha256").update(file).digest("hex")],
      );
    }
    assert.equal(manifest.files.length, files.size - 1);
    assert.equal((await audits())[0]?.act, "export");
  });

  it("corrects a field, and the audit names the field but no value (JPEGR-09)", async () => {
    const visitor = await writer();
    const page = await openPrivacyPage(desk.app, visitor.token);
    await page.send("correct", { name: "Wrong Name", email: "" });
    await page.send("correct", { name: "Right Name", email: "" });
    assert.ok((await page.html()).includes("Right Name"));
    const everything = JSON.stringify(await store.dump());
    assert.equal(everything.includes("Wrong Name"), false, "the old value is nowhere");
    const row = (await audits()).find((one) => one.act === "correct");
    assert.deepEqual(row?.details, { fields: ["name"] });
  });

  it("erases a part and leaves the rest (JPEGR-08)", async () => {
    const visitor = await writer();
    const page = await openPrivacyPage(desk.app, visitor.token);
    assert.equal((await page.send("erase", { scope: "images" })).status, 400, "asks to be sure");
    assert.equal((await page.send("erase", { scope: "images", sure: "1" })).status, 303);
    assert.equal(await messagesOf(visitor), 1);
    assert.equal(await store.count("attachments", { conversation: visitor.conversationId }), 0);
    assert.equal((await page.send("erase", { scope: "chat", sure: "1" })).status, 303);
    assert.equal(await messagesOf(visitor), 0);
    assert.equal((await visitor.send([])).ok, false, "an erased conversation is not begun anew");
  });

  it("erases everything: texts, photos, details, token; what stays is hashes, and chains verify (hard test 12)", async () => {
    const visitor = await writer();
    const upload = await visitor.upload(photo);
    const url = upload.body.renditions[0]?.url ?? "";
    assert.equal((await desk.fetchImage(url)).status, 200);
    const page = await openPrivacyPage(desk.app, visitor.token);
    await page.send("correct", { name: "Erika Mustermann", email: "erika@example.org" });
    const done = await page.send("erase", { scope: "all", sure: "1" });
    assert.match(await done.text(), /Erased/);
    assert.equal(await messagesOf(visitor), 0);
    assert.equal((await desk.fetchImage(url)).status, 410);
    assert.equal((await getTicket(desk.app, visitor.token)).status, 401, "the token is dead");
    const everything = JSON.stringify(await store.dump());
    assert.equal(/Erika|erika@/.test(everything), false);
    assert.equal(/Erika|erika@/.test(desk.app.logLines().join("")), false);
    const chains = (await desk.admin.get<ChainRow[]>(view("chains"))).body;
    assert.deepEqual(
      chains.filter((chain) => !chain.ok),
      [],
    );
    const ledger = (await store.find("erasure_ledger")).map((record) => String(record["act"]));
    assert.deepEqual(ledger, ["erase.images", "erase.chat", "erase.all"]);
  });

  it("erases what is newer than its own moment: nodes' clocks differ, and somebody may be writing", async () => {
    desk.app.clock?.move(3_600_000);
    const visitor = await writer();
    desk.app.clock?.move(-3_600_000);
    const page = await openPrivacyPage(desk.app, visitor.token);
    assert.equal((await page.send("erase", { scope: "all", sure: "1" })).status, 200);
    assert.equal(await messagesOf(visitor), 0);
  });

  it("takes a request for a person to handle, due in 30 days, with reminders, then overdue (JIVO-08)", async () => {
    const page = await openPrivacyPage(desk.app, (await writer()).token);
    await page.send("ask", { type: "object", note: "Do not use my photos, <b>ever</b>" });
    const list = async () => (await desk.admin.get<RequestRow[]>(view("requests"))).body;
    const [request] = await list();
    assert.ok(request);
    assert.equal(request.dueAt - request.receivedAt, 30 * 86_400_000);
    assert.deepEqual([request.overdue, request.verified, request.state], [false, true, "open"]);
    const handled = await desk.admin.post<RequestRow>(`${view("requests")}/${request.id}`, {
      state: "done",
      note: "Removed.",
    });
    assert.deepEqual(
      handled.body.steps.map(({ act }) => act),
      ["received", "done"],
    );
  });

  it("opens a mailed link only when its button is pressed: 50 fetches change nothing (hard test 2)", async () => {
    const token = "A".repeat(43);
    // What the server does on its own meanwhile: photos of earlier tests may still be rendered again,
    // and it says every few seconds that it lives (`row_debtors`).
    const ofTheServer = /^(attachments|blobs|row_debt)/;
    const dump = async () =>
      Object.entries(await store.dump()).filter(([name]) => !ofTheServer.test(name));
    const before = await dump();
    for (let n = 0; n < 50; n += 1) {
      const page = await fetch(`${desk.app.url}${paths.privacy}/open/${token}`, {
        method: n % 2 === 0 ? "GET" : "HEAD",
      });
      assert.equal(page.status, 200);
    }
    assert.deepEqual(await dump(), before);
    const spent = await fetch(`${desk.app.url}${paths.privacy}/open/${token}`, { method: "POST" });
    assert.equal(spent.status, 410, "a link that was never mailed opens nothing");
  });

  it("lets nobody without a session read the audit or the requests (JIVO-11)", async () => {
    for (const name of ["audit", "requests", "consents", "chains", "disclosures", "recipients"])
      assert.equal((await fetch(`${desk.app.url}${view(name)}`)).status, 401, name);
  });
});
