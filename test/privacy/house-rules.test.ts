import assert from "node:assert/strict";
import { paths } from "../../shared/paths.js";
import type { ConsentRow, Page, TelemetryReport, VisitReport } from "../../shared/privacy.js";
import type { SiteSettings } from "../../shared/wire.js";
import { readConfig } from "../../server/config.js";
import { visitShop } from "../browser/write-as-visitor.js";
import { eventually } from "../support/eventually.js";
import { openPrivacyPage } from "../support/open-privacy-page.js";
import { adminForm, callJson, signIn, signInAdmin, type OperatorApi } from "../support/sign-in.js";
import { startApp, type TestApp } from "../support/start-app.js";

describe("house rules", () => {
  let app: TestApp;
  let admin: OperatorApi;
  let site: SiteSettings;
  before(async () => {
    app = await startApp();
    admin = await signInAdmin(app);
    const [first] = (await admin.get<SiteSettings[]>(paths.sites)).body;
    assert.ok(first);
    site = first;
  });
  after(() => app.stop());
  const view = (name: string) => paths.privacyView(site.id, name);

  it("keep no password in any cookie, and a token is dead after logout (JMINI-02)", async () => {
    const session = await signIn(app);
    assert.equal(session.cookie.includes(encodeURIComponent(adminForm.password)), false);
    assert.equal(session.cookie.includes(adminForm.email), false);
    assert.equal((await session.get(paths.me)).status, 200);
    assert.equal((await session.post(paths.signOut, {})).status, 204);
    assert.equal((await session.get(paths.me)).status, 401);
    const store = await app.openStore();
    const everything = JSON.stringify(await store.dump());
    await store.close();
    assert.equal(everything.includes(adminForm.password), false);
    assert.equal(
      everything.includes(session.cookie.split("=")[1] ?? "-"),
      false,
      "stored as a hash",
    );
  });

  it("know no ground for publishing what people wrote, and let nobody but an admin hand it out (XIM-04)", async () => {
    const draft = { conversationId: "x", reason: "We would like to show it", fields: ["messages"] };
    const publication = await admin.post(view("disclosures"), { ...draft, basis: "publication" });
    assert.equal(publication.status, 400);
    const anonymous = await callJson(`${app.url}${view("disclosures")}`, {
      method: "POST",
      headers: { origin: "https://elsewhere.example", cookie: admin.cookie },
      body: { ...draft, basis: "order" },
    });
    assert.equal(anonymous.status, 403);
  });

  it("take declared fields only, each optional (JMINI-09)", async () => {
    const visitor = visitShop(app);
    await visitor.write("I say nothing of myself");
    const page = await openPrivacyPage(app, visitor.token);
    const more = await page.send("correct", { name: "", email: "", gender: "x", password: "y" });
    assert.equal(more.status, 422);
    assert.equal((await page.send("correct", { name: "", email: "" })).status, 303);
    visitor.leave();
  });

  it("count the widget's buttons and errors by known names, and not at all when switched off (JMINI-03)", async () => {
    const send = (body: unknown, headers: Record<string, string> = {}) =>
      callJson(`${app.url}${paths.telemetry(site.key)}`, {
        method: "POST",
        headers: { origin: app.demoUrl ?? "", ...headers },
        body,
      });
    const report = async () => (await admin.get<TelemetryReport>(view("telemetry"))).body;
    const counts = { presses: { open: 2 }, errors: { socket: 1 } };
    assert.equal((await send(counts)).status, 204);
    assert.equal((await send(counts)).status, 204);
    assert.deepEqual(await report(), { presses: { open: 4 }, errors: { socket: 2 } });
    assert.equal((await send({ presses: { "jane@example.org": 1 }, errors: {} })).status, 400);
    assert.equal((await send(counts, { "sec-gpc": "1" })).status, 204);
    const off = await admin.patch(paths.site(site.id), {
      rules: { statistics: { errors: false } },
    });
    assert.equal(off.status, 200);
    assert.equal((await send(counts)).status, 204);
    assert.deepEqual(await report(), { presses: { open: 4 }, errors: { socket: 2 } });
  });

  it("hide cells under 10 in the report of visits (JIVO-06)", async () => {
    const open = (path: string) =>
      fetch(`${app.url}${paths.pixel}?k=${site.key}&p=${encodeURIComponent(path)}`);
    for (let n = 0; n < 10; n += 1) await open("/often");
    for (let n = 0; n < 9; n += 1) await open("/seldom");
    await eventually(async () => {
      const { body } = await admin.get<VisitReport>(view("visits"));
      assert.deepEqual(body.paths, [{ path: "/often", views: 10 }]);
      assert.equal(body.days[0]?.counted, 19);
      assert.equal(body.days[0].views, null, "nobody agreed to be counted");
    });
  });

  it("show no network address, unless the site links them, and then to admins, on record (JIVO-05)", async () => {
    const visitor = visitShop(app);
    await visitor.write("hello");
    const answered = await callJson(`${app.url}${paths.consent(site.key)}`, {
      method: "POST",
      headers: { origin: app.demoUrl ?? "", authorization: `Bearer ${visitor.token}` },
      body: {
        choices: { preferences: false, analytics: false, marketing: false, mail_tracking: false },
        ...{ method: "notice", policyVersion: 1, textHash: "", language: "en", analyticsId: null },
        ...{ signals: { gpc: false, dnt: false }, ofAge: false },
      },
    });
    assert.equal(answered.status, 200);
    visitor.leave();
    const newest = async () =>
      (await admin.get<Page<ConsentRow>>(view("consents"))).body.rows[0]?.address;
    assert.equal(await newest(), null);
    await admin.patch(paths.site(site.id), { rules: { ip: { link: true } } });
    assert.equal(await newest(), "127.0.0.1");
    const audit = (await admin.get<Page<{ act: string }>>(view("audit"))).body;
    assert.equal(audit.rows[0]?.act, "consent_addresses.read");
  });

  it("say that Global Privacy Control is obeyed (XIM-01)", async () => {
    const { status, body } = await callJson<{ gpc: boolean; lastUpdate: string }>(
      `${app.url}/.well-known/gpc.json`,
    );
    assert.equal(status, 200);
    assert.equal(body.gpc, true);
    assert.match(body.lastUpdate, /^\d{4}-\d{2}-\d{2}$/);
  });

  it("show the policy, its controller and the way to one's rights to everybody (JPEGR-07)", async () => {
    const page = await fetch(`${app.url}${paths.policy(site.key)}`);
    const html = await page.text();
    assert.equal(page.status, 200);
    assert.ok(html.includes("Global Privacy Control"));
    assert.ok(html.includes(`${paths.privacy}?site=${site.key}`));
  });

  it("refuse to start in the clear beyond this machine (JPEGR-11)", () => {
    assert.throws(
      () => readConfig({ HOST: "0.0.0.0", PUBLIC_URL: "http://chat.example" }),
      /PUBLIC_URL is http/,
    );
    readConfig({ HOST: "0.0.0.0", PUBLIC_URL: "https://chat.example" });
  });

  it("keep each change of rules in the audit, with who made it", async () => {
    const audit = (await admin.get<{ rows: { act: string }[] }>(view("audit"))).body;
    assert.ok(
      audit.rows.some(({ act }) => act === "rules.change"),
      "changes of rules are there",
    );
  });
});
