import assert from "node:assert/strict";
import { paths } from "../../shared/paths.js";
import { defaultRules } from "../../shared/site-rules.js";
import type { SiteSettings } from "../../shared/wire.js";
import { callJson, signInAdmin, type OperatorApi } from "../support/sign-in.js";
import { startApp, type TestApp } from "../support/start-app.js";

describe("site settings", () => {
  let app: TestApp;
  let admin: OperatorApi;
  let site: SiteSettings;
  before(async () => {
    app = await startApp({ movedClock: true });
    admin = await signInAdmin(app);
  });
  after(() => app.stop());
  beforeEach(async () => {
    const made = await admin.post<SiteSettings>(paths.sites, { name: "Lamp shop" });
    assert.equal(made.status, 201);
    site = made.body;
  });

  const patch = (change: unknown) =>
    admin.patch<SiteSettings & { code?: string; message?: string }>(paths.site(site.id), change);
  const panel = (origin: string, key = site.key) =>
    callJson<{ code?: string; message?: string; name?: string }>(`${app.url}${paths.panel(key)}`, {
      headers: { origin },
    });

  it("starts with nothing allowed and the stricter rules; the tag names the key", () => {
    assert.deepEqual(site.origins, []);
    assert.deepEqual(site.rules, defaultRules);
    assert.equal(site.scriptTag, `<script src="${app.url}/w/${site.key}.js" async></script>`);
    assert.match(site.key, /^[\w-]{12}$/);
  });

  it("changes what is named and leaves the rest", async () => {
    const changed = await patch({
      name: "Lamps",
      timeZone: "Europe/Oslo",
      language: "nb",
      color: "#aa3300",
      corner: "left",
      controller: { name: "Lamps AS", postalAddress: "Oslo", email: "data@lamps.example" },
    });
    assert.equal(changed.status, 200);
    assert.deepEqual(changed.body, {
      ...site,
      name: "Lamps",
      timeZone: "Europe/Oslo",
      language: "nb",
      color: "#aa3300",
      corner: "left",
      controller: { name: "Lamps AS", postalAddress: "Oslo", email: "data@lamps.example" },
    });
    const listed = await admin.get<SiteSettings[]>(paths.sites);
    assert.deepEqual(
      listed.body.find(({ id }) => id === site.id),
      changed.body,
    );
  });

  it("changes single rules, counts the version, and refuses unknown or out-of-bounds ones", async () => {
    const changed = await patch({
      rules: { retention: { conversation: 30 }, age: { gate: true } },
    });
    assert.equal(changed.body.rules.retention.conversation, 30);
    assert.equal(changed.body.rules.retention.pageViews, 30);
    assert.equal(changed.body.rules.age.gate, true);
    assert.equal(changed.body.rulesVersion, site.rulesVersion + 1);
    for (const rules of [
      { retention: { conversation: 0 } },
      { retention: { forever: 1 } },
      { cookies: { all: true } },
      { age: { min: 12 } },
      { notice: { place: { $ne: "none" } } },
      null,
    ]) {
      const refused = await patch({ rules });
      assert.equal(refused.body.code, "BAD_REQUEST", JSON.stringify(rules));
    }
    assert.equal((await patch({ name: "x" })).body.rulesVersion, site.rulesVersion + 1);
  });

  it("takes origins alone, exactly as browsers send them", async () => {
    const changed = await patch({
      origins: ["https://Shop.example/", "http://127.0.0.1:8080", "https://shop.example"],
    });
    assert.deepEqual(changed.body.origins, ["https://shop.example", "http://127.0.0.1:8080"]);
    for (const origin of [
      "https://shop.example/page",
      "https://*.shop.example",
      "shop.example",
      "file:///etc/passwd",
      "https://user@shop.example",
      "null",
    ]) {
      const refused = await patch({ origins: [origin] });
      assert.equal(refused.status >= 400, true, origin);
    }
    assert.equal((await patch({ origins: { length: 1 } })).body.code, "BAD_REQUEST");
  });

  it("answers the panel for listed origins only, and says why to the page", async () => {
    await patch({ origins: ["https://shop.example"] });
    const allowed = await panel("https://shop.example");
    assert.equal(allowed.status, 200);
    assert.equal(allowed.body.name, "Lamp shop");
    assert.equal(allowed.headers.get("access-control-allow-origin"), "https://shop.example");
    assert.equal(allowed.headers.get("access-control-allow-credentials"), null);

    for (const origin of [
      "https://shop.example:444",
      "http://shop.example",
      "https://a.shop.example",
    ]) {
      const refused = await panel(origin);
      assert.equal(refused.status, 403);
      assert.equal(refused.body.code, "ORIGIN_REFUSED");
      assert.equal(refused.body.name, undefined);
    }
    const file = await panel("null");
    assert.match(file.body.message ?? "", /web server/);
    assert.equal((await panel("https://shop.example", "nosuchkey123")).body.code, "UNKNOWN_SITE");
    const bare = await callJson<{ code: string }>(`${app.url}${paths.panel(site.key)}`);
    assert.equal(bare.body.code, "ORIGIN_REFUSED");
  });

  it("answers preflights of listed origins only", async () => {
    await patch({ origins: ["https://shop.example"] });
    const ask = (origin: string) =>
      fetch(`${app.url}${paths.attachments(site.key)}?clientId=x`, {
        method: "OPTIONS",
        headers: {
          origin,
          "access-control-request-method": "POST",
          "access-control-request-headers": "authorization",
        },
      });
    const allowed = await ask("https://shop.example");
    assert.equal(allowed.status, 204);
    assert.match(allowed.headers.get("access-control-allow-headers") ?? "", /authorization/);
    const refused = await ask("https://evil.example");
    assert.equal(refused.status, 403);
    assert.equal(refused.headers.get("access-control-allow-headers"), null);
  });

  it("lists a refused origin until it is allowed", async () => {
    await panel("https://new.example");
    await panel("null");
    await panel("https://new.example");
    const find = async () =>
      (await admin.get<SiteSettings[]>(paths.sites)).body.find(({ id }) => id === site.id);
    assert.deepEqual((await find())?.refusedOrigins, [
      { origin: "https://new.example", at: app.clock?.now() },
    ]);
    await patch({ origins: ["https://new.example"] });
    assert.deepEqual((await find())?.refusedOrigins, []);
    assert.equal((await panel("https://new.example")).status, 200);
  });

  it("writes every change into the audit chain, with who, old and new, and no address", async () => {
    await patch({ rules: { retention: { conversation: 90 } }, corner: "left" });
    await patch({ controller: { name: "L", postalAddress: "Oslo", email: "dpo@lamps.example" } });
    const store = await app.openStore();
    const audit = await store.find("audit", { site: site.id });
    await store.close();
    assert.deepEqual(
      audit.map(({ act, actor }) => [act as string, actor as string]),
      [
        ["site.create", admin.operator.id],
        ["rules.change", admin.operator.id],
        ["site.change", admin.operator.id],
      ],
    );
    const text = JSON.stringify(audit);
    assert.match(text, /"rules\.retention\.conversation":\{"from":365,"to":90\}/);
    assert.match(text, /"corner":\{"from":"right","to":"left"\}/);
    assert.doesNotMatch(text, /dpo@lamps|Oslo/);
  });
});
