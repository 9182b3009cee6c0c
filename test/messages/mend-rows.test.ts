import assert from "node:assert/strict";
import {
  createConversationStore,
  type ConversationStore,
} from "../../server/conversations/conversation-store.js";
import { openConversation } from "../../server/conversations/open-conversation.js";
import { makeNote } from "../../server/messages/make-note.js";
import { mendRows } from "../../server/messages/mend-rows.js";
import { createMessageStore, type MessageStore } from "../../server/messages/message-store.js";
import { ensureVisitor } from "../../server/visitors/ensure-visitor.js";
import { createVisitorStore } from "../../server/visitors/visitor-store.js";
import { makeSite, newId, newToken } from "../realtime/start-chat.js";
import { openStore, type OpenStore } from "../support/open-store.js";

describe("mending rows after a crash", () => {
  let store: OpenStore;
  let conversations: ConversationStore;
  let messages: MessageStore;
  const changed: string[] = [];
  const dropped: string[] = [];
  const clock = { at: 1_800_000_000_000, now: () => clock.at };
  const site = makeSite("shop", "http://shop.example");
  before(async () => {
    store = await openStore();
    conversations = createConversationStore(store);
    messages = createMessageStore(store);
    createVisitorStore(store);
    await store.createIndexes();
  });
  after(() => store.close());
  beforeEach(() => {
    changed.length = 0;
    dropped.length = 0;
  });

  const mend = (...ids: string[]) =>
    mendRows(
      {
        messages,
        conversations,
        getSite: () => Promise.resolve(site),
        dropMessages: (id) => dropped.push(id),
        publish: { conversationChanged: (_site, _visitor, id) => changed.push(id) },
      },
      ids,
    );

  async function begin(): Promise<string> {
    const visitors = createVisitorStore(store);
    const visitor = await ensureVisitor({ visitors, clock }, site, newToken());
    return (await openConversation({ conversations, clock }, site, visitor, newId())).id;
  }

  /** Stored and acknowledged; the row is written only where `noted` says so. */
  async function say(conversation: string, seq: number, author: "v" | "o:olga", noted = false) {
    clock.at += 1000;
    const message = {
      site: site.id,
      conversation,
      seq,
      author,
      authorName: "",
      clientId: newId(),
      text: `line ${seq}`,
      attachments: [],
      sentAt: clock.at,
      revision: 0,
      visitorMessages: seq,
      waitingSince: null,
    };
    assert.equal(await messages.insert(message), "stored");
    if (noted) conversations.noteMessage(makeNote(message, site), () => assert.fail("it is there"));
    await conversations.settle();
  }

  it("brings a row up to the newest message and leaves the others alone", async () => {
    const [behind, upToDate, other] = [await begin(), await begin(), await begin()];
    await say(other, 1, "v");
    await say(behind, 1, "v", true);
    await say(behind, 2, "v");
    await say(behind, 3, "o:olga");
    await say(upToDate, 1, "v", true);
    const before = await conversations.find(upToDate);
    await mend(behind, upToDate);
    const now = await conversations.find(behind);
    assert.deepEqual(
      [now?.lastSeq, now?.lastText, now?.lastAuthor, now?.lastAt],
      [3, "line 3", "operator", clock.at - 1000],
    );
    assert.deepEqual(await conversations.find(upToDate), before);
    assert.equal((await conversations.find(other))?.lastSeq, 0);
    assert.deepEqual(changed, [behind]);
    await mend(behind, other);
    assert.equal((await conversations.find(behind))?.revision, now?.revision);
    assert.equal((await conversations.find(other))?.lastSeq, 1);
  });

  it("reopens what a visitor wrote to after it was closed, and nothing that was closed later", async () => {
    const [reopened, closed] = [await begin(), await begin()];
    for (const id of [reopened, closed]) await say(id, 1, "v", true);
    await conversations.change(reopened, {}, { state: "closed", closedSeq: 1 });
    for (const id of [reopened, closed]) await say(id, 2, "v");
    for (const id of [reopened, closed]) await say(id, 3, "o:olga");
    await conversations.change(closed, {}, { state: "closed", closedSeq: 3 });
    await mend(reopened, closed);
    const rows = [await conversations.find(reopened), await conversations.find(closed)];
    assert.deepEqual(
      rows.map((row) => [row?.state, row?.lastSeq]),
      [
        ["open", 3],
        ["closed", 3],
      ],
    );
  });

  it("reopens a row that is behind an older message of the visitor's alone", async () => {
    const id = await begin();
    await say(id, 1, "v", true);
    await conversations.change(id, {}, { state: "closed", closedSeq: 1 });
    await say(id, 2, "v");
    await say(id, 3, "o:olga", true);
    assert.equal((await conversations.find(id))?.state, "closed");
    await mend(id);
    assert.equal((await conversations.find(id))?.state, "open");
    assert.deepEqual(changed, [id]);
  });

  it("drops what was said in a conversation that was erased or is gone", async () => {
    const [erased, gone] = [await begin(), await begin()];
    for (const id of [erased, gone]) await say(id, 1, "v");
    await conversations.erase(erased, site.id, clock.at, new Date(clock.at + 1000));
    await conversations.remove(gone);
    await mend(erased, gone, newId());
    assert.deepEqual(dropped.sort(), [erased, gone].sort());
    assert.deepEqual(changed, []);
  });
});
