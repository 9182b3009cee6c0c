import assert from "node:assert/strict";
import { request as httpRequest } from "node:http";
import { paths } from "../../shared/paths.js";
import { socketAddress } from "../../server/http/client-address.js";
import { networkOf } from "../../server/infra/networks.js";
import { callJson, signInAdmin, type OperatorApi } from "../support/sign-in.js";
import { startApp, type TestApp } from "../support/start-app.js";

describe("the HTTP server", () => {
  let app: TestApp;
  let admin: OperatorApi;
  before(async () => {
    app = await startApp();
    admin = await signInAdmin(app);
  });
  after(() => app.stop());

  const post = (path: string, headers: Record<string, string>, body: string) =>
    fetch(`${app.url}${path}`, { method: "POST", headers: { origin: app.url, ...headers }, body });
  const code = async (answer: Response) => ((await answer.json()) as { code: string }).code;

  it("answers every bad request with a code of the registry and no inner text", async () => {
    const json = { "content-type": "application/json" };
    for (const [path, headers, body, status, expected] of [
      ["/nowhere", json, "{}", 404, "NOT_FOUND"],
      [paths.signIn, json, "{", 400, "BAD_REQUEST"],
      [paths.signIn, json, '{"__proto__": {"admin": true}}', 400, "BAD_REQUEST"],
      [paths.signIn, json, "[]", 400, "BAD_REQUEST"],
      [paths.signIn, json, "null", 400, "BAD_REQUEST"],
      [
        paths.signIn,
        json,
        '{"email": {"$ne": null}, "password": {"$ne": null}}',
        400,
        "BAD_REQUEST",
      ],
      [paths.signIn, { "content-type": "application/xml" }, "<x/>", 400, "BAD_REQUEST"],
      [paths.signIn, json, `{"email": "${"x".repeat(70_000)}"}`, 413, "PAYLOAD_TOO_LARGE"],
    ] as const) {
      const answer = await post(path, headers, body);
      assert.equal(answer.status, status, body.slice(0, 60));
      const text = await answer.text();
      const parsed = JSON.parse(text) as { code: string; message: string };
      assert.equal(parsed.code, expected);
      assert.deepEqual(Object.keys(parsed).sort(), ["code", "message"]);
      assert.doesNotMatch(text, /FST_|zod|stack|at Object|\$ne/);
    }
  });

  it("sets headers that let a page do nothing unless its route says more", async () => {
    const { headers } = await fetch(`${app.url}/healthz`);
    assert.match(headers.get("content-security-policy") ?? "", /^default-src 'none'/);
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.equal(headers.get("cross-origin-resource-policy"), "same-origin");
    assert.equal(headers.get("referrer-policy"), "no-referrer");
  });

  it("lets nothing keep what operators read, refusals included", async () => {
    for (const headers of [{ cookie: admin.cookie }, {}]) {
      const answer = await fetch(`${app.url}${paths.sites}`, { headers });
      assert.equal(answer.headers.get("cache-control"), "no-store");
    }
  });

  it("asks browsers for https alone where it is served over https, and only there", async () => {
    const name = "strict-transport-security";
    assert.equal((await fetch(`${app.url}/healthz`)).headers.get(name), null);
    const behind = await startApp({ env: { PUBLIC_URL: "https://chat.example" } });
    try {
      const local = `http://127.0.0.1:${behind.config.port}/healthz`;
      assert.equal((await fetch(local)).headers.get(name), "max-age=31536000");
    } finally {
      await behind.stop();
    }
  });

  it("answers no reading that another site's page sends a signed-in operator to", async () => {
    const { cookie } = admin;
    // By hand: fetch lets nobody set Sec-Fetch-Site.
    const read = (from: string) =>
      new Promise<number>((resolve, reject) => {
        const headers = { cookie, "sec-fetch-site": from };
        httpRequest(`${app.url}${paths.sites}`, { headers }, (answer) => {
          answer.resume();
          resolve(answer.statusCode ?? 0);
        })
          .on("error", reject)
          .end();
      });
    assert.deepEqual(
      [await read("cross-site"), await read("same-site"), await read("none")],
      [403, 403, 200],
    );
    assert.equal(await read("same-origin"), 200);
  });

  it("serves the dashboard under a policy without inline code, and sends / there", async () => {
    const root = await fetch(`${app.url}/`, { redirect: "manual" });
    assert.equal(root.headers.get("location"), "/dashboard/");
    const shell = await fetch(`${app.url}/dashboard/`);
    const policy = shell.headers.get("content-security-policy") ?? "";
    assert.match(policy, /default-src 'none'; script-src 'self'; /);
    assert.doesNotMatch(policy, /unsafe|\*|blob:|data:/);
    const html = await shell.text();
    const script = /<script type="module" src="([^"]+)"><\/script>/.exec(html)?.[1] ?? "";
    const loaded = await fetch(`${app.url}${script}`);
    assert.equal(loaded.status, 200);
    assert.match(loaded.headers.get("content-type") ?? "", /javascript/);
    assert.match(loaded.headers.get("cache-control") ?? "", /immutable/);
    assert.equal(loaded.headers.get("access-control-allow-origin"), null);
    for (const path of [
      "/dashboard/assets/../../server/main.js",
      "/dashboard/assets/%2e%2e/%2e%2e/server/main.js",
      "/widget/assets/nothing.js",
    ])
      assert.notEqual(await rawStatus(path), 200, path);
  });

  it("/healthz and /readyz answer without a session", async () => {
    for (const path of [paths.health, paths.ready])
      assert.deepEqual(await (await fetch(`${app.url}${path}`)).json(), { ok: true });
  });

  it("a viewer may read and not write", async () => {
    const store = await app.openStore();
    const [operator] = await store.find("operators");
    await store.close();
    assert.equal(operator?.["role"], "admin");
    const { MongoClient } = await import("mongodb");
    const client = await MongoClient.connect(app.storeUrl());
    const db = app.config.mongoUrl === null ? client.db("porchlight") : client.db();
    await db.collection("operators").updateOne({}, { $set: { role: "viewer" } });
    await client.close();
    assert.equal((await admin.get(paths.sites)).status, 200);
    for (const [path, body] of [
      [paths.sites, { name: "x" }],
      [paths.campaigns("demo-shop-000000000000"), { subject: "x", text: "x" }],
    ] as const)
      assert.equal(
        await code(
          await post(
            path,
            { cookie: admin.cookie, "content-type": "application/json" },
            JSON.stringify(body),
          ),
        ),
        "FORBIDDEN",
      );
    assert.equal(
      (await admin.patch<{ code: string }>(paths.site("demo-shop-000000000000"), { name: "x" }))
        .body.code,
      "FORBIDDEN",
    );
    assert.equal(
      (
        await callJson(`${app.url}${paths.outbox("demo-shop-000000000000")}`, {
          headers: { cookie: admin.cookie },
        })
      ).status,
      403,
    );
  });

  /** Without `fetch`, which would tidy the path. */
  const rawStatus = (path: string) =>
    new Promise<number>((resolve, reject) => {
      httpRequest({ host: "127.0.0.1", port: app.config.port, path }, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      })
        .on("error", reject)
        .end();
    });
});

