import assert from "node:assert/strict";
import { paths } from "../../shared/paths.js";
import { adminForm, callJson, signIn, signInAdmin } from "../support/sign-in.js";
import { startApp, type TestApp } from "../support/start-app.js";

describe("operators sign in", () => {
  let app: TestApp;
  beforeEach(async () => {
    app = await startApp({ movedClock: true });
  });
  afterEach(() => app.stop());

  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    callJson<{ code?: string }>(`${app.url}${path}`, {
      method: "POST",
      headers: { origin: app.url, ...headers },
      body,
    });
  const setupToken = async () => (await app.setupLink())?.split("#/setup/")[1] ?? "";

  it("makes the first admin from the terminal's link, once", async () => {
    const token = await setupToken();
    const first = await post(paths.setup, { ...adminForm, token });
    assert.equal(first.status, 200);
    assert.deepEqual(
      { ...(first.body as object), id: "" },
      {
        id: "",
        email: adminForm.email,
        name: "Ada",
        role: "admin",
        confidentialityAccepted: false,
      },
    );
    const again = await post(paths.setup, { ...adminForm, token });
    assert.equal(again.status, 403);
    assert.equal(again.body.code, "SETUP_LINK_INVALID");
    assert.equal(await app.setupLink(), null);
  });

  it("refuses a link after an hour, and an older link once a newer one was made", async () => {
    const old = await setupToken();
    const token = await setupToken();
    assert.equal(
      (await post(paths.setup, { ...adminForm, token: old })).body.code,
      "SETUP_LINK_INVALID",
    );
    app.clock?.move(3_600_000);
    assert.equal(
      (await post(paths.setup, { ...adminForm, token })).body.code,
      "SETUP_LINK_INVALID",
    );
  });

  it("does not spend the link on a weak password or a wrong address", async () => {
    const token = await setupToken();
    for (const [change, code] of [
      [{ password: "short" }, "PASSWORD_WEAK"],
      [{ password: "password1234" }, "PASSWORD_WEAK"],
      [{ password: "ada@example.org1" }, "PASSWORD_WEAK"],
      [{ email: "nobody" }, "EMAIL_INVALID"],
      [{ email: { $gt: "" } }, "BAD_REQUEST"],
    ] as const) {
      const answer = await post(paths.setup, { ...adminForm, token, ...change });
      assert.equal(answer.body.code, code);
    }
    assert.equal((await post(paths.setup, { ...adminForm, token })).status, 200);
  });

  it("opens a session for the right password only, with the same words for every failure", async () => {
    await signInAdmin(app);
    const wrong = await post(paths.signIn, {
      email: adminForm.email,
      password: "not the password",
    });
    const nobody = await post(paths.signIn, {
      email: "eve@example.org",
      password: "whatever it is",
    });
    assert.equal(wrong.status, 401);
    assert.deepEqual(wrong.body, nobody.body);
    const right = await post(paths.signIn, {
      email: "ADA@Example.org",
      password: adminForm.password,
    });
    assert.equal(right.status, 200);
    const cookie = right.headers.getSetCookie()[0] ?? "";
    assert.match(
      cookie,
      /^porchlight_session=[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax$/,
    );
  });

  it("limits tries by account, with the seconds to wait", async () => {
    await signInAdmin(app);
    const tries = [];
    for (let count = 0; count < 11; count++)
      tries.push(
        await post(paths.signIn, { email: adminForm.email, password: "not the password" }),
      );
    assert.ok(tries.slice(0, 10).every((answer) => answer.status === 401));
    const last = tries[10];
    assert.equal(last?.status, 429);
    assert.ok(Number(last.headers.get("retry-after")) > 0);
    // However the address is written, it is the same account.
    for (const email of ["ADA@example.org", " ada@example.org. ", "ada@ｅxample.org"])
      assert.equal((await post(paths.signIn, { email, password: "no" })).status, 429, email);
    for (const email of ["ada@example.org/1", "ada@ex%61mple.org"])
      assert.equal(
        (await post(paths.signIn, { email, password: adminForm.password })).status,
        401,
        email,
      );
  });

  it("XIM-06: answers nothing but who one is before the confidentiality text is accepted", async () => {
    const answer = await post(paths.setup, { ...adminForm, token: await setupToken() });
    const cookie = answer.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    const sites = () =>
      callJson<{ code?: string }>(`${app.url}${paths.sites}`, { headers: { cookie } });
    assert.equal((await sites()).body.code, "CONFIDENTIALITY_REQUIRED");
    assert.equal((await post(paths.confidentiality, {}, { cookie })).body.code, "BAD_REQUEST");
    assert.equal((await sites()).status, 403);
    assert.equal((await post(paths.confidentiality, { accepted: true }, { cookie })).status, 200);
    assert.equal((await sites()).status, 200);
  });

  it("ends a session at sign-out, and after 30 days without use", async () => {
    const first = await signInAdmin(app);
    const second = await signIn(app);
    assert.equal((await first.post(paths.signOut, {})).status, 204);
    assert.equal((await first.get<{ code: string }>(paths.me)).body.code, "NOT_SIGNED_IN");

    const day = 86_400_000;
    app.clock?.move(29 * day);
    assert.equal((await second.get(paths.me)).status, 200, "a use renews it");
    app.clock?.move(29 * day);
    assert.equal((await second.get(paths.me)).status, 200);
    app.clock?.move(30 * day + 1);
    assert.equal((await second.get(paths.me)).status, 401);
  });

  it("answers pages of PUBLIC_URL's origin only", async () => {
    const { cookie } = await signInAdmin(app);
    for (const origin of ["https://evil.example", "null", app.demoUrl ?? ""]) {
      const read = await callJson<{ code: string }>(`${app.url}${paths.me}`, {
        headers: { cookie, origin },
      });
      assert.equal(read.body.code, "ORIGIN_REFUSED");
      assert.equal(read.headers.get("access-control-allow-origin"), null);
      assert.equal((await post(paths.signOut, {}, { cookie, origin })).body.code, "ORIGIN_REFUSED");
    }
    const bare = await callJson<{ code: string }>(`${app.url}${paths.signOut}`, {
      method: "POST",
      headers: { cookie },
      body: {},
    });
    assert.equal(bare.body.code, "ORIGIN_REFUSED");
    assert.equal((await callJson(`${app.url}${paths.me}`, { headers: { cookie } })).status, 200);
  });

  it("keeps the session over a restart, and stores neither its token nor the password", async () => {
    const admin = await signInAdmin(app);
    await app.restart();
    assert.equal((await admin.get(paths.me)).status, 200);
    const store = await app.openStore();
    const everything = JSON.stringify(await store.dump());
    await store.close();
    assert.ok(everything.includes("$argon2id$v=19$m=19456,t=2,p=1$"));
    assert.ok(!everything.includes(admin.cookie.split("=")[1] ?? ""));
    assert.ok(!everything.includes(adminForm.password));
  });
});
