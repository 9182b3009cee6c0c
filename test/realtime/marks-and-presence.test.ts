import assert from "node:assert/strict";
import type {
  Conversation,
  InboxPage,
  InboxRequest,
  InboxRow,
  Presence,
  Typing,
} from "../../shared/wire.js";
import {
  draft,
  heard,
  newId,
  newToken,
  refusal,
  startChat,
  value,
  type Chat,
  type VisitorClient,
} from "./start-chat.js";

describe("marks, states and presence", () => {
  let chat: Chat;
  beforeEach(async () => {
    chat = await startChat();
  });
  afterEach(() => chat.stop());

  async function begin(texts: string[], token = newToken()) {
    const visitor = await chat.openVisitor(token);
    const conversationId = newId();
    for (const text of texts)
      await value(visitor.emitWithAck("message:send", draft(conversationId, text)));
    return { visitor, conversationId, token };
  }

  const rowOf = async (conversationId: string, state: "open" | "closed" = "open") => {
    const operator = await chat.openOperator("viewer-vera");
    const request = { siteId: chat.site.id, state, before: null };
    const { rows } = await value(operator.emitWithAck("inbox:list", request));
    return rows.find((row) => row.conversation.id === conversationId);
  };

  it("an operator's mark clears what it covers, moves forwards only, and the visitor learns of it", async () => {
    const { visitor, conversationId } = await begin(["one", "two", "three"]);
    const operator = await chat.openOperator();
    const told = heard<Conversation>(visitor, "conversation:changed");
    const read = (seq: number) =>
      value(operator.emitWithAck("conversation:read", { conversationId, seq }));
    assert.equal((await read(2)).readByOperator, 2);
    assert.equal((await told).readByOperator, 2);
    assert.equal((await rowOf(conversationId))?.unread, 1);
    assert.equal((await read(1)).readByOperator, 2);
    assert.equal((await read(999)).readByOperator, 3);
    assert.equal((await rowOf(conversationId))?.unread, 0);
  });

  it("a visitor's mark reaches the operators and leaves their own unread count alone", async () => {
    const { visitor, conversationId } = await begin(["hello"]);
    const operator = await chat.openOperator();
    await value(operator.emitWithAck("message:send", draft(conversationId, "hi")));
    const told = heard<InboxRow>(
      operator,
      "conversation:changed",
      (row) => row.conversation.readByVisitor === 2,
    );
    await value(visitor.emitWithAck("conversation:read", { conversationId, seq: 2 }));
    assert.equal((await told).unread, 1);
  });

  it("somebody waits from their first unanswered message until the answer", async () => {
    const { visitor, conversationId } = await begin(["first", "second"]);
    const page = await value(
      visitor.emitWithAck("messages:list", { conversationId, afterSeq: 0, afterRevision: 0 }),
    );
    assert.equal((await rowOf(conversationId))?.waitingSince, page.messages[0]?.sentAt);
    const operator = await chat.openOperator();
    await value(operator.emitWithAck("message:send", draft(conversationId, "answer")));
    assert.equal((await rowOf(conversationId))?.waitingSince, null);
  });

  it("a closed conversation leaves the inbox and a new message of the visitor brings it back", async () => {
    const { visitor, conversationId } = await begin(["hello"]);
    const operator = await chat.openOperator();
    const told = heard<Conversation>(visitor, "conversation:changed");
    const closed = await value(operator.emitWithAck("conversation:close", { conversationId }));
    assert.equal(closed.state, "closed");
    assert.equal((await told).state, "closed");
    assert.equal(await rowOf(conversationId), undefined);
    assert.equal((await rowOf(conversationId, "closed"))?.conversation.id, conversationId);
    await value(operator.emitWithAck("message:send", draft(conversationId, "one more thing")));
    assert.equal(await rowOf(conversationId), undefined);
    await value(visitor.emitWithAck("message:send", draft(conversationId, "wait")));
    assert.equal((await rowOf(conversationId))?.conversation.state, "open");
    await value(operator.emitWithAck("conversation:close", { conversationId }));
    const again = await value(operator.emitWithAck("conversation:reopen", { conversationId }));
    assert.equal(again.state, "open");
    assert.equal(
      await refusal(operator.emitWithAck("conversation:close", { conversationId: newId() })),
      "UNKNOWN_CONVERSATION",
    );
  });

  it("the inbox comes in pages, newest first, each conversation once", async () => {
    const sockets = await Promise.all(Array.from({ length: 55 }, () => chat.openVisitor()));
    await Promise.all(
      sockets.map((socket) => value(socket.emitWithAck("message:send", draft(newId(), "hi")))),
    );
    const operator = await chat.openOperator();
    const seen: InboxRow[] = [];
    for (let before: InboxRequest["before"] = null; ;) {
      const request: InboxRequest = { siteId: chat.site.id, state: "open", before };
      const page: InboxPage = await value(operator.emitWithAck("inbox:list", request));
      seen.push(...page.rows);
      const last = page.rows.at(-1);
      if (!page.more || last === undefined) break;
      before = { lastAt: last.lastAt, id: last.conversation.id };
    }
    assert.equal(seen.length, 55);
    assert.equal(new Set(seen.map((row) => row.conversation.id)).size, 55);
    assert.equal(new Set(seen.map((row) => row.visitor.number)).size, 55);
    assert.ok(seen.every((row, at) => at === 0 || row.lastAt <= (seen[at - 1]?.lastAt ?? 0)));
    const other = await value(
      operator.emitWithAck("inbox:list", {
        siteId: chat.otherSite.id,
        state: "open",
        before: null,
      }),
    );
    assert.deepEqual(other.rows, []);
  });

  it("the light goes on with the first operator and off after the last has been gone a while", async () => {
    const visitor = await chat.openVisitor();
    const ask = async () =>
      (await value(visitor.emitWithAck("session:resume", {}))).presence.operatorsOnline;
    assert.equal(await ask(), false);
    const on = heard<Presence>(visitor, "presence:changed");
    const first = await chat.openOperator("operator-olga");
    assert.deepEqual(await on, { operatorsOnline: true });
    const second = await chat.openOperator("operator-otto");
    const off = heard<Presence>(visitor, "presence:changed");
    first.disconnect();
    second.disconnect();
    const third = await chat.openOperator("operator-olga");
    assert.equal(await ask(), true);
    third.disconnect();
    assert.deepEqual(await off, { operatorsOnline: false });
    assert.equal(await ask(), false);
  });

  it("operators see a visitor leave", async () => {
    const { visitor, conversationId } = await begin(["hello"]);
    const operator = await chat.openOperator();
    const left = heard<InboxRow>(
      operator,
      "conversation:changed",
      (row) => row.conversation.id === conversationId && !row.visitor.online,
    );
    visitor.disconnect();
    await left;
  });

  it("typing is told to the other side and to nobody else", async () => {
    const { visitor, conversationId } = await begin(["hello"]);
    const operator = await chat.openOperator();
    const atOperator = heard<Typing>(operator, "typing:changed");
    await value(visitor.emitWithAck("typing:set", { conversationId, on: true }));
    assert.deepEqual(await atOperator, { conversationId, who: "visitor", on: true });
    const atVisitor = heard<Typing>(visitor, "typing:changed");
    await value(operator.emitWithAck("typing:set", { conversationId, on: true }));
    assert.deepEqual(await atVisitor, { conversationId, who: "operator", on: true });
    const { visitor: stranger } = await begin(["I am another"]);
    assert.equal(
      await refusal(stranger.emitWithAck("typing:set", { conversationId, on: true })),
      "UNKNOWN_CONVERSATION",
    );
  });

  it("a visitor says who they are, or not, and operators see it in the row", async () => {
    const { visitor, conversationId } = await begin(["hello"]);
    const operator = await chat.openOperator();
    const save = (socket: VisitorClient, name: string, email: string) =>
      socket.emitWithAck("profile:save", { name, email });
    const told = heard<InboxRow>(
      operator,
      "conversation:changed",
      (row) => row.visitor.name === "Ann",
    );
    assert.deepEqual(await value(save(visitor, " Ann\u202e ", "ann@shop.example")), {
      name: "Ann",
      email: "ann@shop.example",
    });
    assert.equal((await told).visitor.email, "ann@shop.example");
    assert.equal(await refusal(save(visitor, "Ann", "no address")), "EMAIL_INVALID");
    assert.equal(await refusal(save(visitor, "x".repeat(81), "")), "BAD_REQUEST");
    assert.equal(await refusal(save(await chat.openVisitor(), "Eve", "")), "UNKNOWN_VISITOR");
    assert.equal((await rowOf(conversationId))?.visitor.name, "Ann");
  });

  it("what is known of a visitor is shown beside the conversation", async () => {
    const { conversationId } = await begin(["hello"]);
    const operator = await chat.openOperator();
    const details = await value(operator.emitWithAck("visitor:get", { conversationId }));
    assert.equal(details.visitor.online, true);
    assert.ok(details.firstSeenAt > 0);
    assert.equal(
      await refusal(operator.emitWithAck("visitor:get", { conversationId: newId() })),
      "UNKNOWN_CONVERSATION",
    );
  });

  it("a site that asks for the age lets nobody begin without the answer", async () => {
    chat.site.rules.age.gate = true;
    const token = newToken();
    const silent = await chat.openVisitor(token);
    const first = draft(newId(), "hello");
    assert.equal(await refusal(silent.emitWithAck("message:send", first)), "CONSENT_REFUSED");
    assert.equal(await chat.store.connection.collection("visitors").countDocuments(), 0);
    const ofAge = await chat.openVisitor(token, { auth: { token, ofAge: true } });
    assert.equal((await value(ofAge.emitWithAck("message:send", first))).seq, 1);
  });

  it("a stop is announced, finishes what is being stored, and closes the sockets", async () => {
    const { visitor, conversationId } = await begin(["hello"]);
    const announced = heard(visitor, "server:stopping");
    const last = visitor.emitWithAck("message:send", draft(conversationId, "on its way"));
    await value(visitor.emitWithAck("session:resume", {}));
    await Promise.all([chat.realtime.stop(), announced]);
    assert.equal((await value(last)).seq, 2);
  });
});
