import { signal, type ReadonlySignal } from "@preact/signals";
import type { Conversation, InboxRow } from "../../shared/wire.js";
import {
  dropRow,
  emptyLists,
  findRow,
  takeNewestPage,
  takeOlderPage,
  takeRow,
  type InboxLists,
  type InboxState,
} from "./inbox-lists.js";
import { mayRetry, type Failure } from "./outcome.js";
import type { Ask } from "./ports.js";

export interface Inbox {
  /** Lists by site id. */
  sites: ReadonlySignal<ReadonlyMap<string, InboxLists>>;
  /** Why the newest page of a list could not be read, by `siteId/state`. */
  failures: ReadonlySignal<ReadonlyMap<string, Failure>>;
  refresh(siteId: string, state: InboxState): Promise<void>;
  readOlder(siteId: string, state: InboxState): Promise<Failure | null>;
  hearRow(row: InboxRow): void;
  /** An answer told of a conversation's state: its row follows without waiting for the push. */
  hearConversation(conversation: Conversation): void;
  drop(conversationId: string): void;
  find(conversationId: string): InboxRow | null;
}

/** Every site's conversations, kept current by pages on connect and by pushed rows in between. */
export function createInbox(ask: Ask, connected: () => boolean, retryMs = 2000): Inbox {
  const sites = signal<ReadonlyMap<string, InboxLists>>(new Map());
  const failures = signal<ReadonlyMap<string, Failure>>(new Map());

  const listsOf = (siteId: string): InboxLists => sites.value.get(siteId) ?? emptyLists;
  const put = (siteId: string, lists: InboxLists): void => {
    sites.value = new Map(sites.value).set(siteId, lists);
  };
  const tell = (key: string, failure: Failure | null): void => {
    const next = new Map(failures.value);
    if (failure === null) next.delete(key);
    else next.set(key, failure);
    failures.value = next;
  };
  const find = (conversationId: string): InboxRow | null => {
    for (const lists of sites.value.values()) {
      const row = findRow(lists, conversationId);
      if (row !== null) return row;
    }
    return null;
  };

  const waiting = new Map<string, ReturnType<typeof setTimeout>>();
  const refresh = async (siteId: string, state: InboxState): Promise<void> => {
    const key = `${siteId}/${state}`;
    clearTimeout(waiting.get(key));
    const outcome = await ask("inbox:list", { siteId, state, before: null });
    tell(key, outcome.ok ? null : outcome);
    if (outcome.ok) put(siteId, takeNewestPage(listsOf(siteId), state, outcome.value));
    // Nobody else would ask again while the link lives; when it comes back, it is asked anyway.
    else if (mayRetry(outcome) && connected())
      waiting.set(
        key,
        setTimeout(() => void refresh(siteId, state), retryMs),
      );
  };

  return {
    sites,
    failures,
    find,
    refresh,
    async readOlder(siteId, state) {
      const last = listsOf(siteId)[state].rows.at(-1);
      const before = last === undefined ? null : { lastAt: last.lastAt, id: last.conversation.id };
      const outcome = await ask("inbox:list", { siteId, state, before });
      if (!outcome.ok) return outcome;
      put(siteId, takeOlderPage(listsOf(siteId), state, outcome.value));
      return null;
    },
    hearRow(row) {
      put(row.siteId, takeRow(listsOf(row.siteId), row));
    },
    hearConversation(conversation) {
      const row = find(conversation.id);
      if (row === null || row.conversation.revision > conversation.revision) return;
      const unread = conversation.readByOperator >= conversation.lastSeq ? 0 : row.unread;
      put(row.siteId, takeRow(listsOf(row.siteId), { ...row, conversation, unread }));
    },
    drop(conversationId) {
      for (const [siteId, lists] of sites.value)
        if (findRow(lists, conversationId) !== null) put(siteId, dropRow(lists, conversationId));
    },
  };
}
