import assert from "node:assert/strict";
import { defaultRules } from "../../shared/site-rules.js";
import type { PageHit } from "../../server/tracking/page-hit.js";
import { ensureVisitor } from "../../server/visitors/ensure-visitor.js";
import {
  answerConsent,
  newBrowser,
  quiet,
  withdraw,
  type Browser,
} from "../support/answer-consent.js";
import { newId, openParts, type Parts } from "../support/open-parts.js";

describe("page views", () => {
  let parts: Parts;
  beforeEach(async () => {
    parts = await openParts();
  });
  afterEach(() => parts.close());

  const hit = (change: Partial<PageHit> = {}): PageHit => ({
    siteKey: parts.site.key,
    analyticsId: null,
    viewId: newId(),
    path: "/cart",
    title: "Cart",
    referrerHost: "search.example",
    utm: { source: "mail" },
    language: "en-GB",
    userAgent:
      "Mozilla/5.0 (iPhone; CPU iPhone OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1",
    origin: "https://shop.example",
    country: "",
    address: () => "203.0.113.9",
    signals: quiet,
    at: parts.clock.now(),
    ...change,
  });
  const take = async (change: Partial<PageHit> = {}) => {
    parts.tracking.recorder.take(hit(change));
    await parts.tracking.recorder.flush();
  };
  const visits = () => parts.db.collection("visits").find().toArray();
  const stats = () => parts.db.collection("visit_stats").find().toArray();
  const everything = async () =>
    Object.fromEntries(
      await Promise.all(
        (await parts.db.listCollections()).map(async ({ name }) => [
          name,
          await parts.db.collection(name).countDocuments(),
        ]),
      ),
    ) as Record<string, number>;
  const of = (browser: Browser) => ({ analyticsId: browser.analyticsId });

  it("counts a hand-pasted pixel in one hourly counter and nothing else (JIVO-03)", async () => {
    const before = await everything();
    await take();
    await take();
    const [counter, ...others] = await stats();
    assert.deepEqual([counter?.["n"], counter?.["path"], others.length], [2, "/cart", 0]);
    const after = await everything();
    assert.deepEqual({ ...after, visit_stats: 0 }, { ...before, visit_stats: 0 });
  });

  it("tells a thousand pages of an hour apart; made-up paths beyond are counted together", async () => {
    const { recorder } = parts.tracking;
    for (let n = 0; n < 1_200; n += 1) recorder.take(hit({ path: `/made/up/${n}` }));
    await recorder.flush();
    await take({ path: "/made/up/7" });
    await take({ path: "/late" });
    const byPath = new Map((await stats()).map(({ path, n }) => [String(path), Number(n)]));
    assert.equal(byPath.size, 1_001);
    assert.deepEqual([byPath.get("/made/up/7"), byPath.get(":other")], [2, 201]);
    parts.clock.move(3_600_000);
    await take({ path: "/late" });
    assert.equal((await stats()).find(({ path }) => path === "/late")?.["n"], 1, "the next hour");
  });

  it("records three pages by one browser as 3 views of 1 user, and nothing after withdrawal (JIVO-03)", async () => {
    const browser = newBrowser();
    await answerConsent(parts, browser);
    for (const path of ["/", "/cart", "/pay"]) await take({ ...of(browser), path });
    const [visit, ...others] = await visits();
    assert.equal(others.length, 0);
    assert.equal(visit?.["viewCount"], 3);
    assert.deepEqual([visit["entry"], visit["exit"]], ["/", "/pay"]);
    assert.deepEqual([visit["browser"], visit["os"], visit["device"]], ["Safari", "iOS", "mobile"]);
    assert.deepEqual(visit["utm"], { source: "mail" });
    assert.equal((await stats()).length, 0);

    await withdraw(parts, browser);
    assert.equal((await visits()).length, 0, "withdrawal purges at once");
    await take(of(browser));
    assert.equal((await visits()).length + (await stats()).length, 0);
  });

  it("keeps no address with a page view (JIVO-05)", async () => {
    const browser = newBrowser();
    await answerConsent(parts, browser);
    await take(of(browser));
    assert.equal(JSON.stringify(await visits()).includes("203.0.113"), false);
  });

  it("leaves nothing of browsing under DNT or GPC, with or without an id (XIM-01)", async () => {
    const browser = newBrowser();
    const before = await everything();
    for (const signals of [
      { gpc: true, dnt: false },
      { gpc: false, dnt: true },
    ]) {
      await take({ signals });
      await take({ signals, ...of(browser) });
    }
    assert.deepEqual(await everything(), before);
  });

  it("stops from the next request when a signal appears after consent; a renewed grant outweighs it (hard test 8)", async () => {
    const browser = newBrowser();
    const signals = { gpc: true, dnt: false };
    await answerConsent(parts, browser);
    await take({ ...of(browser), signals });
    assert.equal((await visits()).length, 0);
    await take(of(browser));
    assert.equal((await visits()).length, 1, "without the signal the consent stands");
    await answerConsent(parts, browser, { method: "settings" }, signals);
    await take({ ...of(browser), signals });
    assert.equal((await visits())[0]?.["viewCount"], 2);
  });

  it("refuses an id that nobody granted, one of another site, and a foreign page", async () => {
    await take({ analyticsId: newId() });
    const browser = newBrowser();
    await answerConsent(parts, browser);
    await take({ ...of(browser), origin: "https://evil.example" });
    await take({ ...of(browser), siteKey: "unknown-site" });
    assert.equal((await visits()).length + (await stats()).length, 0);
  });

  it("never replays what was buffered before a grant (hard test 7)", async () => {
    const browser = newBrowser();
    const early = parts.clock.now();
    parts.clock.move(5_000);
    await answerConsent(parts, browser);
    await take({ ...of(browser), at: early });
    assert.equal((await visits()).length, 0);
  });

  it("takes a repeated view once, and a late one of a withdrawn id never", async () => {
    const browser = newBrowser();
    await answerConsent(parts, browser);
    const viewId = newId();
    await take({ ...of(browser), viewId });
    await take({ ...of(browser), viewId });
    assert.equal((await visits())[0]?.["viewCount"], 1);
    parts.tracking.recorder.take(hit(of(browser)));
    await withdraw(parts, browser);
    await parts.tracking.recorder.flush();
    assert.equal((await visits()).length, 0);
  });

  it("begins a new visit after half an hour without a page", async () => {
    const browser = newBrowser();
    await answerConsent(parts, browser);
    await take(of(browser));
    parts.clock.move(31 * 60_000);
    await take(of(browser));
    assert.equal((await visits()).length, 2);
  });

  it("reads the site's rules at each decision (JIVO-03)", async () => {
    const browser = newBrowser();
    await answerConsent(parts, browser);
    parts.setRules((rules) => {
      rules.analytics.enabled = false;
    });
    await take(of(browser));
    await take();
    assert.equal((await visits()).length + (await stats()).length, 0);
    parts.setRules((rules) => {
      rules.analytics.enabled = true;
    });
    await take(of(browser));
    assert.equal((await visits()).length, 1);
  });

  it("shows the trail to the operator while consent holds, and not on day 31 (JIVO-06)", async () => {
    const browser = newBrowser();
    const visitor = await ensureVisitor(parts, parts.site, browser.token);
    await answerConsent(parts, browser);
    const viewId = newId();
    await take({ ...of(browser), path: "/first" });
    parts.clock.move(60_000);
    await take({ ...of(browser), path: "/second", viewId });
    const shown = await parts.describeVisitor(parts.site, visitor);
    assert.deepEqual(
      shown.trail.map(({ path }) => path),
      ["/second", "/first"],
    );
    assert.equal(shown.referrerHost, "search.example");
    assert.equal(shown.consent.analytics, true);
    assert.deepEqual(
      parts.told.views.map(({ view }) => view.path),
      ["/first", "/second"],
    );
    parts.clock.move(defaultRules.retention.pageViews * 86_400_000);
    assert.deepEqual((await parts.describeVisitor(parts.site, visitor)).trail, []);
  });

  it("shows nothing of a visitor who refused", async () => {
    const browser = newBrowser();
    const visitor = await ensureVisitor(parts, parts.site, browser.token);
    const shown = await parts.describeVisitor(parts.site, visitor);
    assert.deepEqual(
      [shown.trail, shown.browser, shown.language, shown.consentAt],
      [[], "", "", null],
    );
  });

  it("counts without cookies only where the site says so, by a salt that is dead after 48 h", async () => {
    parts.setRules((rules) => {
      rules.analytics.cookieless = true;
    });
    await take();
    await take({ path: "/pay" });
    await take({ address: () => "203.0.113.10" });
    const rows = await visits();
    assert.deepEqual(rows.map((row) => Number(row["viewCount"])).sort(), [1, 2]);
    assert.equal(
      rows.every((row) => row["analyticsH"] === null && row["dayHash"] !== null),
      true,
    );
    assert.equal(JSON.stringify(rows).includes("203.0.113"), false);
    const [salt] = await parts.db.collection("salts").find().toArray();
    const day = new Date(parts.clock.now()).toISOString().slice(0, 10);
    assert.equal(
      (salt?.["expireAt"] as Date).getTime(),
      Date.parse(`${day}T00:00:00Z`) + 2 * 86_400_000,
    );
    await take({ signals: { gpc: true, dnt: false } });
    assert.equal((await visits()).length, 2);
  });

  it("loses no counter when it is stopped (SIGTERM)", async () => {
    for (let n = 0; n < 500; n += 1) parts.tracking.recorder.take(hit({ path: `/p/${n % 7}` }));
    await parts.tracking.recorder.stop();
    const total = (await stats()).reduce((sum, row) => sum + Number(row["n"]), 0);
    assert.equal(total, 500);
    assert.equal(parts.tracking.recorder.take(hit()), false);
  });
});
