import assert from "node:assert/strict";
import { paths } from "../../shared/paths.js";
import type { SiteSettings } from "../../shared/wire.js";
import { followSession } from "../support/open-privacy-page.js";
import { findLink, readHeader } from "../support/read-mail.js";
import { startMailing, type Mailing } from "./start-mailing.js";

describe("opt-out of mailings", () => {
  let mailing: Mailing;
  before(async () => {
    mailing = await startMailing();
  });
  after(() => mailing.stop());

  const optOutLink = async (email: string) => {
    await mailing.confirmed(email);
    const subject = `Hinges for ${email.replaceAll(/\W/g, "")}`;
    await mailing.send(subject);
    return findLink(await mailing.waitForMail(email, new RegExp(subject)), "/u/");
  };

  it("hard test 1: 50 reads change nothing and spend nothing; one cookieless post stops the mail at once", async () => {
    const link = await optOutLink("scanned@example.org");
    for (let count = 0; count < 25; count++) {
      const shown = await fetch(link);
      assert.equal(shown.status, 200);
      const head = await fetch(link, { method: "HEAD" });
      assert.equal(head.status, 200);
    }
    await mailing.send("Still wanted");
    assert.equal(mailing.sentTo("scanned@example.org", /Still wanted/).length, 1);

    const done = await fetch(link, { method: "POST", redirect: "manual" });
    assert.equal(done.status, 200);
    assert.equal(done.headers.get("set-cookie"), null);
    const result = await mailing.send("After the stop");
    assert.equal(mailing.sentTo("scanned@example.org", /After the stop/).length, 0);
    assert.ok(result.refused.some(({ reason, count }) => reason === "suppressed" && count >= 1));
  });

  it("takes the post urlencoded, as multipart, as JSON, or without a body, any number of times", async () => {
    const link = await optOutLink("forms@example.org");
    const oneClick = "List-Unsubscribe=One-Click";
    const multipart = new FormData();
    multipart.set("List-Unsubscribe", "One-Click");
    const bodies: RequestInit[] = [
      { headers: { "content-type": "application/x-www-form-urlencoded" }, body: oneClick },
      { body: multipart },
      { headers: { "content-type": "application/json" }, body: "{" },
      { headers: { "content-type": "strange/thing; x" }, body: oneClick },
      {},
      { headers: { origin: "https://mail.example", cookie: "porchlight_session=x" } },
    ];
    for (const init of bodies) {
      const answer = await fetch(link, { method: "POST", redirect: "manual", ...init });
      assert.equal(answer.status, 200, JSON.stringify(init));
    }
    const store = await mailing.app.openStore();
    const audits = await store.find("audit", { act: "suppression.add" });
    await store.close();
    const targets = audits.map(({ targetH }) => targetH as string);
    assert.equal(new Set(targets).size, targets.length, "each address was suppressed once");
  });

  it("shows one button, no address in full, no login, no script, no cookie, nothing from elsewhere", async () => {
    const link = await optOutLink("bea@example.org");
    const page = await fetch(link);
    const html = await page.text();
    assert.equal((html.match(/<button/g) ?? []).length, 1);
    assert.match(html, /Stop our news to b••••@example\.org\?/);
    assert.doesNotMatch(html, /bea@example|<script|<img|<input|<iframe|style="/);
    assert.match(html, /Latch &amp; Hinge, 4 Mill Lane/);
    for (const [, address] of html.matchAll(/(?:href|src|action)="([^"]+)"/g))
      assert.match(address ?? "", /^\//, "only its own server");
    assert.equal(page.headers.get("set-cookie"), null);
    assert.match(page.headers.get("content-security-policy") ?? "", /default-src 'none'/);
    assert.match(page.headers.get("cache-control") ?? "", /no-store/);
    const style = /href="(\/page\/[^"]+)"/.exec(html)?.[1] ?? "";
    assert.match(await (await fetch(`${mailing.app.url}${style}`)).text(), /--accent: #2457d6/);
    assert.match(await (await fetch(`${mailing.app.url}/page.css`)).text(), /--ground/);
  });

  it("refuses a link that was changed, and changes nothing", async () => {
    const link = await optOutLink("whole@example.org");
    const [payload = "", signature = ""] = new URL(link).pathname.slice(3).split(".");
    const other = Buffer.from(payload, "base64url").toString().replace("whole", "other");
    for (const token of [
      `${payload}.${signature.slice(0, -2)}AA`,
      `${Buffer.from(`${other} `).toString("base64url")}.${signature}`,
      payload,
      "x",
      `${payload}.${signature}.${signature}`,
    ]) {
      for (const method of ["GET", "POST"]) {
        const answer = await fetch(`${mailing.app.url}/u/${token}`, { method });
        assert.equal(answer.status, 404, token);
        assert.match(await answer.text(), /not whole/);
      }
    }
    await mailing.send("Untouched");
    assert.equal(mailing.sentTo("whole@example.org", /Untouched/).length, 1);
  });

  it("JMINI-05: stops marketing alone; a confirmation still arrives, and only confirming it ends the opt-out", async () => {
    const link = await optOutLink("again@example.org");
    await fetch(link, { method: "POST" });
    assert.equal(await mailing.subscribe("again@example.org"), 202);
    const confirm = findLink(
      await mailing.smtp.waitFor(
        (mail) =>
          mail.recipients.includes("again@example.org") &&
          /Confirm/.test(mail.subject ?? "") &&
          mailing.sentTo("again@example.org", /Confirm/).length === 2 &&
          mailing.sentTo("again@example.org", /Confirm/)[1] === mail,
      ),
      "/confirm/",
    );
    await mailing.send("Not yet");
    assert.equal(mailing.sentTo("again@example.org", /Not yet/).length, 0);
    for (let count = 0; count < 5; count++) assert.equal((await fetch(confirm)).status, 200);
    await mailing.send("Still not");
    assert.equal(mailing.sentTo("again@example.org", /Still not/).length, 0);
    assert.equal((await fetch(confirm, { method: "POST" })).status, 200);
    await mailing.send("Welcome back");
    assert.equal(mailing.sentTo("again@example.org", /Welcome back/).length, 1);
  });

  it("hard test 3: an erased person's old link still works, and the suppression outlives the erasure", async () => {
    const email = "gone@example.org";
    const link = await optOutLink(email);
    const { app, site } = mailing;
    await fetch(`${app.url}${paths.privacy}/link`, {
      method: "POST",
      body: new URLSearchParams({ site: site.key, email }),
    });
    const open = findLink(await mailing.waitForMail(email, /^Your data/), "/privacy/me/open/");
    const opened = await fetch(open, { method: "POST", redirect: "manual" });
    const page = followSession(app, opened);
    const erased = await page.send("erase", { scope: "mail", sure: "1" });
    assert.equal(erased.headers.get("location"), `${paths.privacy}?done=erase`);

    const store = await app.openStore();
    assert.doesNotMatch(JSON.stringify(await store.dump()), /gone@example\.org/);
    const before = await store.count("suppressions");
    assert.match(await (await fetch(link)).text(), /Stop our news to g••••@example\.org\?/);
    assert.equal((await fetch(link, { method: "POST" })).status, 200);
    assert.equal(await store.count("suppressions"), before + 1);
    // The hash alone is left, and it is the one that a new sign-up of the address meets.
    assert.equal(await mailing.subscribe(email), 202);
    const [again] = await store.find("subscribers", { address: email });
    assert.equal(await store.count("suppressions", { addressH: again?.["addressH"] as string }), 1);
    await store.close();
    await mailing.send("After the erasure");
    assert.equal(mailing.sentTo(email, /After the erasure/).length, 0);
  });

  it("hard test 4: holds for every way of writing the address", async () => {
    await mailing.confirmed("bücher@bücher.example");
    const mail = await (async () => {
      await mailing.send("Variants");
      return mailing.smtp.waitFor(
        (one) => /Variants/.test(one.subject ?? "") && /cher@/.test(one.recipients.join()),
      );
    })();
    await fetch(findLink(mail, "/u/"), { method: "POST" });
    for (const variant of [
      "BÜCHER@bücher.example",
      "bücher@xn--bcher-kva.example",
      " bücher@BÜCHER.EXAMPLE. ",
    ])
      assert.equal(await mailing.subscribe(variant), 202);
    const result = await mailing.send("Variants again");
    assert.ok(result.refused.some(({ reason }) => reason === "suppressed"));
    assert.equal(
      mailing.smtp.received.filter(
        (one) => /Variants again/.test(one.subject ?? "") && /cher@/.test(one.recipients.join()),
      ).length,
      0,
    );
  });

  it("JMINI-04: both parts of the mail end with the link; the headers are RFC 2369's, without one-click over http", async () => {
    await mailing.confirmed("reader@example.org");
    await mailing.send("Headers");
    const mail = await mailing.waitForMail("reader@example.org", /Headers/);
    const link = findLink(mail, "/u/");
    assert.match(
      (mail.text ?? "").trim(),
      new RegExp(`Stop these mails: ${link.replaceAll(".", "\\.")}$`),
    );
    assert.match(
      mail.html ?? "",
      new RegExp(`<a href="${link.replaceAll(".", "\\.")}">Stop these mails</a></p>\\s*</div>`),
    );
    assert.equal(readHeader(mail, "list-unsubscribe"), `<${link}>`);
    assert.equal(readHeader(mail, "list-unsubscribe-post"), null);
    assert.match(readHeader(mail, "list-id") ?? "", /^<news\.[\w-]+\.localhost>$/);
    assert.match(
      mail.html ?? "",
      /<a href="https:\/\/shop\.example\/hinges">https:\/\/shop\.example\/hinges<\/a>\./,
    );
    assert.doesNotMatch(mail.html ?? "", /<img/, "JIVO-04: no pixel");
    assert.match(mail.text ?? "", /asked for news at 127\.0\.0\.1:\d+ and confirmed/);
  });

  it("is site by site: another site's mail still arrives", async () => {
    const link = await optOutLink("both@example.org");
    await fetch(link, { method: "POST" });
    const other = await mailing.admin.post<SiteSettings>(paths.sites, { name: "Other" });
    const origin = "https://other.example";
    await mailing.admin.patch(paths.site(other.body.id), { origins: [origin], news: true });
    const answer = await fetch(`${mailing.app.url}${paths.subscribe(other.body.key)}`, {
      method: "POST",
      headers: { origin, "content-type": "application/json" },
      body: JSON.stringify({ email: "both@example.org" }),
    });
    assert.equal(answer.status, 202);
    const confirm = findLink(
      await mailing.waitForMail("both@example.org", /Confirm: news from Other/),
      "/confirm/",
    );
    await fetch(confirm, { method: "POST" });
    await mailing.admin.post(paths.campaigns(other.body.id), {
      subject: "From the other",
      text: "Hello",
    });
    await mailing.waitForMail("both@example.org", /From the other/);
  });
});
