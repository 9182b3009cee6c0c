import assert from "node:assert/strict";
import {
  cut,
  heard,
  newToken,
  refusalOf,
  SHOP,
  startChat,
  value,
  draft,
  newId,
  type Chat,
} from "./start-chat.js";

describe("a socket's handshake", () => {
  let chat: Chat;
  before(async () => {
    chat = await startChat();
  });
  after(() => chat.stop());
  afterEach(() => chat.limited.clear());

  const query = (site: string, v = "1") => ({ query: { site, v } });
  const from = (headers: Record<string, string>) => ({ extraHeaders: headers });

  for (const transport of ["websocket", "polling"] as const) {
    const over = { transports: [transport] };

    it(`admits a listed origin and refuses any other, over ${transport}`, async () => {
      await chat.openVisitor(newToken(), over);
      for (const origin of [
        "http://evil.example",
        "http://shop.example:81",
        "https://shop.example",
        "null",
      ]) {
        const socket = chat.visitorSocket(newToken(), { ...over, ...from({ origin }) });
        assert.equal(await refusalOf(socket), "");
      }
      assert.ok(chat.refusedOrigins.includes("http://evil.example"));
    });

    it(`takes a missing origin only where the browser says it is same-origin, over ${transport}`, async () => {
      await chat.openVisitor(newToken(), { ...over, ...from({ "sec-fetch-site": "same-origin" }) });
      assert.equal(await refusalOf(chat.visitorSocket(newToken(), { ...over, ...from({}) })), "");
      const cross = from({ "sec-fetch-site": "cross-site" });
      assert.equal(await refusalOf(chat.visitorSocket(newToken(), { ...over, ...cross })), "");
    });

    it(`opens the dashboard's side to PUBLIC_URL's origin and a session only, over ${transport}`, async () => {
      const elsewhere = {
        ...over,
        ...from({ origin: SHOP, cookie: "porchlight_session=admin-eve" }),
      };
      assert.equal(await refusalOf(chat.operatorSocket("admin-eve", elsewhere)), "");
      // A site's page may open a visitor's link; the dashboard's namespace stays shut on it.
      const asVisitor = { ...elsewhere, ...query(chat.site.key) };
      assert.equal(await refusalOf(chat.operatorSocket("admin-eve", asVisitor)), "ORIGIN_REFUSED");
      assert.equal(await refusalOf(chat.operatorSocket("none", over)), "NOT_SIGNED_IN");
    });
  }

  it("names an unknown site, an old protocol and a token of the wrong form", async () => {
    assert.equal(await refusalOf(chat.visitorSocket(newToken(), query("nosuchkey"))), "");
    assert.equal(
      await refusalOf(chat.visitorSocket(newToken(), query(chat.site.key, "0"))),
      "CLIENT_OUTDATED",
    );
    for (const auth of [
      {},
      { token: "short" },
      { token: { $gt: "" } },
      { token: [newToken()] },
      { token: null },
    ])
      assert.equal(await refusalOf(chat.visitorSocket(newToken(), { auth })), "TOKEN_INVALID");
  });

  it("answers a rate limit with the seconds to wait", async () => {
    chat.limited.add("connect");
    assert.equal(await refusalOf(chat.visitorSocket()), "RATE_LIMITED");
  });

  it("lets pages of the site read the polling answers, and no other", async () => {
    const ask = async (origin: string) => {
      const address = `${chat.url}/io/?EIO=4&transport=polling&site=${chat.site.key}&v=1`;
      const response = await fetch(address, { headers: { origin } });
      return [response.status, response.headers.get("access-control-allow-origin")];
    };
    assert.deepEqual(await ask(SHOP), [200, SHOP]);
    assert.deepEqual(await ask("http://evil.example"), [403, null]);
  });

  it("a token of one site is nobody on another", async () => {
    const token = newToken();
    const visitor = await chat.openVisitor(token);
    await value(visitor.emitWithAck("message:send", draft(newId(), "hello")));
    const elsewhere = await chat.openVisitor(token, {
      ...query(chat.otherSite.key),
      ...from({ origin: "http://other.example" }),
    });
    const session = await value(elsewhere.emitWithAck("session:resume", {}));
    assert.deepEqual(session.conversations, []);
  });

  it("a token that ended cuts every socket that has it and opens none", async () => {
    const token = newToken();
    const tabs = [await chat.openVisitor(token), await chat.openVisitor(token)];
    const conversationId = newId();
    for (const tab of tabs)
      await value(tab.emitWithAck("message:send", draft(conversationId, "hi")));
    const told = tabs.map((tab) => heard(tab, "token:revoked"));
    const gone = tabs.map(cut);
    await chat.endToken(token);
    await Promise.all([...told, ...gone]);
    assert.equal(await refusalOf(chat.visitorSocket(token)), "TOKEN_REVOKED");
  });

  it("a session that ended cuts the operator's sockets and opens none", async () => {
    const operator = await chat.openOperator("operator-otto");
    const other = await chat.openOperator("operator-olga");
    const told = heard(operator, "session:ended");
    const gone = cut(operator);
    chat.signedOut.add("otto");
    chat.publish.operatorSessionEnded("session-otto");
    await Promise.all([told, gone]);
    assert.equal(await refusalOf(chat.operatorSocket("operator-otto")), "NOT_SIGNED_IN");
    assert.equal(other.connected, true);
  });
});
