import assert from "node:assert/strict";
import { createOutboxSender } from "../../dashboard/state/outbox-sender.js";
import { offline, type Outcome } from "../../dashboard/state/outcome.js";
import type { Ask, Shelf } from "../../dashboard/state/ports.js";
import type { Message, MessageDraft } from "../../shared/wire.js";
import { makeMessage } from "./make-records.js";

function makeShelf(): Shelf & { kept: Map<string, string> } {
  const kept = new Map<string, string>();
  return {
    kept,
    read: (key) => kept.get(key) ?? null,
    write: (key, value) => void kept.set(key, value),
    remove: (key) => void kept.delete(key),
    keys: (prefix) => [...kept.keys()].filter((key) => key.startsWith(prefix)),
  };
}

/** A server that answers when the test says so. */
function makeServer() {
  const asked: { draft: MessageDraft; answer: (outcome: Outcome<Message>) => void }[] = [];
  const ask = ((event: string, draft: MessageDraft) => {
    assert.equal(event, "message:send");
    return new Promise<Outcome<Message>>((answer) => asked.push({ draft, answer }));
  }) as Ask;
  return { ask, asked };
}

const draftOf = (clientId: string): { draft: MessageDraft; photos: [] } => ({
  draft: { conversationId: "c1", clientId, text: clientId, attachmentIds: [] },
  photos: [],
});

async function until(fits: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1000 && !fits(); turn += 1)
    await new Promise((resolve) => setImmediate(resolve));
  assert.ok(fits(), "it did not come about");
}

function makeSender(shelf: Shelf, ask: Ask) {
  const sent: string[] = [];
  const sender = createOutboxSender({
    ask,
    shelf,
    shelfKey: "out:",
    sent: (message) => sent.push(message.clientId),
    now: () => 1,
    random: () => 0,
  });
  return { sender, sent };
}

describe("dashboard: sending the outbox", () => {
  it("waits for the connection, then sends in order, each after the one before", async () => {
    const { ask, asked } = makeServer();
    const { sender, sent } = makeSender(makeShelf(), ask);
    sender.send(draftOf("a"));
    sender.send(draftOf("b"));
    assert.equal(asked.length, 0);
    sender.connected();
    assert.deepEqual(
      asked.map((one) => one.draft.clientId),
      ["a"],
    );
    asked[0]?.answer({ ok: true, value: makeMessage(1, { clientId: "a" }) });
    await until(() => asked.length === 2);
    assert.equal(asked.at(-1)?.draft.clientId, "b");
    asked[1]?.answer({ ok: true, value: makeMessage(2, { clientId: "b" }) });
    await until(() => sender.entries.value.length === 0);
    assert.deepEqual(sent, ["a", "b"]);
  });

  it("sends the same clientId again after an answer was lost", async () => {
    const { ask, asked } = makeServer();
    const { sender } = makeSender(makeShelf(), ask);
    sender.connected();
    sender.send(draftOf("a"));
    asked[0]?.answer(offline);
    await until(() => asked.length === 2);
    assert.deepEqual(asked[1]?.draft, asked[0]?.draft);
  });

  it("survives a reload with order and ids, and keeps nothing once all is sent", async () => {
    const shelf = makeShelf();
    const before = makeSender(shelf, makeServer().ask);
    before.sender.send(draftOf("a"));
    before.sender.send(draftOf("b"));
    const { ask, asked } = makeServer();
    const { sender } = makeSender(shelf, ask);
    assert.deepEqual(
      sender.entries.value.map((entry) => entry.draft.clientId),
      ["a", "b"],
    );
    sender.connected();
    asked[0]?.answer({ ok: true, value: makeMessage(1, { clientId: "a" }) });
    await until(() => asked.length === 2);
    asked[1]?.answer({ ok: true, value: makeMessage(2, { clientId: "b" }) });
    await until(() => sender.entries.value.length === 0);
    assert.equal(shelf.kept.size, 0);
  });

  it("starts with what is whole when something kept is damaged", () => {
    const shelf = makeShelf();
    makeSender(shelf, makeServer().ask).sender.send(draftOf("a"));
    shelf.write("out:x", "{");
    shelf.write("out:y", JSON.stringify({ draft: { clientId: 7 } }));
    const { sender } = makeSender(shelf, makeServer().ask);
    assert.equal(sender.entries.value.length, 1);
  });

  it("settles a message that came back another way before its answer", () => {
    const { ask } = makeServer();
    const { sender } = makeSender(makeShelf(), ask);
    sender.connected();
    sender.send(draftOf("a"));
    sender.hearMessage(makeMessage(1, { clientId: "a" }));
    assert.equal(sender.entries.value.length, 0);
  });

  it("sends again at once when the connection is back, and holds what cut it twice", async () => {
    const { ask, asked } = makeServer();
    const { sender } = makeSender(makeShelf(), ask);
    sender.connected();
    sender.send(draftOf("a"));
    for (const turn of [1, 2]) {
      sender.disconnected(true);
      asked[turn - 1]?.answer(offline);
      await new Promise((resolve) => setImmediate(resolve));
      sender.connected();
    }
    assert.equal(asked.length, 2);
    assert.equal(sender.entries.value[0]?.state, "failed");
    sender.retry("a");
    assert.equal(asked.length, 3);
  });
});