describe("whose address counts", () => {
  const ask = (peer: string, forwarded: string, trusted: string[]) =>
    socketAddress(trusted, {
      headers: { "x-forwarded-for": forwarded },
      socket: { remoteAddress: peer },
    });

  it("believes X-Forwarded-For from trusted peers only, hop by hop from the nearest", () => {
    assert.equal(ask("198.51.100.1", "203.0.113.9", []), "198.51.100.1");
    assert.equal(ask("198.51.100.1", "203.0.113.9", ["loopback"]), "198.51.100.1");
    assert.equal(ask("::ffff:127.0.0.1", "203.0.113.9", ["loopback"]), "203.0.113.9");
    assert.equal(ask("10.0.0.2", "1.2.3.4, 203.0.113.9, 10.0.0.7", ["10.0.0.0/8"]), "203.0.113.9");
    assert.equal(ask("10.0.0.2", "nonsense", ["10.0.0.0/8"]), "10.0.0.2");
  });

  it("JIVO-05: shortens to /24 and /48", () => {
    assert.equal(networkOf("203.0.113.77"), "203.0.113.0/24");
    assert.equal(networkOf("2001:db8:1:2::5"), "2001:db8:1::/48");
    assert.equal(networkOf("::ffff:203.0.113.77"), "203.0.113.0/24");
    assert.equal(networkOf("nonsense"), "");
  });
});
