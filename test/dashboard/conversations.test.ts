import assert from "node:assert/strict";
import { createConversations } from "../../dashboard/state/conversations.js";
import { offline } from "../../dashboard/state/outcome.js";
import type { Ask } from "../../dashboard/state/ports.js";
import { limits } from "../../shared/limits.js";
import type { Message, MessagesRequest } from "../../shared/wire.js";
import { eventually } from "../support/eventually.js";
import { makeMessage, makePage } from "./make-records.js";

/** A server with `total` messages that answers in pages and can be down. */
function makeServer(total: number) {
  const state = { total, down: false, gone: false };
  const asked: MessagesRequest[] = [];
  const ask = ((_event: string, request: MessagesRequest) => {
    asked.push(request);
    if (state.down) return Promise.resolve(offline);
    if (state.gone)
      return Promise.resolve({ ok: false, code: "UNKNOWN_CONVERSATION", message: "Not there." });
    const to = Math.min(state.total, request.afterSeq + limits.pageSize);
    const page = makePage(request.afterSeq, to, { more: to < state.total });
    page.conversation.lastSeq = page.conversation.revision = state.total;
    return Promise.resolve({ ok: true, value: page });
  }) as Ask;
  return { ask, asked, state };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
}

function open(total: number, newest: number) {
  const server = makeServer(total);
  const heard: Message[] = [];
  const gone: string[] = [];
  const conversations = createConversations(
    server.ask,
    (message) => heard.push(message),
    (id) => gone.push(id),
    1,
  );
  conversations.open("c1", newest);
  const seqs = (): number[] =>
    conversations.opened.value.get("c1")?.log.messages.map((message) => message.seq) ?? [];
  return { ...server, heard, gone, conversations, seqs };
}

describe("dashboard: opened conversations", () => {
  it("opens at the newest page and follows it to the end", async () => {
    const { conversations, seqs } = open(130, 120);
    await settle();
    assert.equal(conversations.opened.value.get("c1")?.state, "ready");
    assert.equal(seqs()[0], 71);
    assert.equal(seqs().at(-1), 130);
  });

  it("fills a gap that a pushed message shows, in order and without doubles", async () => {
    const { conversations, seqs, state } = open(3, 3);
    await settle();
    state.total = 6;
    conversations.hearMessage(makeMessage(6));
    await settle();
    assert.deepEqual(seqs(), [1, 2, 3, 4, 5, 6]);
  });

  it("asks once for many hints at the same time", async () => {
    const { conversations, asked, state } = open(3, 3);
    await settle();
    const before = asked.length;
    state.total = 5;
    for (let turn = 0; turn < 10; turn += 1) conversations.catchUpAll();
    await settle();
    assert.ok(asked.length - before <= 2, `${asked.length - before} questions`);
  });

  it("learns on its return that a conversation was erased while it was away", async () => {
    const { conversations, gone, state } = open(3, 3);
    await settle();
    state.gone = true;
    conversations.catchUpAll();
    await settle();
    assert.deepEqual(gone, ["c1"]);
  });

  it("tells an address that leads to no conversation, which is nothing that was erased", async () => {
    const { conversations, gone, state } = open(3, 3);
    state.gone = true;
    conversations.open("c2", 0);
    await settle();
    assert.deepEqual(gone, []);
    assert.equal(conversations.opened.value.get("c2")?.failure?.code, "UNKNOWN_CONVERSATION");
  });

  it("asks again where a question got no answer, though nothing else happens", async () => {
    const { conversations, seqs, state } = open(3, 3);
    await settle();
    state.total = 5;
    state.down = true;
    conversations.catchUpAll();
    await settle();
    state.down = false;
    await eventually(() => {
      assert.deepEqual(seqs(), [1, 2, 3, 4, 5]);
      return Promise.resolve();
    });
  });

  it("tells a failed opening, and opens when asked again", async () => {
    const server = makeServer(2);
    server.state.down = true;
    const conversations = createConversations(
      server.ask,
      () => undefined,
      () => undefined,
    );
    conversations.open("c1", 2);
    await settle();
    assert.equal(conversations.opened.value.get("c1")?.state, "failed");
    server.state.down = false;
    conversations.open("c1", 2);
    await settle();
    assert.equal(conversations.opened.value.get("c1")?.state, "ready");
  });

  it("keeps what is shown when catching up fails", async () => {
    const { conversations, seqs, state } = open(2, 2);
    await settle();
    state.down = true;
    conversations.catchUpAll();
    await settle();
    assert.equal(conversations.opened.value.get("c1")?.state, "ready");
    assert.deepEqual(seqs(), [1, 2]);
    conversations.drop("c1");
  });

  it("reads back to the first message", async () => {
    const { conversations, seqs } = open(130, 130);
    await settle();
    await conversations.readOlder("c1");
    await conversations.readOlder("c1");
    await conversations.readOlder("c1");
    assert.equal(seqs().length, 130);
    assert.equal(seqs()[0], 1);
  });

  it("tells of every message read, so that the outbox can settle it", async () => {
    const { heard } = open(3, 3);
    await settle();
    assert.equal(heard.length, 3);
  });
});
