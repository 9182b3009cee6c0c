import assert from "node:assert/strict";
import { randomFillSync } from "node:crypto";
import { io, type Socket } from "socket.io-client";
import type { Ack } from "../../shared/error-codes.js";
import type { OperatorEvents, OperatorNews } from "../../shared/events.js";
import { makeId } from "../../shared/ids.js";
import { paths } from "../../shared/paths.js";
import type { RequestRow } from "../../shared/privacy.js";
import { OPERATOR_NAMESPACE, SOCKET_PATH } from "../../shared/protocol.js";
import type { Message, OutboxMail, SiteSettings } from "../../shared/wire.js";
import { visitShop, type VisitorAtShop } from "../browser/write-as-visitor.js";
import { makePhoto } from "../support/make-photo.js";
import { openPrivacyPage } from "../support/open-privacy-page.js";
import { signInAdmin, type OperatorApi } from "../support/sign-in.js";
import { startApp, type TestApp } from "../support/start-app.js";
import type { StoreReader } from "../support/read-store.js";

const newId = () => makeId((bytes) => randomFillSync(bytes));

describe("a person whose data may not be used", function () {
  this.timeout(20_000);
  let app: TestApp;
  let admin: OperatorApi;
  let siteId: string;
  let store: StoreReader;
  let photo: Buffer;
  let operator: Socket<OperatorNews, OperatorEvents>;
  before(async () => {
    photo = await makePhoto({ width: 64, height: 48 });
    app = await startApp();
    store = await app.openStore();
    admin = await signInAdmin(app);
    siteId = (await admin.get<SiteSettings[]>(paths.sites)).body[0]?.id ?? "";
    operator = io(app.url + OPERATOR_NAMESPACE, {
      path: SOCKET_PATH,
      transports: ["websocket"],
      forceNew: true,
      extraHeaders: { origin: app.url, cookie: admin.cookie },
    });
  });
  after(async () => {
    operator.disconnect();
    await store.close();
    await app.stop();
  });

  const view = (name: string) => paths.privacyView(siteId, name);
  const answer = (conversationId: string) =>
    new Promise<Ack<Message>>((resolve) => {
      const draft = { conversationId, clientId: newId(), text: "hello back", attachmentIds: [] };
      operator.emit("message:send", draft, resolve);
    });
  const upload = (path: string, conversationId: string, headers: Record<string, string>) =>
    fetch(
      `${app.url}${path}?${new URLSearchParams({ conversationId, clientId: newId() }).toString()}`,
      {
        method: "POST",
        headers: { "content-type": "application/octet-stream", ...headers },
        body: Buffer.from(photo),
      },
    );
  const asVisitor = (visitor: VisitorAtShop, conversationId = visitor.conversationId) =>
    upload(paths.attachments(app.demoKey), conversationId, {
      origin: app.demoUrl ?? "",
      authorization: `Bearer ${visitor.token}`,
    });
  const asOperator = (conversationId: string) =>
    upload(paths.operatorAttachments(siteId), conversationId, {
      origin: app.url,
      cookie: admin.cookie,
    });

  async function assertSilent(visitor: VisitorAtShop): Promise<void> {
    const { conversationId } = visitor;
    const before = await store.dump();
    await assert.rejects(visitor.write("one more"), /CONSENT_REFUSED/);
    const told = await answer(conversationId);
    assert.equal(told.ok ? "" : told.code, "CONSENT_REFUSED");
    assert.equal((await asVisitor(visitor)).status, 403);
    assert.equal((await asVisitor(visitor, newId())).status, 403, "nor by a new conversation");
    assert.equal((await asOperator(conversationId)).status, 403);
    const after = await store.dump();
    for (const name of ["messages", "conversations", "attachments", "visitors"])
      assert.deepEqual(after[name], before[name], name);
  }
  async function assertSpeaking(visitor: VisitorAtShop): Promise<void> {
    await visitor.write("and again");
    assert.equal((await answer(visitor.conversationId)).ok, true);
    assert.equal((await asVisitor(visitor)).status, 201);
    assert.equal((await asOperator(visitor.conversationId)).status, 201);
  }

  it("is neither written to nor writes, by text or photo, until they lift it themselves (JPEGR-08)", async () => {
    const visitor = visitShop(app);
    const other = visitShop(app);
    await visitor.write("hello");
    await assertSpeaking(visitor);
    const page = await openPrivacyPage(app, visitor.token);
    const all = { how: "restrict", purpose_necessary: "1" };
    assert.equal((await page.send("restrict", all)).status, 303);
    await assertSilent(visitor);
    await other.write("somebody else is free to write");
    assert.equal((await page.send("restrict", { how: "restrict" })).status, 303);
    await assertSpeaking(visitor);
    visitor.leave();
    other.leave();
  });

  it("stays frozen over a restart, and a child cannot lift what the parents decide (JIVO-13)", async () => {
    await admin.patch(paths.site(siteId), { rules: { age: { under13: "ask_parent" } } });
    const visitor = visitShop(app);
    await visitor.write("I am ten");
    const { conversationId } = visitor;
    const body = { conversationId, parentEmail: "mum@home.example" };
    const asked = await admin.post<{ outcome: string }>(view("children"), body);
    assert.deepEqual([asked.status, asked.body.outcome], [200, "asked"]);
    await assertSilent(visitor);

    const page = await openPrivacyPage(app, visitor.token);
    assert.equal((await page.send("restrict", { how: "restrict" })).status, 403);
    await assertSilent(visitor);
    const [request] = (await admin.get<RequestRow[]>(view("requests"))).body;
    const closed = await admin.post(`${view("requests")}/${request?.id ?? ""}`, {
      state: "done",
      note: "",
    });
    assert.equal(closed.status, 409, "an operator does not decide either");

    visitor.leave();
    await app.restart();
    await store.close();
    store = await app.openStore();
    const again = await asVisitor(visitor);
    assert.equal(again.status, 403);

    const mails = (await admin.get<OutboxMail[]>(paths.outbox(siteId))).body;
    const link = /\/privacy\/me\/parent\/[\w-]+/.exec(JSON.stringify(mails))?.[0] ?? "";
    const decided = await fetch(`${app.url}${link}`, {
      method: "POST",
      body: new URLSearchParams({ decision: "keep" }),
    });
    assert.equal(decided.status, 200);
    assert.equal((await asVisitor(visitor)).status, 201);
  });
});
