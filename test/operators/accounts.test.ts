import assert from "node:assert/strict";
import { io } from "socket.io-client";
import { paths } from "../../shared/paths.js";
import { OPERATOR_NAMESPACE, PROTOCOL_VERSION, SOCKET_PATH } from "../../shared/protocol.js";
import type {
  Operator,
  OperatorAccount,
  OperatorInvitation,
  SetupLinkOwner,
} from "../../shared/wire.js";
import { eventually } from "../support/eventually.js";
import { openDatabase } from "../support/read-store.js";
import { callJson, signInAdmin, type OperatorApi } from "../support/sign-in.js";
import { startApp, type TestApp } from "../support/start-app.js";

interface Refused {
  code: string;
}
const day = 86_400_000;

describe("operators' accounts", () => {
  let app: TestApp;
  let ada: OperatorApi;
  beforeEach(async () => {
    app = await startApp({ movedClock: true });
    ada = await signInAdmin(app);
    app.clock?.move(1);
  });
  afterEach(() => app.stop());

  const grace = { name: "Grace", password: "two lamps by the gate" };
  const call = <T>(cookie: string, method: string, path: string, body?: unknown) =>
    callJson<T>(`${app.url}${path}`, { method, headers: { origin: app.url, cookie }, body });
  const invite = async (email: string, role: string): Promise<OperatorInvitation> => {
    const answer = await ada.post<OperatorInvitation>(paths.operators, { email, role });
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    assert.equal(answer.headers.get("cache-control"), "no-store");
    return answer.body;
  };
  const useLink = async (link: string, email: string) => {
    const body = { token: link.split("#/setup/")[1], email, ...grace };
    return callJson<Operator & Refused>(`${app.url}${paths.setup}`, {
      method: "POST",
      headers: { origin: app.url },
      body,
    });
  };
  /** Uses the link and accepts the confidentiality text; answers the cookie. */
  const settle = async (link: string, email: string): Promise<string> => {
    const used = await useLink(link, email);
    assert.equal(used.status, 200, JSON.stringify(used.body));
    const cookie = (used.headers.getSetCookie()[0] ?? "").split(";", 1)[0] ?? "";
    await call(cookie, "POST", paths.confidentiality, { accepted: true });
    return cookie;
  };
  const list = async () => (await ada.get<OperatorAccount[]>(paths.operators)).body;
  const acts = async () => {
    const store = await app.openStore();
    try {
      const rows = await store.find("audit", { site: "-" });
      return rows.map((row) => String(row["act"]));
    } finally {
      await store.close();
    }
  };

  it("invites by a link that works once, for its own address; the role then holds", async () => {
    const { account, link } = await invite("Grace@Example.org", "operator");
    assert.equal(account.email, "grace@example.org");
    assert.equal(account.invited, true);
    const signIn = { email: account.email, password: grace.password };
    assert.equal((await call("", "POST", paths.signIn, signIn)).status, 401);
    assert.equal((await useLink(link, "eve@example.org")).body.code, "EMAIL_INVALID");
    const check = (token: string | undefined) =>
      call<SetupLinkOwner & Refused>("", "POST", paths.setupCheck, { token });
    const token = link.split("#/setup/")[1];
    assert.deepEqual((await check(token)).body, {
      email: "grace@example.org",
      name: "",
      role: "operator",
    });
    assert.equal((await check("x".repeat(43))).body.code, "SETUP_LINK_INVALID");

    const used = await useLink(link, "grace@example.org");
    assert.equal(used.status, 200);
    assert.equal(used.body.role, "operator");
    assert.equal(used.body.confidentialityAccepted, false);
    assert.equal((await useLink(link, "grace@example.org")).body.code, "SETUP_LINK_INVALID");
    assert.equal((await check(token)).body.code, "SETUP_LINK_INVALID");
    assert.equal((await call("", "POST", paths.signIn, signIn)).status, 200);
    assert.deepEqual(
      (await list()).map(({ email, name, role, invited }) => ({ email, name, role, invited })),
      [
        { email: "ada@example.org", name: "Ada", role: "admin", invited: false },
        { email: "grace@example.org", name: "Grace", role: "operator", invited: false },
      ],
    );
    assert.ok((await acts()).includes("operator.invite"));
    const view = paths.privacyView("demo-shop-000000000000", "accounts");
    const shown = await ada.get<{ rows: { act: string; actor: string }[] }>(view);
    const invited = shown.body.rows.find(({ act }) => act === "operator.invite");
    assert.equal(invited?.actor, ada.operator.id);
    const store = await app.openStore();
    const stored = JSON.stringify(await store.dump());
    await store.close();
    assert.ok(!stored.includes(link.split("#/setup/")[1] ?? link), "the link is stored nowhere");
  });

  it("ends an invitation after three days, or when a newer link was made", async () => {
    const { account, link } = await invite("grace@example.org", "viewer");
    const renewed = await ada.post<OperatorInvitation>(paths.operatorLink(account.id), {});
    assert.equal((await useLink(link, account.email)).body.code, "SETUP_LINK_INVALID");
    app.clock?.move(3 * day);
    assert.equal((await useLink(renewed.body.link, account.email)).status, 403);
    const third = await ada.post<OperatorInvitation>(paths.operatorLink(account.id), {});
    app.clock?.move(3 * day - 1);
    assert.equal((await useLink(third.body.link, account.email)).status, 200);
  });

  it("lets admins alone see and change accounts", async () => {
    const cookies = [];
    for (const role of ["operator", "viewer"]) {
      const { link, account } = await invite(`${role}@example.org`, role);
      cookies.push(await settle(link, account.email));
    }
    const body = { email: "eve@example.org", role: "admin" };
    for (const cookie of cookies) {
      for (const [method, path, content] of [
        ["GET", paths.operators, undefined],
        ["POST", paths.operators, body],
        ["PATCH", paths.operatorAccount(ada.operator.id), { role: "viewer" }],
        ["DELETE", paths.operatorAccount(ada.operator.id), undefined],
        ["POST", paths.operatorLink(ada.operator.id), {}],
        ["GET", paths.privacyView("demo-shop-000000000000", "accounts"), undefined],
      ] as const)
        assert.equal((await call<Refused>(cookie, method, path, content)).body.code, "FORBIDDEN");
    }
    assert.equal((await list()).length, 3);
  });

  it("refuses a taken address, a role that does not exist, and an unknown account", async () => {
    const post = (body: unknown) => ada.post<Refused>(paths.operators, body);
    assert.equal((await post({ email: "ADA@example.org", role: "viewer" })).body.code, "CONFLICT");
    assert.equal((await post({ email: "nobody", role: "viewer" })).body.code, "EMAIL_INVALID");
    assert.equal((await post({ email: "eve@a.example", role: "root" })).body.code, "BAD_REQUEST");
    assert.equal((await post({ email: { $gt: "" }, role: "admin" })).body.code, "BAD_REQUEST");
    const unknown = await ada.post<Refused>(paths.operatorLink("nobody"), {});
    assert.equal(unknown.body.code, "NOT_FOUND");
    assert.equal((await list()).length, 1);
  });

  it("a changed role ends the sessions and their sockets, and holds from then on", async () => {
    const { account, link } = await invite("grace@example.org", "operator");
    const cookie = await settle(link, account.email);
    const socket = io(`${app.url}${OPERATOR_NAMESPACE}`, {
      path: SOCKET_PATH,
      query: { v: String(PROTOCOL_VERSION) },
      transports: ["websocket"],
      extraHeaders: { cookie, origin: app.url },
      reconnection: false,
    });
    try {
      await new Promise<void>((resolve) => socket.once("connect", resolve));
      const cut = new Promise((resolve) => socket.once("disconnect", resolve));
      const path = paths.operatorAccount(account.id);
      assert.equal((await ada.patch<OperatorAccount>(path, { role: "viewer" })).status, 200);
      await cut;
    } finally {
      socket.disconnect();
    }
    assert.equal((await call(cookie, "GET", paths.me)).status, 401);
    const again = await call<Operator>("", "POST", paths.signIn, {
      email: account.email,
      password: grace.password,
    });
    assert.equal(again.body.role, "viewer");
    assert.ok((await acts()).includes("operator.role"));
  });

  it("a removed operator is out at once, link and password included", async () => {
    const { account, link } = await invite("grace@example.org", "admin");
    const cookie = await settle(link, account.email);
    const renewed = await ada.post<OperatorInvitation>(paths.operatorLink(account.id), {});
    const path = paths.operatorAccount(account.id);
    assert.equal((await call(ada.cookie, "DELETE", path)).status, 204);
    await eventually(async () => assert.equal((await call(cookie, "GET", paths.me)).status, 401));
    assert.equal((await useLink(renewed.body.link, account.email)).body.code, "SETUP_LINK_INVALID");
    const signIn = { email: account.email, password: grace.password };
    assert.equal((await call("", "POST", paths.signIn, signIn)).status, 401);
    assert.equal((await call<Refused>(ada.cookie, "DELETE", path)).body.code, "NOT_FOUND");
  });

  it("the link of a removed account makes nobody an admin, whatever happened to the admins", async () => {
    const { account, link } = await invite("grace@example.org", "viewer");
    const token = link.split("#/setup/")[1] ?? "";
    const store = await app.openStore();
    const [kept] = await store.find("setup_links", { operatorId: account.id });
    assert.ok(kept !== undefined);
    assert.equal((await call(ada.cookie, "DELETE", paths.operatorAccount(account.id))).status, 204);
    assert.equal(await store.count("setup_links", { operatorId: account.id }), 0);
    await store.close();
    // As if the link had survived, and no admin had.
    const { client, db } = await openDatabase(app.storeUrl());
    await db.collection("setup_links").insertOne(kept);
    await db.collection("operators").deleteMany({});
    await client.close();
    assert.notEqual(token, "");
    assert.equal((await useLink(link, "eve@example.org")).body.code, "SETUP_LINK_INVALID");
    assert.notEqual(await app.setupLink(), null, "the terminal's link does");
  });

  it("nobody changes or removes the own account: an admin always remains", async () => {
    const path = paths.operatorAccount(ada.operator.id);
    assert.equal((await ada.patch<Refused>(path, { role: "viewer" })).body.code, "UNPROCESSABLE");
    assert.equal((await call<Refused>(ada.cookie, "DELETE", path)).body.code, "UNPROCESSABLE");
    // An invited admin cannot act yet, and so does not count.
    await invite("grace@example.org", "admin");
    assert.equal(await app.setupLink(), null);
  });
});
