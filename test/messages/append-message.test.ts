import assert from "node:assert/strict";
import {
  createAppendMessage,
  type AppendMessage,
  type Tail,
  type Unplaced,
} from "../../server/messages/append-message.js";
import { createMessageStore, type MessageStore } from "../../server/messages/message-store.js";
import { newId } from "../realtime/start-chat.js";
import { openStore, type OpenStore } from "../support/open-store.js";

describe("appending messages", () => {
  let store: OpenStore;
  let messages: MessageStore;
  before(async () => {
    store = await openStore();
    messages = createMessageStore(store);
    await store.createIndexes();
  });
  after(() => store.close());

  const nothing: Tail = { lastSeq: 0, visitorMessages: 0, waitingSince: null };
  const node = (wrapped: MessageStore = messages, recorded = nothing): AppendMessage =>
    createAppendMessage({ messages: wrapped, findTail: () => Promise.resolve(recorded) });

  const unplaced = (conversation: string, change: Partial<Unplaced> = {}): Unplaced => ({
    site: "site",
    conversation,
    author: "v",
    authorName: "",
    clientId: newId(),
    text: "text",
    attachments: [],
    sentAt: 1000,
    revision: 0,
    ...change,
  });

  it("three nodes that write into one conversation at once leave no hole and no double", async () => {
    const conversation = newId();
    const nodes = [node(), node(), node()] as const;
    const drafts = Array.from({ length: 60 }, () => unplaced(conversation));
    const placed = await Promise.all(
      drafts.flatMap((one, at) => [
        (nodes[at % 3] ?? nodes[0])(one),
        // Every fifth arrives twice, by another node.
        ...(at % 5 === 0 ? [(nodes[(at + 1) % 3] ?? nodes[0])(one)] : []),
      ]),
    );
    assert.equal(placed.filter((one) => one.created).length, 60);
    const stored = await messages.list(conversation, 0, 100);
    assert.deepEqual(
      stored.map(({ seq }) => seq),
      Array.from({ length: 60 }, (_, at) => at + 1),
    );
    assert.deepEqual(
      stored.map(({ visitorMessages }) => visitorMessages),
      stored.map(({ seq }) => seq),
    );
  });

  it("an insert whose answer was lost is found by the repeat, in the place it got", async () => {
    const conversation = newId();
    let lose = true;
    const lossy: MessageStore = {
      ...messages,
      async insert(message) {
        const answer = await messages.insert(message);
        if (!lose) return answer;
        lose = false;
        throw new Error("connection lost");
      },
    };
    const append = node(lossy);
    const first = unplaced(conversation);
    await assert.rejects(append(first), /connection lost/);
    const repeat = await append(first);
    assert.deepEqual([repeat.created, repeat.message.seq], [false, 1]);
    assert.equal((await append(unplaced(conversation))).message.seq, 2);
  });

  it("goes on after what the conversation remembers when all its messages are gone", async () => {
    const append = node(messages, { lastSeq: 7, visitorMessages: 5, waitingSince: 900 });
    const { message } = await append(unplaced(newId()));
    assert.deepEqual([message.seq, message.visitorMessages, message.waitingSince], [8, 6, 900]);
  });

  it("the same clientId of two authors is two messages", async () => {
    const conversation = newId();
    const append = node();
    const mine = unplaced(conversation);
    assert.equal((await append(mine)).created, true);
    assert.equal((await append({ ...mine, author: "o:olga" })).message.seq, 2);
    assert.equal((await append(mine)).message.seq, 1);
  });

  it("a repeat among new messages of one group takes no place", async () => {
    const append = node();
    const [one, two] = [newId(), newId()];
    const known = unplaced(one);
    await append(known);
    const answers = await Promise.all([
      append(known),
      append(unplaced(two)),
      append(unplaced(one)),
    ]);
    assert.deepEqual(
      answers.map(({ created, message }) => [created, message.seq]),
      [
        [false, 1],
        [true, 1],
        [true, 2],
      ],
    );
  });
});
