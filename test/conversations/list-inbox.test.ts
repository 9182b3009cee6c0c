import assert from "node:assert/strict";
import { listInbox } from "../../server/conversations/list-inbox.js";
import {
  createConversationStore,
  type ConversationStore,
  type StoredConversation,
} from "../../server/conversations/conversation-store.js";
import type { InboxCursor, VisitorSummary } from "../../shared/wire.js";
import { openStore } from "../support/open-store.js";
import { newId } from "../realtime/start-chat.js";

describe("pages of the inbox", () => {
  const site = newId();
  const clock = { now: () => 1_000_000 };
  let store: Awaited<ReturnType<typeof openStore>>;
  let conversations: ConversationStore;
  let gone: Set<string>;
  beforeEach(async () => {
    store = await openStore();
    conversations = createConversationStore(store);
    await store.createIndexes();
    gone = new Set();
  });
  afterEach(() => store.close());

  async function add(lastAt: number): Promise<StoredConversation> {
    const conversation: StoredConversation = {
      id: newId(),
      site,
      visitor: newId(),
      state: "open",
      closedSeq: 0,
      lastSeq: 1,
      revision: 1,
      changedRevision: 0,
      changing: 0,
      readByVisitor: 0,
      readByOperator: 0,
      visitorMessages: 1,
      visitorMessagesRead: 0,
      waitingSince: null,
      lastText: "hello",
      lastPhotos: 0,
      lastAuthor: "visitor",
      lastAt,
      createdAt: lastAt,
      erasedAt: null,
      expireAt: new Date(2_000_000),
    };
    return conversations.createOnce(conversation);
  }

  const summarizeVisitors = (_site: string, ids: string[]) =>
    Promise.resolve(
      new Map(
        ids
          .filter((id) => !gone.has(id))
          .map((id): [string, VisitorSummary] => [
            id,
            { id, number: 1, name: "", email: "", online: false },
          ]),
      ),
    );

  /** Reads to the end as the dashboard does; `between` happens after the first page. */
  async function readAll(between = () => Promise.resolve()): Promise<string[]> {
    const seen: string[] = [];
    for (let before: InboxCursor | null = null, pages = 0; pages < 20; pages += 1) {
      const request = { siteId: site, state: "open" as const, before };
      const page = await listInbox({ conversations, clock, summarizeVisitors }, request);
      seen.push(...page.rows.map((row) => row.conversation.id));
      const last = page.rows.at(-1);
      if (!page.more) return seen;
      assert.ok(last, "there is more, and nothing to go on from");
      before = { lastAt: last.lastAt, id: last.conversation.id };
      if (pages === 0) await between();
    }
    throw new Error("the pages do not end");
  }

  it("show each conversation once, newest first, however many share a moment", async () => {
    const added: StoredConversation[] = [];
    for (let at = 0; at < 130; at += 1) added.push(await add(at < 120 ? 500 : at));
    const wanted = [...added]
      .sort((a, b) => b.lastAt - a.lastAt || (a.id < b.id ? -1 : 1))
      .map(({ id }) => id);
    assert.deepEqual(await readAll(), wanted);
  });

  it("a conversation that moves between two pages disturbs no other", async () => {
    const added: StoredConversation[] = [];
    for (let at = 0; at < 60; at += 1) added.push(await add(1000 - at));
    const [newest, oldest] = [added[0], added[59]];
    assert.ok(newest && oldest);
    const seen = await readAll(async () => {
      await conversations.change(oldest.id, {}, { lastAt: 5000 });
      await conversations.change(newest.id, {}, { lastAt: 1 });
    });
    const others = added.slice(1, 59).map(({ id }) => id);
    assert.deepEqual(
      seen.filter((id) => id !== newest.id && id !== oldest.id),
      others,
    );
    assert.deepEqual((await readAll()).length, 60);
  });

  it("go on behind rows whose visitors are gone", async () => {
    for (let at = 0; at < 70; at += 1) gone.add((await add(9000 - at)).visitor);
    const left = await add(10);
    assert.deepEqual(await readAll(), [left.id]);
  });
});
