import assert from "node:assert/strict";
import { mongo } from "mongoose";
import type { Conversation, InboxRow, Message } from "../../shared/wire.js";
import type { StoredConversation } from "../../server/conversations/conversation-store.js";
import { expireConversations } from "../../server/conversations/expire-conversations.js";
import { eventually } from "../support/eventually.js";
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

describe("a message's route", () => {
  let chat: Chat;
  before(async () => {
    chat = await startChat();
  });
  after(() => chat.stop());

  it("a visitor's first message makes visitor and conversation, and operators see both", async () => {
    const operator = await chat.openOperator();
    const visitor = await chat.openVisitor();
    const conversationId = newId();
    const seen = heard<Message>(operator, "message:sent");
    const row = heard<InboxRow>(
      operator,
      "conversation:changed",
      (changed) => changed.conversation.id === conversationId,
    );
    const sent = await value(visitor.emitWithAck("message:send", draft(conversationId, "Hello")));
    assert.equal(sent.seq, 1);
    assert.deepEqual(await seen, sent);
    const { visitor: summary, unread, lastText, waitingSince, siteId } = await row;
    assert.equal(siteId, chat.site.id);
    assert.equal(unread, 1);
    assert.equal(lastText, "Hello");
    assert.equal(waitingSince, sent.sentAt);
    assert.equal(summary.online, true);
  });

  it("rows of many conversations that change at once all come, the newest state of each last", async () => {
    const operator = await chat.openOperator();
    const rows = new Map<string, InboxRow>();
    let told = 0;
    operator.on("conversation:changed", (row) => {
      told += 1;
      rows.set(row.conversation.id, row);
    });
    const visitors = await Promise.all(
      Array.from({ length: 30 }, async (_, at) => ({
        id: newId(),
        socket: await chat.openVisitor(),
        lines: 1 + (at % 4),
      })),
    );
    await Promise.all(
      visitors.map(async ({ id, socket, lines }) => {
        for (let line = 1; line <= lines; line += 1)
          await value(socket.emitWithAck("message:send", draft(id, `line ${line}`)));
      }),
    );
    await eventually(() => {
      for (const { id, lines } of visitors) {
        const row = rows.get(id);
        assert.deepEqual(
          [row?.conversation.lastSeq, row?.unread, row?.lastText],
          [lines, lines, `line ${lines}`],
        );
      }
      return Promise.resolve();
    });
    assert.ok(told >= visitors.length);
    const stored = await chat.store.connection
      .collection<{ _id: string; lastSeq: number }>("conversations")
      .find({ _id: { $in: visitors.map(({ id }) => id) } })
      .toArray();
    assert.deepEqual(
      new Map(stored.map((row) => [row._id, row.lastSeq])),
      new Map(visitors.map(({ id, lines }) => [id, lines])),
    );
  });

  it("a row that a store out of reach kept back is told when it can be read again", async () => {
    const { conversations } = chat;
    const findMany = conversations.findMany.bind(conversations);
    const conversationId = newId();
    const operator = await chat.openOperator();
    const visitor = await chat.openVisitor();
    // Known, and shown on line: this tells the row, too.
    const known = heard<InboxRow>(
      operator,
      "conversation:changed",
      ({ lastText, visitor }) => lastText === "hello" && visitor.online,
    );
    await value(visitor.emitWithAck("message:send", draft(conversationId, "hello")));
    await known;
    let failures = 0;
    conversations.findMany = (ids) => {
      if (failures === 2 || !ids.includes(conversationId)) return findMany(ids);
      failures += 1;
      return Promise.reject(new mongo.MongoNetworkError("gone"));
    };
    const told = heard<InboxRow>(
      operator,
      "conversation:changed",
      ({ conversation, lastText }) => conversation.id === conversationId && lastText === "anybody?",
    );
    await value(visitor.emitWithAck("message:send", draft(conversationId, "anybody?")));
    await told;
    assert.equal(failures, 2);
  });

  it("nothing is stored for a visitor who opened the panel and said nothing", async () => {
    const before = await chat.store.connection.collection("visitors").countDocuments();
    const visitor = await chat.openVisitor();
    const session = await value(visitor.emitWithAck("session:resume", {}));
    assert.deepEqual(session.conversations, []);
    assert.equal(await chat.store.connection.collection("visitors").countDocuments(), before);
  });

  it("a reply reaches every tab of the visitor, and the sender's own socket only as the answer", async () => {
    const token = newToken();
    const first = await chat.openVisitor(token);
    const conversationId = newId();
    await value(first.emitWithAck("message:send", draft(conversationId, "Anybody home?")));
    const second = await chat.openVisitor(token);
    const operator = await chat.openOperator("operator-olga");
    let own = 0;
    operator.on("message:sent", () => (own += 1));
    const both = [heard<Message>(first, "message:sent"), heard<Message>(second, "message:sent")];
    const reply = await value(operator.emitWithAck("message:send", draft(conversationId, "Yes")));
    assert.deepEqual(await Promise.all(both), [reply, reply]);
    assert.deepEqual(reply.author, { kind: "operator", id: "olga", name: "olga" });
    assert.equal(reply.seq, 2);
    assert.equal(own, 0);
  });

  it("the same draft sent five times at once, over two sockets, is one message with one answer", async () => {
    const token = newToken();
    const [one, two] = [await chat.openVisitor(token), await chat.openVisitor(token)];
    const conversationId = newId();
    const same = draft(conversationId, "Once");
    const answers = await Promise.all(
      [one, two, one, two, one].map((socket) => value(socket.emitWithAck("message:send", same))),
    );
    for (const answer of answers) assert.deepEqual(answer, answers[0]);
    const stored = await chat.store.connection
      .collection("messages")
      .countDocuments({ conversation: conversationId });
    assert.equal(stored, 1);
    const numbers = await chat.store.connection
      .collection("visitors")
      .countDocuments({ site: chat.site.id, tokenHash: { $exists: true } });
    const distinct = await chat.store.connection.collection("visitors").distinct("tokenHash");
    assert.equal(distinct.length, numbers);
  });

  it("a first message is stored though another tab began visitor and conversation in between", async () => {
    const token = newToken();
    const [one, two] = [await chat.openVisitor(token), await chat.openVisitor(token)];
    const conversationId = newId();
    const findByToken = chat.visitors.findByToken.bind(chat.visitors);
    let goOn: () => void = () => undefined;
    const asked = new Promise<void>((tell) => {
      chat.visitors.findByToken = async (...who) => {
        const nobody = await findByToken(...who);
        const held = new Promise<void>((resolve) => (goOn = resolve));
        tell();
        await held;
        return nobody;
      };
    });
    const second = value(two.emitWithAck("message:send", draft(conversationId, "two")));
    await asked;
    chat.visitors.findByToken = findByToken;
    const first = await value(one.emitWithAck("message:send", draft(conversationId, "one")));
    goOn();
    assert.deepEqual([first.seq, (await second).seq], [1, 2]);

    const stranger = await chat.openVisitor();
    const intruding = stranger.emitWithAck("message:send", draft(conversationId, "mine?"));
    assert.equal(await refusal(intruding), "UNKNOWN_CONVERSATION");
  });

  it("two sides that write at once get one order without a hole, the same for everybody", async () => {
    const visitor = await chat.openVisitor();
    const operator = await chat.openOperator();
    const conversationId = newId();
    await value(visitor.emitWithAck("message:send", draft(conversationId, "start")));
    const sockets = Array.from({ length: 40 }, (_, at) => (at % 2 === 0 ? visitor : operator));
    const sent = await Promise.all(
      sockets.map((socket, at) =>
        value(socket.emitWithAck("message:send", draft(conversationId, `m${at}`))),
      ),
    );
    const seqs = sent.map(({ seq }) => seq).sort((a, b) => a - b);
    assert.deepEqual(
      seqs,
      Array.from({ length: 40 }, (_, at) => at + 2),
    );
    const request = { conversationId, afterSeq: 0, afterRevision: 0 };
    const seenByVisitor = await value(visitor.emitWithAck("messages:list", request));
    const seenByOperator = await value(operator.emitWithAck("messages:list", request));
    assert.deepEqual(seenByVisitor.messages, seenByOperator.messages);
    assert.equal(seenByVisitor.coveredTo, 41);
    assert.equal(seenByVisitor.more, false);
  });

  it("history comes in pages that say what they cover", async () => {
    const visitor = await chat.openVisitor();
    const conversationId = newId();
    for (let at = 0; at < 3; at += 1)
      await Promise.all(
        Array.from({ length: 20 }, () =>
          value(visitor.emitWithAck("message:send", draft(conversationId, "line"))),
        ),
      );
    const ask = (afterSeq: number) =>
      value(visitor.emitWithAck("messages:list", { conversationId, afterSeq, afterRevision: 0 }));
    const first = await ask(0);
    assert.deepEqual([first.messages.length, first.coveredTo, first.more], [50, 50, true]);
    const second = await ask(first.coveredTo);
    assert.deepEqual([second.messages.length, second.coveredTo, second.more], [10, 60, false]);
  });

  it("a number that is gone is covered by the answer, not asked for again", async () => {
    const visitor = await chat.openVisitor();
    const conversationId = newId();
    for (const text of ["a", "b", "c"])
      await value(visitor.emitWithAck("message:send", draft(conversationId, text)));
    await chat.store.connection
      .collection("messages")
      .deleteMany({ conversation: conversationId, seq: { $in: [2, 3] } });
    const page = await value(
      visitor.emitWithAck("messages:list", { conversationId, afterSeq: 0, afterRevision: 0 }),
    );
    assert.deepEqual([page.messages.map(({ seq }) => seq), page.coveredTo], [[1], 3]);
  });

  it("card numbers are masked before anything is stored", async () => {
    const visitor = await chat.openVisitor();
    const conversationId = newId();
    const sent = await value(
      visitor.emitWithAck("message:send", draft(conversationId, "my card: 4111 1111 1111 1111")),
    );
    assert.equal(sent.text, "my card: •••• •••• •••• 1111");
    const stored = await chat.store.connection
      .collection("messages")
      .findOne({ conversation: conversationId });
    assert.equal(stored?.["text"], sent.text);
    await eventually(async () => {
      const rows = chat.store.connection.collection("conversations");
      assert.ok(await rows.findOne({ lastText: sent.text }));
    });
  });

  it("a conversation that an operator closes after its newest message stays closed", async () => {
    const [visitor, operator] = [await chat.openVisitor(), await chat.openOperator()];
    const conversationId = newId();
    await value(visitor.emitWithAck("message:send", draft(conversationId, "one")));
    await value(visitor.emitWithAck("message:send", draft(conversationId, "two")));
    await value(operator.emitWithAck("conversation:close", { conversationId }));
    const request = { conversationId, afterSeq: 0, afterRevision: 0 };
    const page = await value(operator.emitWithAck("messages:list", request));
    assert.deepEqual([page.conversation.state, page.conversation.lastSeq], ["closed", 2]);
  });

  it("an operator's mark reaches a message that its row does not know yet", async () => {
    const [visitor, operator] = [await chat.openVisitor(), await chat.openOperator()];
    const conversationId = newId();
    for (const text of ["one", "two"])
      await value(visitor.emitWithAck("message:send", draft(conversationId, text)));
    // As another node would have it, which notes a moment later.
    const rows = chat.store.connection.collection<{ _id: string }>("conversations");
    await eventually(async () => assert.ok(await rows.findOne({ lastText: "two" })));
    await rows.updateOne({ _id: conversationId }, { $set: { lastSeq: 1, visitorMessages: 1 } });
    const mark = { conversationId, seq: 2 };
    const marked = await value(operator.emitWithAck("conversation:read", mark));
    assert.equal(marked.readByOperator, 2);
    const row = await chat.store.connection
      .collection("conversations")
      .findOne({ readByOperator: 2 });
    assert.equal(row?.["visitorMessagesRead"], 2);
  });

  it("a visitor's message reopens a closed conversation, and all of the visitor's tabs hear so", async () => {
    const token = newToken();
    const [visitor, operator] = [await chat.openVisitor(token), await chat.openOperator()];
    const conversationId = newId();
    await value(visitor.emitWithAck("message:send", draft(conversationId, "Hello")));
    const other = await chat.openVisitor(token);
    const tabs = [visitor, other];
    const told = (state: Conversation["state"]) =>
      Promise.all(
        tabs.map((tab) =>
          heard<Conversation>(tab, "conversation:changed", (news) => news.state === state),
        ),
      );
    const closed = told("closed");
    await value(operator.emitWithAck("conversation:close", { conversationId }));
    await closed;
    const reopened = told("open");
    const again = await value(visitor.emitWithAck("message:send", draft(conversationId, "Wait")));
    for (const news of await reopened) assert.ok(news.lastSeq >= again.seq);
  });

  it("a message that meets its conversation's erasure by another node leaves nothing behind", async () => {
    const [visitor, operator] = [await chat.openVisitor(), await chat.openOperator()];
    const conversationId = newId();
    await value(visitor.emitWithAck("message:send", draft(conversationId, "one")));
    const rows = chat.store.connection.collection<{ _id: string }>("conversations");
    const messages = chat.store.connection.collection("messages");
    await eventually(async () => assert.ok(await rows.findOne({ lastText: "one" })));
    await rows.updateOne({ _id: conversationId }, { $set: { erasedAt: 1, lastText: "" } });
    await messages.deleteMany({ conversation: conversationId });
    const erased = heard<{ conversationId: string }>(
      operator,
      "conversation:erased",
      (event) => event.conversationId === conversationId,
    );
    await visitor.emitWithAck("message:send", draft(conversationId, "two"));
    await erased;
    await eventually(async () =>
      assert.equal(await messages.countDocuments({ conversation: conversationId }), 0),
    );
    const again = visitor.emitWithAck("message:send", draft(conversationId, "three"));
    assert.equal(await refusal(again), "UNKNOWN_CONVERSATION");
    assert.equal((await rows.findOne({ _id: conversationId }))?._id, conversationId);
  });

  describe("at the end of a conversation's period", () => {
    const DAY = 24 * 60 * 60 * 1000;
    let conversationId: string;
    let visitor: VisitorClient;
    let expired: StoredConversation[];

    beforeEach(async () => {
      visitor = await chat.openVisitor();
      conversationId = newId();
      await value(visitor.emitWithAck("message:send", draft(conversationId, "long ago")));
      chat.clock.ahead = (chat.site.rules.retention.conversation + 2) * DAY;
      expired = await findExpired();
    });
    afterEach(() => {
      chat.clock.ahead = 0;
    });

    async function findExpired(): Promise<StoredConversation[]> {
      const found = await chat.conversations.findExpired(chat.clock.now(), 1000);
      const mine = found.filter(({ id }) => id === conversationId);
      assert.equal(mine.length, 1);
      return mine;
    }

    /** A sweep that has found these, perhaps a while ago. */
    function sweep(found: StoredConversation[]): Promise<number> {
      const { conversations, clock, publish } = chat;
      return expireConversations({
        conversations: { ...conversations, findExpired: () => Promise.resolve(found) },
        clock,
        publish,
        eraseAttachments: () => Promise.resolve(),
        async eraseMessages(conversation) {
          await chat.store.connection.collection("messages").deleteMany({ conversation });
        },
      });
    }

    const list = () =>
      value(
        visitor.emitWithAck("messages:list", { conversationId, afterSeq: 0, afterRevision: 0 }),
      );

    it("an acknowledged message keeps the sweep from it", async () => {
      const sent = await value(
        visitor.emitWithAck("message:send", draft(conversationId, "I am back")),
      );
      assert.equal(sent.seq, 2);
      assert.equal(await sweep(expired), 0);
      const { messages, conversation } = await list();
      assert.deepEqual(
        messages.map(({ text }) => text),
        ["long ago", "I am back"],
      );
      assert.equal(conversation.lastSeq, 2);
    });

    it("a message after the sweep begins it anew, though its owner was known", async () => {
      assert.equal(await sweep(expired), 1);
      await value(visitor.emitWithAck("message:send", draft(conversationId, "again")));
      await chat.conversations.settle();
      const { messages } = await list();
      assert.deepEqual(
        messages.map(({ text }) => text),
        ["again"],
      );
    });

    it("a message while the sweep takes it is refused, and nothing is stored", async () => {
      assert.ok(
        await chat.conversations.change(conversationId, {}, { erasedAt: chat.clock.now() }),
      );
      const late = visitor.emitWithAck("message:send", draft(conversationId, "too late"));
      assert.equal(await refusal(late), "UNKNOWN_CONVERSATION");
      const stored = chat.store.connection.collection("messages");
      assert.equal(await stored.countDocuments({ conversation: conversationId }), 1);
      assert.equal(await sweep(await findExpired()), 1);
      assert.equal(await chat.conversations.find(conversationId), null);
    });
  });

  it("somebody else's conversation is no different from none, for reading and for writing", async () => {
    const visitor = await chat.openVisitor();
    const conversationId = newId();
    await value(visitor.emitWithAck("message:send", draft(conversationId, "mine")));
    const stranger = await chat.openVisitor();
    await value(stranger.emitWithAck("message:send", draft(newId(), "hello")));
    const request = { conversationId, afterSeq: 0, afterRevision: 0 };
    for (const socket of [stranger, await chat.openVisitor()]) {
      assert.equal(
        await refusal(socket.emitWithAck("messages:list", request)),
        "UNKNOWN_CONVERSATION",
      );
      assert.equal(
        await refusal(socket.emitWithAck("message:send", draft(conversationId, "let me in"))),
        "UNKNOWN_CONVERSATION",
      );
    }
    const listed = await value(visitor.emitWithAck("messages:list", request));
    assert.equal(listed.messages.length, 1);
  });

  it("an operator cannot speak into a conversation that is not there; a viewer not at all", async () => {
    const operator = await chat.openOperator();
    assert.equal(
      await refusal(operator.emitWithAck("message:send", draft(newId(), "hello?"))),
      "UNKNOWN_CONVERSATION",
    );
    const visitor = await chat.openVisitor();
    const conversationId = newId();
    await value(visitor.emitWithAck("message:send", draft(conversationId, "hi")));
    const viewer = await chat.openOperator("viewer-vera");
    assert.equal(
      await refusal(viewer.emitWithAck("message:send", draft(conversationId, "I may not"))),
      "FORBIDDEN",
    );
    assert.equal(
      await refusal(viewer.emitWithAck("conversation:close", { conversationId })),
      "FORBIDDEN",
    );
  });
});
