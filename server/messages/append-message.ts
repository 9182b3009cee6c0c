import { refuse } from "../errors.js";
import { setRecent } from "../infra/set-recent.js";
import { messageId } from "./message-id.js";
import type { AuthorKey, MessageStore, StoredMessage } from "./message-store.js";

/** Where a conversation ends: what the next message needs to know of the one before it. */
export interface Tail {
  lastSeq: number;
  visitorMessages: number;
  waitingSince: number | null;
}

/** A message that has no place yet. */
export type Unplaced = Omit<StoredMessage, "id" | "seq" | "visitorMessages" | "waitingSince">;

interface Deps {
  messages: MessageStore;
  /** The tail that the conversation's own record remembers: it may be behind, never ahead. */
  findTail(conversation: string): Promise<Tail>;
}

/** Conversations whose end this process remembers; the oldest entries make room. */
const REMEMBERED = 20_000;
/** Each try lost means that somebody else's message was stored: so many losses are a crowd. */
const TRIES = 50;

/**
 * Gives each message the next `seq` of its conversation, by insertion under unique indexes. The
 * place asked for is always one after a message that is known to be stored, so there is never a
 * hole: within this process a conversation's messages wait for one another, and between processes
 * the loser of a place takes the next one.
 */
export function createAppendMessage(deps: Deps) {
  const tails = new Map<string, Tail>();
  const queues = new Map<string, Promise<unknown>>();

  function remember(conversation: string, tail: Tail): void {
    tails.delete(conversation);
    setRecent(tails, conversation, tail, REMEMBERED);
  }

  async function readTail(conversation: string): Promise<Tail> {
    const [last, recorded] = await Promise.all([
      deps.messages.findLast(conversation),
      deps.findTail(conversation),
    ]);
    if (last === null || last.seq < recorded.lastSeq) return recorded;
    return tailOf(last);
  }

  async function append(unplaced: Unplaced): Promise<{ message: StoredMessage; created: boolean }> {
    const { conversation, author, clientId } = unplaced;
    for (let tries = 0; tries < TRIES; tries += 1) {
      const tail = tails.get(conversation) ?? (await readTail(conversation));
      const message = place(unplaced, tail);
      // Until the answer is here nobody knows the end: an error leaves it to be read again.
      tails.delete(conversation);
      if ((await deps.messages.insert(message)) === "stored") {
        remember(conversation, tailOf(message));
        return { message, created: true };
      }
      const stored = await deps.messages.findByClientId(conversation, author, clientId);
      if (stored !== null) return { message: stored, created: false };
    }
    throw refuse("BUSY", { retryAfter: 1 });
  }

  /** Its turn comes when the message before it has been dealt with, well or not. */
  async function inTurn(
    unplaced: Unplaced,
    before: Promise<unknown> | undefined,
  ): Promise<{ message: StoredMessage; created: boolean }> {
    if (before !== undefined) await before.catch(() => undefined);
    return append(unplaced);
  }

  /** Stores a message once; a repeat of (conversation, author, clientId) answers the stored one. */
  return async function appendMessage(
    unplaced: Unplaced,
  ): Promise<{ message: StoredMessage; created: boolean }> {
    const { conversation } = unplaced;
    const mine = inTurn(unplaced, queues.get(conversation));
    queues.set(conversation, mine);
    try {
      return await mine;
    } finally {
      if (queues.get(conversation) === mine) queues.delete(conversation);
    }
  };
}

export type AppendMessage = ReturnType<typeof createAppendMessage>;

function tailOf({ seq, visitorMessages, waitingSince }: StoredMessage): Tail {
  return { lastSeq: seq, visitorMessages, waitingSince };
}

function place(unplaced: Unplaced, tail: Tail): StoredMessage {
  const fromVisitor = isVisitor(unplaced.author);
  const { site, conversation, author, authorName, clientId, text } = unplaced;
  const { attachments, sentAt, revision } = unplaced;
  // Written out: a spread costs more than all the rest here.
  return {
    site,
    conversation,
    author,
    authorName,
    clientId,
    text,
    attachments,
    sentAt,
    revision,
    id: messageId(unplaced.sentAt),
    seq: tail.lastSeq + 1,
    visitorMessages: tail.visitorMessages + (fromVisitor ? 1 : 0),
    waitingSince: fromVisitor ? (tail.waitingSince ?? unplaced.sentAt) : null,
  };
}

export function isVisitor(author: AuthorKey): author is "v" {
  return author === "v";
}
