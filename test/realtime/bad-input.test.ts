import assert from "node:assert/strict";
import { refuse } from "../../server/errors.js";
import { isErrorCode } from "../../shared/error-codes.js";
import { cut, draft, newId, refusal, startChat, value, type Chat } from "./start-chat.js";

/** Any event with anything: what a client that is not ours may do. */
interface Untyped {
  emitWithAck(event: string, ...args: unknown[]): Promise<unknown>;
  emit(event: string, ...args: unknown[]): unknown;
  connected: boolean;
}

/** One of each kind of value that a field could hold but should not. */
const values: unknown[] = [
  undefined,
  null,
  true,
  -1,
  1.5,
  1e300,
  "",
  "x",
  "__proto__",
  [],
  [null],
  {},
  { $gt: "" },
  { toString: "x" },
  { length: 3 },
  new Uint8Array(3),
];

describe("bad input on sockets", () => {
  let chat: Chat;
  let frozen = false;
  before(async () => {
    chat = await startChat({
      requireUse: () => (frozen ? Promise.reject(refuse("CONSENT_REFUSED")) : Promise.resolve()),
    });
  });
  after(() => chat.stop());
  afterEach(() => {
    chat.limited.clear();
    frozen = false;
  });

  const visitorEvents: Record<string, Record<string, unknown>> = {
    "message:send": { ...draft(newId(), "text") },
    "messages:list": { conversationId: newId(), afterSeq: 0, afterRevision: 0 },
    "conversation:read": { conversationId: newId(), seq: 1 },
    "typing:set": { conversationId: newId(), on: true },
    "profile:save": { name: "n", email: "" },
  };
  const operatorEvents: Record<string, Record<string, unknown>> = {
    "inbox:list": { siteId: newId(), state: "open", before: null },
    "message:send": { ...draft(newId(), "text") },
    "messages:list": { conversationId: newId(), afterSeq: 0, afterRevision: 0 },
    "conversation:read": { conversationId: newId(), seq: 1 },
    "conversation:close": { conversationId: newId() },
    "conversation:reopen": { conversationId: newId() },
    "typing:set": { conversationId: newId(), on: true },
    "visitor:get": { conversationId: newId() },
  };

  async function tryEverything(
    socket: Untyped,
    events: Record<string, Record<string, unknown>>,
  ): Promise<void> {
    for (const [event, good] of Object.entries(events)) {
      const payloads: unknown[] = [...values];
      for (const field of Object.keys(good))
        for (const bad of values) {
          if (typeof bad === typeof good[field] && typeof bad !== "object") continue;
          if (field === "before" && bad === null) continue;
          if (field === "attachmentIds" && Array.isArray(bad) && bad.length === 0) continue;
          payloads.push({ ...good, [field]: bad });
        }
      const replies = await Promise.all(
        payloads.map((payload) => socket.emitWithAck(event, payload)),
      );
      replies.forEach((reply, at) => {
        assert.ok(typeof reply === "object" && reply !== null && "ok" in reply && "code" in reply);
        assert.equal(reply.ok, false, `${event} took ${JSON.stringify(payloads[at])}`);
        assert.ok(isErrorCode(reply.code));
        assert.notEqual(reply.code, "INTERNAL", `${event}: ${JSON.stringify(payloads[at])}`);
      });
    }
    assert.equal(socket.connected, true);
  }

  async function countRows(): Promise<number[]> {
    const names = ["visitors", "conversations", "messages"];
    return Promise.all(
      names.map((name) => chat.store.connection.collection(name).countDocuments()),
    );
  }

  it("every wrong type in every field of a visitor's events is a coded refusal that stores nothing", async () => {
    const visitor = await chat.openVisitor();
    const before = await countRows();
    await tryEverything(visitor, visitorEvents);
    assert.deepEqual(await countRows(), before);
    await value(visitor.emitWithAck("message:send", draft(newId(), "still here")));
  });

  it("every wrong type in every field of an operator's events is a coded refusal that stores nothing", async () => {
    const operator = await chat.openOperator();
    const before = await countRows();
    await tryEverything(operator, operatorEvents);
    assert.deepEqual(await countRows(), before);
  });

  it("an unknown event, no payload, too many arguments and a missing acknowledgement leave the connection open", async () => {
    const socket = (await chat.openVisitor()) as unknown as Untyped;
    const reply = await socket.emitWithAck("message:explode", {});
    assert.deepEqual(reply, { ok: false, code: "BAD_REQUEST", message: "There is no such event." });
    for (const event of ["constructor", "toString", "hasOwnProperty"])
      assert.ok(await socket.emitWithAck(event, {}));
    assert.ok(await socket.emitWithAck("message:send"));
    assert.ok(await socket.emitWithAck("message:send", {}, {}, {}));
    socket.emit("message:send", { nonsense: true });
    socket.emit("message:send");
    assert.ok(await socket.emitWithAck("session:resume", {}));
    assert.equal(socket.connected, true);
  });

  it("a message sent without an acknowledgement is stored all the same", async () => {
    const visitor = await chat.openVisitor();
    const conversationId = newId();
    (visitor as unknown as Untyped).emit("message:send", draft(conversationId, "fire and forget"));
    const next = await value(visitor.emitWithAck("message:send", draft(conversationId, "next")));
    const page = await value(
      visitor.emitWithAck("messages:list", { conversationId, afterSeq: 0, afterRevision: 0 }),
    );
    assert.equal(page.messages.length, 2);
    assert.ok(next.seq <= 2);
  });

  it("what was taken once is its sender's answer for good, even where the same draft would be refused now", async () => {
    const visitor = await chat.openVisitor();
    const first = draft(newId(), "taken");
    const stored = await value(visitor.emitWithAck("message:send", first));
    const later = [
      { ...first, text: "x".repeat(4001) },
      { ...first, text: " " },
      { ...first, attachmentIds: [newId()] },
    ];
    for (const again of later)
      assert.deepEqual(await value(visitor.emitWithAck("message:send", again)), stored);
    const operator = await chat.openOperator();
    const reply = draft(first.conversationId, "an answer");
    const answered = await value(operator.emitWithAck("message:send", reply));
    const tooLong = { ...reply, text: "x".repeat(4001) };
    assert.deepEqual(await value(operator.emitWithAck("message:send", tooLong)), answered);

    frozen = true;
    assert.deepEqual(await value(visitor.emitWithAck("message:send", first)), stored);
    assert.deepEqual(await value(operator.emitWithAck("message:send", reply)), answered);
    for (const side of [visitor, operator]) {
      const more = side.emitWithAck("message:send", draft(first.conversationId, "and more"));
      assert.equal(await refusal(more), "CONSENT_REFUSED");
    }
    frozen = false;

    const stranger = await chat.openVisitor();
    const theirs = { ...first, text: "x".repeat(4001) };
    assert.equal(await refusal(stranger.emitWithAck("message:send", theirs)), "TEXT_TOO_LONG");
    const fresh = { ...theirs, clientId: newId() };
    assert.equal(await refusal(visitor.emitWithAck("message:send", fresh)), "TEXT_TOO_LONG");
    const messages = chat.store.connection.collection("messages");
    assert.equal(await messages.countDocuments({ conversation: first.conversationId }), 2);
  });

  it("text over the limit, an empty message and too many photos each have their own code, at the edge", async () => {
    const visitor = await chat.openVisitor();
    const conversationId = newId();
    const send = (text: string, attachmentIds: string[] = []) =>
      visitor.emitWithAck("message:send", { ...draft(conversationId, text), attachmentIds });
    assert.equal(await refusal(send("x".repeat(4001))), "TEXT_TOO_LONG");
    assert.equal(await refusal(send(" \n\t ")), "MESSAGE_EMPTY");
    assert.equal(
      await refusal(send("x", Array.from({ length: 11 }, newId))),
      "TOO_MANY_ATTACHMENTS",
    );
    assert.equal(await refusal(send("x", [newId()])), "UNKNOWN_ATTACHMENT");
    assert.deepEqual(
      await chat.store.connection.collection("conversations").findOne({ lastSeq: 0 }),
      null,
    );
    assert.equal((await value(send("x".repeat(4000)))).seq, 1);
  });

  it("what a rate limit refuses is coded with the time to wait, and nothing of it is stored", async () => {
    const visitor = await chat.openVisitor();
    const message = draft(newId(), "later");
    for (const limit of ["send", "start"] as const) {
      chat.limited.add(limit);
      const reply = await visitor.emitWithAck("message:send", message);
      assert.ok(!reply.ok);
      assert.deepEqual([reply.code, reply.retryAfter], ["RATE_LIMITED", 7]);
      chat.limited.clear();
    }
    assert.equal((await value(visitor.emitWithAck("message:send", message))).seq, 1);
  });

  it("each new conversation is counted as a start, also of a visitor who is known", async () => {
    const visitor = await chat.openVisitor();
    const begun = newId();
    await value(visitor.emitWithAck("message:send", draft(begun, "hello")));
    chat.limited.add("start");
    const refused = draft(newId(), "another");
    assert.equal(await refusal(visitor.emitWithAck("message:send", refused)), "RATE_LIMITED");
    assert.equal((await value(visitor.emitWithAck("message:send", draft(begun, "on")))).seq, 2);
    chat.limited.clear();
    const conversations = chat.store.connection.collection<{ _id: string }>("conversations");
    assert.equal(await conversations.countDocuments({ _id: refused.conversationId }), 0);
    assert.equal((await value(visitor.emitWithAck("message:send", refused))).seq, 1);
  });

  it("a payload up to the transport's limit gets its code, one beyond it cuts the link; neither stores anything", async () => {
    const before = await countRows();
    // Beside the text a frame has some 150 bytes. The limit is one of bytes, not of characters.
    for (const text of ["x".repeat(99_800), "é".repeat(49_900)]) {
      const visitor = await chat.openVisitor();
      const refused = visitor.emitWithAck("message:send", draft(newId(), text));
      assert.equal(await refusal(refused), "TEXT_TOO_LONG");
      assert.ok(await value(visitor.emitWithAck("session:resume", {})));
    }
    for (const text of ["x".repeat(100_000), "é".repeat(50_000), "x".repeat(1_000_000)]) {
      const visitor = await chat.openVisitor();
      const gone = cut(visitor);
      visitor.emit("message:send", draft(newId(), text), () => undefined);
      await gone;
    }
    assert.deepEqual(await countRows(), before);
  });

  it("cuts a socket that asks without end, and goes on serving the others", async () => {
    const flooding = await chat.openVisitor();
    const other = await chat.openVisitor();
    const gone = cut(flooding);
    let answered = 0;
    for (let count = 0; count < 5000; count++)
      flooding.emit("session:resume", {}, () => (answered += 1));
    assert.ok(await value(other.emitWithAck("session:resume", {})));
    await gone;
    assert.ok(answered < 5000);
    assert.equal(other.connected, true);
  });
});
