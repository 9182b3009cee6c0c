import assert from "node:assert/strict";
import { paths } from "../../shared/paths.js";
import type { OutboxMail, SiteSettings } from "../../shared/wire.js";
import { visitShop } from "../browser/write-as-visitor.js";
import { eventually } from "../support/eventually.js";
import { followSession, spendTicket } from "../support/open-privacy-page.js";
import { callJson, signInAdmin, type OperatorApi } from "../support/sign-in.js";
import { startApp, type TestApp } from "../support/start-app.js";

describe("the language of pages and mails", () => {
  let app: TestApp;
  let admin: OperatorApi;
  let siteId: string;
  before(async () => {
    app = await startApp();
    admin = await signInAdmin(app);
    siteId = (await admin.get<SiteSettings[]>(paths.sites)).body[0]?.id ?? "";
    const controller = { name: "Shop", postalAddress: "1 High Street", email: "us@shop.example" };
    await admin.patch(paths.site(siteId), { news: true, controller });
  });
  after(() => app.stop());

  const read = async (path: string, headers: Record<string, string> = {}) =>
    (await fetch(`${app.url}${path}`, { headers })).text();
  const mails = async () => (await admin.get<OutboxMail[]>(paths.outbox(siteId))).body;

  it("is what the panel spoke on the page of somebody's rights, whatever the browser reads", async () => {
    const visitor = visitShop(app);
    await visitor.write("مرحبا");
    const answer = await callJson<{ ticket: string }>(
      `${app.url}${paths.privacyTicket(app.demoKey)}`,
      {
        method: "POST",
        headers: { origin: app.demoUrl ?? "", authorization: `Bearer ${visitor.token}` },
        body: { language: "ar" },
      },
    );
    const page = followSession(app, await spendTicket(app, answer.body.ticket));
    const html = await page.html();
    assert.match(html, /<html lang="ar" dir="rtl">/);
    assert.match(html, /بياناتك لدى/);
    assert.equal(/What is kept|Erase/.test(html), false, "nothing is left in English");
    const erased = await page.send("erase", { scope: "all", sure: "1" });
    assert.match(await erased.text(), /مُحي/);
    visitor.leave();
  });

  it("is the browser's where nobody said another, and the site's where the browser's is not known", async () => {
    const german = { "accept-language": "de-AT,de;q=0.9" };
    assert.match(await read(paths.privacy, german), /<h1>Ihre Daten<\/h1>/);
    const policy = paths.policy(app.demoKey);
    assert.match(await read(policy, german), /lang="de" dir="ltr"[\s\S]*Wir speichern/);
    assert.match(await read(`${policy}?language=es`, german), /Guardamos lo que nos escribe/);
    await admin.patch(paths.site(siteId), { language: "fr" });
    assert.match(await read(policy, { "accept-language": "xx" }), /Nous gardons/);
    await admin.patch(paths.site(siteId), { language: "en" });
    assert.match(await read("/u/broken", german), /Dieser Link ist nicht vollständig/);
  });

  it("is the subscriber's in the mail, on its pages, and in notices of what will change", async () => {
    const subscribed = await callJson(`${app.url}${paths.subscribe(app.demoKey)}`, {
      method: "POST",
      headers: { origin: app.demoUrl ?? "" },
      body: { email: "eva@example.org", language: "de", url: "", text: "News" },
    });
    assert.equal(subscribed.status, 202);
    let link = "";
    await eventually(async () => {
      const [mail] = await mails();
      assert.match(mail?.subject ?? "", /^Bitte bestätigen: Neuigkeiten von/);
      link = /\/confirm\/[\w-]+/.exec(mail?.text ?? "")?.[0] ?? "";
      assert.notEqual(link, "");
    });
    const french = { "accept-language": "fr" };
    assert.match(await read(link, french), /Neuigkeiten an .* senden\?/);
    const confirmed = await fetch(`${app.url}${link}`, { method: "POST", headers: french });
    assert.match(await confirmed.text(), /Bestätigt/);

    const to = { to: "Käufer AG" };
    await admin.post(paths.privacyView(siteId, "transfer"), to);
    await eventually(async () => {
      const notice = (await mails()).find(({ subject }) => subject.includes("geht an Käufer AG"));
      assert.ok(notice, "JMINI-11: known addresses are told");
      assert.equal(notice.kind, "service");
    });
    const told = await read(`${paths.policy(app.demoKey)}?language=de`);
    assert.match(told, /das Unternehmen an Käufer AG übergehen/, "JMINI-11: and so is everybody");
  });
});
