import assert from "node:assert/strict";
import { paths } from "../../shared/paths.js";
import type { LoaderSettings } from "../../shared/loader-settings.js";
import type { SiteSettings } from "../../shared/wire.js";
import { callJson, signInAdmin, type OperatorApi } from "../support/sign-in.js";
import { startApp, type TestApp } from "../support/start-app.js";

describe("the loader, GET /w/KEY.js", () => {
  let app: TestApp;
  let admin: OperatorApi;
  before(async () => {
    app = await startApp({ movedClock: true });
    admin = await signInAdmin(app);
  });
  after(() => app.stop());

  const load = (headers: Record<string, string> = {}) =>
    callJson<string>(`${app.url}${paths.loader(app.demoKey)}`, { headers });
  const demoSite = async () => {
    const sites = await admin.get<SiteSettings[]>(paths.sites);
    const site = sites.body.find(({ key }) => key === app.demoKey);
    assert.ok(site);
    return site;
  };

  it("carries the site's button and absolute addresses, and no name to be replaced", async () => {
    const { status, headers, body } = await load();
    assert.equal(status, 200);
    assert.match(headers.get("content-type") ?? "", /^text\/javascript/);
    assert.equal(headers.get("cache-control"), "public, max-age=300");
    assert.equal(headers.get("cross-origin-resource-policy"), "cross-origin");
    assert.equal(headers.get("set-cookie"), null);
    assert.ok(!body.includes("__PORCHLIGHT__"));
    const literal = /\{"key":.*?\}/.exec(body)?.[0] ?? "{}";
    const settings = JSON.parse(literal) as LoaderSettings;
    assert.equal(settings.key, app.demoKey);
    assert.equal(settings.server, app.url);
    const panel = await fetch(settings.panel);
    assert.equal(panel.status, 200);
    assert.equal(panel.headers.get("access-control-allow-origin"), "*");
    assert.match(panel.headers.get("cache-control") ?? "", /immutable/);
  });

  it("answers 304 to its ETag until a setting of the button changes", async () => {
    const etag = (await load()).headers.get("etag") ?? "";
    assert.equal((await load({ "if-none-match": etag })).status, 304);
    const site = await demoSite();
    await admin.patch(paths.site(site.id), { color: "#117733" });
    const changed = await load({ "if-none-match": etag });
    assert.equal(changed.status, 200);
    assert.notEqual(changed.headers.get("etag"), etag);
  });

  it("notes where the tag was seen: the origin alone, and nothing for a browser with GPC or DNT", async () => {
    await load({ referer: "https://private.example/", "sec-gpc": "1" });
    await load({ referer: "https://private.example/", dnt: "1" });
    assert.equal((await demoSite()).tagSeen, null);
    await load({ referer: "https://shop.example/order?email=eve@example.org" });
    assert.deepEqual((await demoSite()).tagSeen, {
      url: "https://shop.example/",
      at: app.clock?.now(),
    });
  });

  it("for an unknown key says so in the page's console, and repeats no other text", async () => {
    const ask = (key: string) => callJson<string>(`${app.url}${paths.loader(key)}`);
    const answer = await ask("nobody-has-it");
    assert.equal(answer.status, 200, "a browser runs no script with another status");
    assert.match(answer.headers.get("content-type") ?? "", /^text\/javascript/);
    assert.equal(answer.headers.get("cross-origin-resource-policy"), "cross-origin");
    assert.equal(answer.headers.get("cache-control"), "no-store");
    assert.match(answer.body, /^console\.error\(.*no site with the key \\"nobody-has-it\\"/);
    assert.ok(!answer.body.includes("startPanel"));
    assert.doesNotMatch((await ask("%22);alert(1);(%22")).body, /alert/);
  });
});
