import assert from "node:assert/strict";
import { randomFillSync } from "node:crypto";
import { io } from "socket.io-client";
import { makeId, makeToken } from "../../shared/ids.js";
import { paths } from "../../shared/paths.js";
import { PROTOCOL_VERSION, SOCKET_PATH, VISITOR_NAMESPACE } from "../../shared/protocol.js";
import type { SiteSettings } from "../../shared/wire.js";
import { findLink } from "../support/read-mail.js";
import { receiveMail, type MailReceiver } from "../support/receive-mail.js";
import { makePhoto } from "../support/make-photo.js";
import { adminForm, callJson, signInAdmin } from "../support/sign-in.js";
import { startApp, type TestApp } from "../support/start-app.js";

const fill = (bytes: Uint8Array<ArrayBuffer>) => randomFillSync(bytes);

describe("the log", () => {
  let app: TestApp;
  let smtp: MailReceiver;
  before(async () => {
    smtp = await receiveMail();
    app = await startApp({
      env: { SMTP_URL: smtp.url, TRUST_PROXY: "loopback", MAIL_RETRY_SECONDS: "0" },
    });
  });
  after(async () => {
    await app.stop();
    await smtp.stop();
  });

  it("holds no address, query, token, cookie, mail address, name or text of the whole story", async () => {
    const client = "203.0.113.77";
    const origin = app.demoUrl ?? "";
    const visitor = { origin, "x-forwarded-for": client };
    const token = makeToken(fill);
    const conversationId = makeId(fill);
    const admin = await signInAdmin(app);
    const [site] = (await admin.get<SiteSettings[]>(paths.sites)).body;
    assert.ok(site);
    const secrets = new Map<string, string>([
      ["the visitor's address", client],
      ["a token", token],
      ["the session's cookie", admin.cookie.split("=")[1] ?? ""],
      ["the operator's mail address", adminForm.email],
      ["the password", adminForm.password],
    ]);

    // Browsing, with everything that must not stay.
    await fetch(`${app.url}${paths.pixel}?u=${encodeURIComponent("/p?email=query@example.org")}`, {
      headers: visitor,
    });
    await fetch(`${app.url}${paths.loader(site.key)}?utm_source=secretsource`, {
      headers: visitor,
    });
    secrets.set("a query", "secretsource").set("a query's address", "query@example.org");

    // A chat with a photo.
    const socket = io(`${app.url}${VISITOR_NAMESPACE}`, {
      path: SOCKET_PATH,
      query: { site: site.key, v: String(PROTOCOL_VERSION) },
      auth: { token },
      transports: ["websocket"],
      extraHeaders: visitor,
      reconnection: false,
    });
    const ask = async (event: string, payload: unknown): Promise<unknown> =>
      socket.timeout(5000).emitWithAck(event, payload);
    const text = "my boiler whistles like a kettle";
    const sent = await ask("message:send", {
      conversationId,
      clientId: makeId(fill),
      text,
      attachmentIds: [],
    });
    assert.equal(JSON.stringify(sent).includes('"ok":true'), true, JSON.stringify(sent));
    await ask("profile:save", { name: "Wilhelmina Quist", email: "wilhelmina@example.org" });
    await ask("message:send", {
      conversationId,
      clientId: makeId(fill),
      text: { $where: "tripwire text" },
      attachmentIds: [],
    });
    secrets.set("a message", "boiler").set("a refused message", "tripwire");
    secrets.set("a visitor's name", "Wilhelmina").set("a visitor's mail address", "wilhelmina@");
    const photo = await makePhoto({ width: 320, height: 200 });
    const upload = await fetch(
      `${app.url}${paths.attachments(site.key)}?conversationId=${conversationId}&clientId=${makeId(fill)}&altText=secretalt`,
      {
        method: "POST",
        headers: {
          ...visitor,
          authorization: `Bearer ${token}`,
          "content-type": "application/octet-stream",
        },
        body: new Uint8Array(photo),
      },
    );
    assert.equal(upload.status, 201);
    const attachment = (await upload.json()) as { renditions: { url: string }[] };
    const photoUrl = attachment.renditions[0]?.url ?? "";
    assert.equal((await fetch(photoUrl)).status, 200);
    secrets
      .set("a photo's words", "secretalt")
      .set("a signed address", photoUrl.split("/").at(-1) ?? "");
    socket.close();

    // News, to the end; one mailbox is refused by the mail server.
    smtp.refuse = (to) =>
      to.startsWith("bounced@") ? { code: 550, text: `No such user ${to} here` } : null;
    for (const email of ["reader@example.org", "bounced@example.org"])
      await callJson(`${app.url}${paths.subscribe(site.key)}`, {
        method: "POST",
        headers: visitor,
        body: { email },
      });
    const confirm = findLink(
      await smtp.waitFor(({ recipients }) => recipients.includes("reader@example.org")),
      "/confirm/",
    );
    await fetch(confirm, { method: "POST", headers: { "x-forwarded-for": client } });
    await admin.post(paths.campaigns(site.id), {
      subject: "Kettle news",
      text: "Nothing but kettles",
    });
    const optOut = findLink(await smtp.waitFor(({ subject }) => subject === "Kettle news"), "/u/");
    await fetch(`${optOut}?from=mail`, { method: "POST" });
    await fetch(`${app.url}/u/broken.token-that-nobody-should-see`, { method: "POST" });
    secrets.set("a confirmation token", confirm.split("/").at(-1) ?? "");
    secrets.set("an opt-out token", optOut.split("/").at(-1) ?? "");
    secrets.set("a broken token", "nobody-should-see").set("a mailing", "ettle");
    secrets.set("a reader", "reader@").set("a bounced reader", "bounced@");

    // Refusals.
    await callJson(`${app.url}${paths.signIn}?email=${adminForm.email}`, {
      method: "POST",
      headers: { origin: app.url },
      body: { email: "burglar@example.org", password: "open sesame now" },
    });
    await fetch(`${app.url}/nowhere/mail@example.org?x=1`);
    secrets
      .set("a failed sign-in", "burglar@")
      .set("its password", "sesame")
      .set("a path's address", "mail@example.org");

    const log = app.logLines().join("");
    assert.ok(log.includes('"path":"/u/:token"') && log.includes('"path":"/confirm/:token"'));
    assert.ok(log.includes("203.0.113.0/24"), "the network is enough");
    assert.ok(!log.includes("p.gif"), "the pixel writes no line");
    for (const [what, secret] of secrets) {
      assert.ok(secret.length > 3, what);
      assert.ok(!log.includes(secret), `${what} stands in the log: ${secret}`);
      assert.ok(!log.includes(encodeURIComponent(secret)), `${what} stands in the log, encoded`);
    }
  });
});
