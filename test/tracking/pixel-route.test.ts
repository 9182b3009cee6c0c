import assert from "node:assert/strict";
import { get } from "node:http";
import { noChoices } from "../../shared/consent.js";
import { paths } from "../../shared/paths.js";
import { builtInNotices } from "../../server/privacy/notice-texts.js";
import { noticeHash } from "../../server/privacy/policies.js";
import { newBrowser, type Browser } from "../support/answer-consent.js";
import { newId } from "../support/open-parts.js";
import type { StoreReader } from "../support/read-store.js";
import { startApp, type TestApp } from "../support/start-app.js";

describe("GET /p.gif", () => {
  let app: TestApp;
  let store: StoreReader;
  let origin = "";
  before(async () => {
    app = await startApp();
    store = await app.openStore();
    origin = app.demoUrl ?? "";
  });
  after(async () => {
    await store.close();
    await app.stop();
  });
  const pixel = (query: Record<string, string>, headers: Record<string, string> = {}) =>
    fetch(
      `${app.url}${paths.pixel}?${new URLSearchParams({ k: app.demoKey, ...query }).toString()}`,
      {
        headers,
      },
    );
  const answer = (browser: Browser, choices = { ...noChoices, analytics: true }) =>
    fetch(`${app.url}${paths.consent(app.demoKey)}`, {
      method: "POST",
      headers: {
        origin,
        authorization: `Bearer ${browser.token}`,
        "content-type": "application/json",
      },
      body: JSON.stringify({
        choices,
        method: "notice",
        policyVersion: 1,
        textHash: noticeHash(builtInNotices["en"] ?? { title: "", text: "" }),
        language: "en",
        analyticsId: choices.analytics ? browser.analyticsId : null,
        signals: { gpc: false, dnt: false },
        ofAge: false,
      }),
    });
  const until = async (holds: () => Promise<boolean>) => {
    for (const end = Date.now() + 5_000; Date.now() < end;) {
      if (await holds()) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.fail("the condition did not come to hold within 5 s");
  };

  it("answers an address that asks too often as everybody else, and counts no more of it", async () => {
    const few = await startApp({ env: { RATE_PIXEL_ADDRESS: "3/3600" } });
    const looked = await few.openStore();
    try {
      const search = new URLSearchParams({ k: few.demoKey, p: "/flood" }).toString();
      for (let n = 0; n < 5; n += 1) {
        const response = await fetch(`${few.url}${paths.pixel}?${search}`);
        assert.equal(response.status, 200);
        assert.equal((await response.arrayBuffer()).byteLength, 43);
      }
      const counted = () => looked.find("visit_stats", { path: "/flood" });
      await until(async () => Number((await counted())[0]?.["n"]) >= 3);
      assert.equal((await counted())[0]?.["n"], 3);
    } finally {
      await looked.close();
      await few.stop();
    }
  });

  it("answers everybody the same 43 bytes, with nothing a cache or a cookie could hold on to (hard test 9)", async () => {
    const queries: Record<string, string>[] = [
      {},
      { a: newId() },
      { k: "no-such-site" },
      { k: "!", a: "%00" },
      { a: "not an id" },
    ];
    for (const query of queries) {
      const reply = await pixel(query, {
        "if-none-match": "*",
        "if-modified-since": "Thu, 01 Jan 2026 00:00:00 GMT",
      });
      assert.equal(reply.status, 200);
      const bytes = Buffer.from(await reply.arrayBuffer());
      assert.equal(bytes.length, 43);
      assert.equal(bytes.subarray(0, 6).toString("latin1"), "GIF89a");
      assert.equal(reply.headers.get("content-type"), "image/gif");
      assert.equal(reply.headers.get("cache-control"), "no-store");
      for (const name of ["set-cookie", "etag", "last-modified", "expires"])
        assert.equal(reply.headers.get(name), null, name);
    }
  });

  it("answers Tk: N to DNT and GPC, and C where the person agreed in its sight (XIM-01)", async () => {
    const browser = newBrowser();
    const tk = async (query: Record<string, string>, headers: Record<string, string> = {}) =>
      (await pixel(query, headers)).headers.get("tk");
    assert.equal(await tk({}), "N");
    assert.equal(await tk({ a: browser.analyticsId }, { dnt: "1" }), "N");
    assert.equal((await answer(browser)).status, 200);
    assert.equal(await tk({ a: browser.analyticsId }, { "sec-gpc": "1" }), "N");
    assert.equal(await tk({ a: browser.analyticsId }), "C");
  });

  it("takes only the exact value of a signal (hard test 8)", async () => {
    for (const [at, value] of ["0", "true", "1, 1", "yes"].entries())
      await pixel({ p: `/signal/${at}` }, { "sec-gpc": value, dnt: value });
    await pixel({ p: "/signal/real" }, { "sec-gpc": "1" });
    const counted = () => store.find("visit_stats", { path: /^\/signal/ });
    await until(async () => (await counted()).length === 4);
    assert.equal(
      (await counted()).some((row) => row["path"] === "/signal/real"),
      false,
    );
  });

  it("records with consent and purges on withdrawal, over HTTP (JIVO-03, hard test 7)", async () => {
    const browser = newBrowser();
    assert.equal((await answer(browser)).status, 200);
    const views = async () =>
      (await store.find("visits"))
        .flatMap((visit) => visit["views"] as { path: string }[])
        .filter(({ path }) => /^\/(one|two|three)/.test(path));
    const viewId = newId();
    await pixel({ a: browser.analyticsId, v: viewId, p: "/one?email=jane@example.org", t: "One" });
    await pixel({ a: browser.analyticsId, p: "/two" });
    await until(async () => (await views()).length === 2);
    assert.equal(JSON.stringify(await views()).includes("jane"), false);

    const beacon = await fetch(`${app.url}${paths.dwell(app.demoKey)}`, {
      method: "POST",
      headers: { origin, "content-type": "text/plain;charset=UTF-8" },
      body: JSON.stringify({ a: browser.analyticsId, v: viewId, ms: 4200 }),
    });
    assert.equal(beacon.status, 204);
    const [visit] = await store.find("visits", { "views.id": viewId });
    assert.equal((visit?.["views"] as { dwellMs: number }[])[0]?.dwellMs, 4200);

    assert.equal((await answer(browser, noChoices)).status, 200);
    assert.equal((await views()).length, 0);
    await pixel({ a: browser.analyticsId, p: "/three" });
    await pixel({ p: "/after-withdrawal" });
    await until(
      async () => (await store.count("visit_stats", { path: "/after-withdrawal" })) === 1,
    );
    assert.equal((await views()).length, 0);
  });

  it("refuses an answer from a page that is not the site's, or in another form (XIM-02)", async () => {
    const browser = newBrowser();
    const send = (headers: Record<string, string>, body: unknown) =>
      fetch(`${app.url}${paths.consent(app.demoKey)}`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${browser.token}`,
          "content-type": "application/json",
          ...headers,
        },
        body: JSON.stringify(body),
      });
    const before = await store.count("consents");
    assert.equal((await send({ origin: "https://evil.example" }, {})).status, 403);
    for (const body of [
      {},
      null,
      { choices: { analytics: { $gt: "" } } },
      { choices: { ...noChoices, analytics: true }, method: "implied" },
    ])
      assert.equal((await send({ origin }, body)).status, 400);
    // A client that names its own time or address is in another form, too.
    const [stored] = await store.find("consents");
    assert.equal((await send({ origin }, { ...stored, at: 1, ip: "198.51.100.1" })).status, 400);
    assert.equal(await store.count("consents"), before);
  });

  it("believes no X-Forwarded-For from a peer that is not trusted (XIM-02)", async () => {
    // The address is sealed; what can be seen is that the log's network is the peer's own.
    const before = app.logLines().length;
    await fetch(`${app.url}${paths.consent(app.demoKey)}`, {
      headers: {
        origin,
        "x-forwarded-for": "198.51.100.77",
        authorization: `Bearer ${newBrowser().token}`,
      },
    });
    const lines = app.logLines().slice(before).join("");
    assert.equal(lines.includes("198.51.100"), false);
    assert.match(lines, /127\.0\.0\.0\/24/);
  });

  it("writes no request line and no part of the query to the log (hard test 9)", async () => {
    await pixel(
      { p: "/secret-page", t: "secret-title", a: newId() },
      { "user-agent": "secret-agent" },
    );
    const logged = app.logLines().join("\n");
    assert.equal(/p\.gif|secret-/.test(logged), false);
  });

  it("keeps every counter over a stop (SIGTERM)", async () => {
    for (let n = 0; n < 60; n += 1) await pixel({ p: "/before-stop" });
    await store.close();
    await app.restart();
    store = await app.openStore();
    const [row] = await store.find("visit_stats", { path: "/before-stop" });
    assert.equal(row?.["n"], 60);
  });

  it("answers a HEAD without counting it", async () => {
    await new Promise<void>((resolve, reject) => {
      const request = get(`${app.url}${paths.pixel}?k=${app.demoKey}&p=/head`, { method: "HEAD" });
      request.on("response", (reply) => {
        reply.resume();
        reply.on("end", () => resolve());
      });
      request.on("error", reject);
    });
    await pixel({ p: "/not-head" });
    await until(async () => (await store.count("visit_stats", { path: "/not-head" })) === 1);
    assert.equal(await store.count("visit_stats", { path: "/head" }), 0);
  });
});
