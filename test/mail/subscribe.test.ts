import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { paths } from "../../shared/paths.js";
import type { OutboxMail } from "../../shared/wire.js";
import { findLink, readHeader } from "../support/read-mail.js";
import { startMailing, waitUntil, type Mailing } from "./start-mailing.js";
import { callJson, signInAdmin } from "../support/sign-in.js";
import { startApp } from "../support/start-app.js";
import { receiveMail } from "../support/receive-mail.js";

describe("subscribing to news", () => {
  let mailing: Mailing;
  before(async () => {
    mailing = await startMailing({ TRUST_PROXY: "" });
  });
  after(() => mailing.stop());

  const rows = async (collection: string) => {
    const store = await mailing.app.openStore();
    const found = await store.find(collection);
    await store.close();
    return found;
  };

  it("JIVO-02: mails one link, which works once; before it nothing else is sent", async () => {
    assert.equal(await mailing.subscribe("Ann@Example.ORG"), 202);
    const mail = await mailing.waitForMail("ann@example.org", /^Confirm: news from Latch & Hinge$/);
    assert.doesNotMatch(mail.text ?? "", /password/i);
    const result = await mailing.send("Too early");
    assert.equal(result.sent, 0);

    const link = findLink(mail, "/confirm/");
    assert.match(await (await fetch(link)).text(), /Send news to a••••@example\.org\?/);
    assert.equal((await fetch(link, { method: "POST" })).status, 200);
    const again = await fetch(link, { method: "POST" });
    assert.equal(again.status, 404);
    assert.match(await again.text(), /no longer works/);
    assert.equal((await mailing.send("Now")).sent, 1);
  });

  it("XIM-02: keeps server time, sealed IP, hash of the words and the form's address as evidence", async () => {
    const before = Date.now();
    const words = "News by e-mail, about twice a month";
    await callJson(`${mailing.app.url}${paths.subscribe(mailing.site.key)}`, {
      method: "POST",
      headers: { origin: mailing.shopOrigin, "x-forwarded-for": "203.0.113.9" },
      body: {
        email: "evidence@example.org",
        language: "nb",
        url: `${mailing.shopOrigin}/shop?email=evidence@example.org`,
        text: words,
        at: 1,
        ip: "198.51.100.7",
      },
    });
    const subscriber = (await rows("subscribers")).find(
      ({ address }) => address === "evidence@example.org",
    );
    const evidence = (await rows("consents")).find(
      ({ subjectH }) => subjectH === subscriber?.["addressH"],
    );
    assert.ok(evidence);
    assert.ok(Number(evidence["at"]) >= before && Number(evidence["at"]) <= Date.now());
    assert.equal(evidence["textHash"], createHash("sha256").update(words).digest("hex"));
    assert.equal(evidence["formUrl"], `${mailing.shopOrigin}/shop`);
    assert.equal(evidence["method"], "form");
    assert.doesNotMatch(
      JSON.stringify(evidence),
      /203\.0\.113|198\.51\.100|127\.0\.0\.1"|evidence@/,
    );
    assert.ok(String(evidence["ipEnc"]).length > 20);
  });

  it("answers a known, a new and an unknown address alike, and refuses what is none", async () => {
    await mailing.confirmed("known@example.org");
    const mailed = () => mailing.sentTo("known@example.org", /^Confirm: /).length;
    assert.equal(mailed(), 1);
    assert.equal(await mailing.subscribe("known@example.org"), 202);
    await waitUntil(
      () => Promise.resolve(mailed()),
      (count) => count === 2,
    );
    const known = (await rows("subscribers")).find((row) => row["address"] === "known@example.org");
    assert.deepEqual([known?.["state"], known?.["expireAt"]], ["confirmed", null]);
    for (const email of ["nobody", "a@b", "a b@example.org", "@example.org", ""])
      assert.ok((await mailing.subscribe(email)) >= 400, email);
    for (const email of [{ $gt: "" }, ["x@example.org"], 7])
      assert.equal(await mailing.subscribe("x", { email }), 400);
    const stored = (await rows("subscribers")).map(({ address }) => address as string);
    assert.ok(!stored.some((address) => /nobody|a@b$|a b@/.test(address)));
  });

  it("limits how often one address is mailed, however it is written", async () => {
    const tries = [];
    for (const email of ["often@example.org", "OFTEN@example.org", " often@example.org."])
      tries.push(await mailing.subscribe(email), await mailing.subscribe(email));
    assert.deepEqual(tries, [202, 202, 202, 202, 429, 429]);
  });

  it("obeys the site's switch for marketing from the next decision on", async () => {
    await mailing.confirmed("switch@example.org");
    await mailing.admin.patch(paths.site(mailing.site.id), {
      rules: { mail: { marketing: false } },
    });
    const refused = await mailing.admin.post(paths.campaigns(mailing.site.id), {
      subject: "Off",
      text: "x",
    });
    assert.equal(refused.status, 422);
    assert.equal(await mailing.subscribe("other@example.org"), 422);
    await mailing.admin.patch(paths.site(mailing.site.id), {
      rules: { mail: { marketing: true } },
    });
    await mailing.send("On");
    assert.equal(mailing.sentTo("switch@example.org", /On/).length, 1);
  });

  it("sends the operator's test to the operator alone", async () => {
    const sent = await mailing.admin.post(paths.campaignTest(mailing.site.id), {
      subject: "Try",
      text: "Hello",
    });
    assert.deepEqual(sent.body, { sent: true });
    const mail = await mailing.waitForMail(mailing.admin.operator.email, /^Test: Try$/);
    assert.ok(findLink(mail, "/u/"));
    assert.equal(mailing.smtp.received.filter(({ subject }) => subject === "Test: Try").length, 1);
  });

  it("refuses a mailing of the wrong form", async () => {
    for (const draft of [
      {},
      { subject: "", text: "x" },
      { subject: "x", text: { $gt: "" } },
      { subject: "x".repeat(201), text: "x" },
    ]) {
      const refused = await mailing.admin.post<{ code: string }>(
        paths.campaigns(mailing.site.id),
        draft,
      );
      assert.equal(refused.body.code, "BAD_REQUEST");
    }
    const nobody = await callJson<{ code: string }>(
      `${mailing.app.url}${paths.campaigns(mailing.site.id)}`,
      {
        method: "POST",
        headers: { origin: mailing.app.url },
        body: { subject: "x", text: "x" },
      },
    );
    assert.equal(nobody.body.code, "NOT_SIGNED_IN");
  });

  it("keeps mail in an outbox, marked as not sent, while no mail server is set", async () => {
    const app = await startApp();
    try {
      const admin = await signInAdmin(app);
      const subscribed = await callJson(`${app.url}${paths.subscribe(app.demoKey)}`, {
        method: "POST",
        headers: { origin: app.demoUrl ?? "" },
        body: { email: "wait@example.org" },
      });
      assert.equal(subscribed.status, 202);
      const outbox = () => admin.get<OutboxMail[]>(paths.outbox("demo-shop-000000000000"));
      const [mail] = (await waitUntil(outbox, ({ body }) => body.length > 0)).body;
      assert.equal(mail?.to, "wait@example.org");
      assert.equal(mail.kind, "transactional");
      assert.match(mail.text, /\/confirm\/[\w-]{43}/);
      const store = await app.openStore();
      const [row] = await waitUntil(
        () => store.find("mail_log"),
        (found) => found.length > 0,
      );
      await store.close();
      assert.equal(row?.["reason"], "not_sent");
    } finally {
      await app.stop();
    }
  });

  it("sends what waited once a mail server is set, and leaves mailings where they are", async () => {
    const smtp = await receiveMail();
    const app = await startApp();
    try {
      const admin = await signInAdmin(app);
      const outbox = () => admin.get<OutboxMail[]>(paths.outbox("demo-shop-000000000000"));
      await callJson(`${app.url}${paths.subscribe(app.demoKey)}`, {
        method: "POST",
        headers: { origin: app.demoUrl ?? "" },
        body: { email: "late@example.org" },
      });
      const [mail] = (await waitUntil(outbox, ({ body }) => body.length > 0)).body;
      const confirm = /\/confirm\/[\w-]{43}/.exec(mail?.text ?? "")?.[0] ?? "";
      assert.equal((await fetch(`${app.url}${confirm}`, { method: "POST" })).status, 200);
      await admin.post(paths.campaigns("demo-shop-000000000000"), { subject: "S", text: "T" });
      await waitUntil(outbox, ({ body }) => body.length === 2);

      await app.restart({ SMTP_URL: smtp.url });
      const arrived = await smtp.waitFor(() => true);
      assert.deepEqual(arrived.recipients, ["late@example.org"]);
      const left = (await waitUntil(outbox, ({ body }) => body.length === 1)).body;
      assert.equal(left[0]?.kind, "marketing");
      assert.equal(smtp.received.length, 1);
    } finally {
      await app.stop();
      await smtp.stop();
    }
  });

  it("RFC 8058: where PUBLIC_URL is https the mail offers one click", async () => {
    const smtp = await receiveMail();
    const app = await startApp({ env: { SMTP_URL: smtp.url, PUBLIC_URL: "https://chat.example" } });
    const local = `http://127.0.0.1:${app.config.port}`;
    try {
      const headers = { origin: app.demoUrl ?? "" };
      await callJson(`${local}${paths.subscribe(app.demoKey)}`, {
        method: "POST",
        headers,
        body: { email: "click@example.org" },
      });
      const confirm = new URL(findLink(await smtp.waitFor(() => true), "/confirm/"));
      assert.equal(confirm.origin, "https://chat.example");
      await fetch(`${local}${confirm.pathname}`, { method: "POST" });
      const token = (await app.setupLink())?.split("#/setup/")[1];
      const origin = "https://chat.example";
      const made = await callJson(`${local}${paths.setup}`, {
        method: "POST",
        headers: { origin },
        body: { email: "ada@example.org", name: "Ada", password: "a lamp over the door", token },
      });
      const setCookie = made.headers.getSetCookie()[0] ?? "";
      assert.match(
        setCookie,
        /^__Host-porchlight_session=[\w-]+; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
      );
      const cookie = setCookie.split(";")[0] ?? "";
      const post = (path: string, body: unknown) =>
        callJson(`${local}${path}`, { method: "POST", headers: { origin, cookie }, body });
      await post(paths.confidentiality, { accepted: true });
      await post(paths.campaigns("demo-shop-000000000000"), { subject: "Click", text: "x" });
      const mail = await smtp.waitFor(({ subject }) => subject === "Click");
      assert.match(
        readHeader(mail, "list-unsubscribe") ?? "",
        /^<https:\/\/chat\.example\/u\/[\w.-]+>$/,
      );
      assert.equal(readHeader(mail, "list-unsubscribe-post"), "List-Unsubscribe=One-Click");
    } finally {
      await app.stop();
      await smtp.stop();
    }
  });
});
