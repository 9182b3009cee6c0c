import assert from "node:assert/strict";
import { applyConversationRetention } from "../../server/conversations/apply-retention.js";
import {
  createConversationStore,
  type ConversationStore,
  type StoredConversation,
} from "../../server/conversations/conversation-store.js";
import type { MessageNote } from "../../server/conversations/note-store.js";
import {
  eraseConversations,
  type EraseDeps,
} from "../../server/conversations/erase-conversations.js";
import { erasePhotos } from "../../server/conversations/erase-photos.js";
import { expireConversations } from "../../server/conversations/expire-conversations.js";
import { exportConversations } from "../../server/conversations/export-conversations.js";
import { presentConversation } from "../../server/conversations/present-conversation.js";
import { openConversation } from "../../server/conversations/open-conversation.js";
import { Refusal } from "../../server/errors.js";
import { exportMessages } from "../../server/messages/export-messages.js";
import { listMessages } from "../../server/messages/list-messages.js";
import { createMessageStore, type MessageStore } from "../../server/messages/message-store.js";
import { ensureVisitor } from "../../server/visitors/ensure-visitor.js";
import { createVisitorStore, type VisitorStore } from "../../server/visitors/visitor-store.js";
import { makeSite, newId, newToken } from "../realtime/start-chat.js";
import { openStore, type OpenStore } from "../support/open-store.js";

const DAY = 24 * 60 * 60 * 1000;

describe("the end of conversations", () => {
  let store: OpenStore;
  let conversations: ConversationStore;
  let messages: MessageStore;
  let visitors: VisitorStore;
  let erased: string[] = [];
  let photosOf: string[][] = [];
  const clock = { at: 1_800_000_000_000, now: () => clock.at };
  const site = makeSite("shop", "http://shop.example");
  let deps: EraseDeps;

  before(async () => {
    store = await openStore();
    conversations = createConversationStore(store);
    messages = createMessageStore(store);
    visitors = createVisitorStore(store);
    await store.createIndexes();
    deps = {
      conversations,
      clock,
      eraseMessages: (id) => messages.remove(id),
      eraseAttachments(_site, ids) {
        photosOf.push(ids);
        return Promise.resolve();
      },
      publish: { conversationErased: (_site, _visitor, id) => void erased.push(id) },
    };
  });
  beforeEach(() => {
    erased = [];
    photosOf = [];
    clock.at = 1_800_000_000_000;
  });
  after(() => store.close());

  async function converse(texts: string[]) {
    const visitor = await ensureVisitor({ visitors, clock }, site, newToken());
    const conversation = await openConversation({ conversations, clock }, site, visitor, newId());
    for (const [at, text] of texts.entries()) {
      await messages.insert({
        site: site.id,
        conversation: conversation.id,
        seq: at + 1,
        author: "v",
        authorName: "",
        clientId: newId(),
        text,
        attachments: [],
        sentAt: clock.at,
        revision: 0,
        visitorMessages: at + 1,
        waitingSince: clock.at,
      });
      await noted(note(conversation, at + 1));
    }
    return { visitor, conversation };
  }

  /** Whether the conversation was there when its row was written. */
  async function noted(one: MessageNote): Promise<boolean> {
    let gone = false;
    conversations.noteMessage(one, () => {
      gone = true;
    });
    await conversations.settle();
    return !gone;
  }

  const note = ({ id, expireAt }: StoredConversation, seq: number) => ({
    id,
    seq,
    visitorSeq: seq,
    author: "visitor" as const,
    visitorMessages: seq,
    waitingSince: clock.at,
    text: "line",
    lastPhotos: 0,
    lastAt: clock.at,
    expireAt,
  });

  it("erasing takes record, messages and photos, and the id is not begun anew", async () => {
    const { visitor, conversation } = await converse(["one", "two"]);
    const { conversation: others } = await converse(["three"]);
    assert.equal(await eraseConversations(deps, site, visitor.id), 1);
    assert.deepEqual(erased, [conversation.id]);
    assert.deepEqual(photosOf, [[conversation.id]]);
    assert.deepEqual(await messages.list(conversation.id, 0, 10), []);
    const left = await conversations.find(conversation.id);
    assert.deepEqual([left?.visitor, left?.lastText], ["", ""]);
    await assert.rejects(
      openConversation({ conversations, clock }, site, visitor, conversation.id),
      (error) => error instanceof Refusal && error.code === "UNKNOWN_CONVERSATION",
    );
    assert.equal(await noted(note(conversation, 3)), false);
    assert.equal((await messages.list(others.id, 0, 10)).length, 1);
    assert.equal(await eraseConversations(deps, site, visitor.id), 0);
  });

  it("erasing the photos changes messages under a new revision and leaves the words", async () => {
    const { visitor, conversation } = await converse(["with photo", "without"]);
    await store.connection
      .collection("messages")
      .updateOne(
        { conversation: conversation.id, seq: 1 },
        { $set: { attachments: [{ id: "p" }] } },
      );
    const before = await conversations.find(conversation.id);
    await erasePhotos(
      {
        ...deps,
        async removeFromMessages(id, revision) {
          const meanwhile = await conversations.change(id, {}, { readByVisitor: 1 });
          assert.ok(meanwhile && presentConversation(meanwhile).revision < revision);
          await messages.removeAttachments(id, revision);
        },
        publish: { conversationChanged: () => undefined },
      },
      site,
      visitor.id,
    );
    const now = await conversations.find(conversation.id);
    assert.ok(before && now && now.revision > before.revision);
    const presentAttachment = () => {
      throw new Error("the photo is still there");
    };
    const page = await listMessages({ messages, presentAttachment }, now, "o", {
      conversationId: conversation.id,
      afterSeq: 2,
      afterRevision: before.revision,
    });
    assert.deepEqual(
      page.changed.map(({ seq, text, attachments }) => [seq, text, attachments.length]),
      [[1, "with photo", 0]],
    );
    assert.ok(page.changed.every(({ revision }) => revision <= page.conversation.revision));
  });

  it("a conversation goes when its period is over, counted from the newest message", async () => {
    const { conversation } = await converse(["one"]);
    clock.at += (site.rules.retention.conversation - 1) * DAY;
    const { conversation: younger } = await converse(["two"]);
    await expireConversations(deps);
    assert.ok(await conversations.find(conversation.id));
    clock.at += 3 * DAY;
    await expireConversations(deps);
    assert.equal(await conversations.find(conversation.id), null);
    assert.deepEqual(await messages.list(conversation.id, 0, 10), []);
    assert.ok(photosOf.some((ids) => ids.includes(conversation.id)));
    assert.ok(await conversations.find(younger.id));
  });

  it("a shorter period holds for what is stored already", async () => {
    const { conversation, visitor } = await converse(["one"]);
    const shorter = structuredClone(site);
    shorter.rules.retention.conversation = 10;
    await applyConversationRetention(
      { conversations, applyToVisitors: (id, ms) => visitors.applyRetention(id, ms) },
      shorter,
    );
    const kept = await visitors.find(site.id, visitor.id);
    const record = await conversations.find(conversation.id);
    assert.ok(kept && record && kept.expireAt > record.expireAt);
    clock.at += 11 * DAY;
    await expireConversations(deps);
    assert.equal(await conversations.find(conversation.id), null);
  });

  it("an export holds a visitor's own words in order and nobody else's", async () => {
    const { visitor, conversation } = await converse(["one", "two"]);
    await converse(["not mine"]);
    const exported = await exportConversations(
      {
        conversations,
        clock,
        exportMessages: (id, visitorId) =>
          exportMessages(
            {
              messages,
              presentAttachment: () => {
                throw new Error("no photos here");
              },
            },
            id,
            visitorId,
          ),
      },
      site,
      visitor.id,
    );
    assert.deepEqual(
      exported.map(({ id, messages: said }) => [id, said.map(({ text }) => text)]),
      [[conversation.id, ["one", "two"]]],
    );
  });

  it("a note that comes late changes nothing, but a visitor's still reopens", async () => {
    const { conversation } = await converse(["one", "two"]);
    await conversations.change(conversation.id, {}, { state: "closed", closedSeq: 2 });
    assert.equal(
      await noted({ ...note(conversation, 4), author: "operator", visitorSeq: 0 }),
      true,
    );
    assert.equal((await conversations.find(conversation.id))?.state, "closed");
    assert.equal(await noted(note(conversation, 3)), true);
    const now = await conversations.find(conversation.id);
    assert.deepEqual([now?.state, now?.lastSeq, now?.lastAuthor], ["open", 4, "operator"]);
    assert.equal(await noted(note(conversation, 3)), true);
    assert.equal((await conversations.find(conversation.id))?.revision, now?.revision);
  });

  it("notes of many conversations written together each do their own", async () => {
    const many = await Promise.all(Array.from({ length: 20 }, () => converse(["one"])));
    const gone = many[7]?.conversation.id ?? "";
    await conversations.remove(gone);
    const answers = await Promise.all(many.map(({ conversation }) => noted(note(conversation, 2))));
    assert.deepEqual(
      answers,
      many.map(({ conversation }) => conversation.id !== gone),
    );
    const now = await conversations.findMany(many.map(({ conversation }) => conversation.id));
    assert.ok(now.every(({ lastSeq }) => lastSeq === 2));
  });

  it("two first messages at once make one visitor; numbers are never given twice", async () => {
    const token = newToken();
    const made = await Promise.all([
      ...Array.from({ length: 5 }, () => ensureVisitor({ visitors, clock }, site, token)),
      ...Array.from({ length: 5 }, () => ensureVisitor({ visitors, clock }, site, newToken())),
    ]);
    assert.equal(new Set(made.map(({ id }) => id)).size, 6);
    assert.equal(new Set(made.map(({ number }) => number)).size, 6);
  });
});
