import { refuse } from "../errors.js";
import { setRecent } from "../infra/set-recent.js";
import type { AuthorKey, MessageStore, StoredMessage } from "./message-store.js";

/** Where a conversation ends: what the next message needs to know of the one before it. */
export interface Tail {
  lastSeq: number;
  visitorMessages: number;
  waitingSince: number | null;
}

/** A message that has no place yet. */
export type Unplaced = Omit<StoredMessage, "seq" | "visitorMessages" | "waitingSince">;

interface Deps {
  messages: MessageStore;
  /** The tail that the conversation's own record remembers: it may be behind, never ahead. */
  findTail(conversation: string): Promise<Tail>;
}

/** What this process knows of a conversation's end. */
interface End {
  /** Null: the store must be asked. */
  tail: Tail | null;
  /** The newest message on its way; the next one waits for it. */
  underWay: Promise<unknown> | null;
}

/** Conversations whose end this process remembers; the oldest entries make room. */
const REMEMBERED = 20_000;
/** Each try lost means that somebody else's message was stored: so many losses are a crowd. */
const TRIES = 50;

/**
 * Gives each message the next `seq` of its conversation, by insertion under unique keys. The
 * place asked for is always one after a message that is known to be stored, so there is never a
 * hole: within this process a conversation's messages wait for one another, and between processes
 * the loser of a place takes the next one.
 */
export function createAppendMessage(deps: Deps) {
  // Changed in place, never taken out and put in again for a message: each time that a map makes itself
  // anew, all that is under way moves to the old generation, by way of the table that it had before.
  const ends = new Map<string, End>();

  function endOf(conversation: string): End {
    const known = ends.get(conversation);
    if (known !== undefined) return known;
    const end: End = { tail: null, underWay: null };
    setRecent(ends, conversation, end, REMEMBERED);
    return end;
  }

  async function readTail(conversation: string): Promise<Tail> {
    const [last, recorded] = await Promise.all([
      deps.messages.findLast(conversation),
      deps.findTail(conversation),
    ]);
    if (last === null || last.seq < recorded.lastSeq) return recorded;
    return tailOf(last);
  }

  /** Its turn comes when the message before it has been dealt with, well or not. */
  async function append(
    end: End,
    unplaced: Unplaced,
  ): Promise<{ message: StoredMessage; created: boolean }> {
    if (end.underWay !== null) await end.underWay.catch(() => undefined);
    const { conversation, author, clientId } = unplaced;
    for (let tries = 0; tries < TRIES; tries += 1) {
      const tail = end.tail ?? (await readTail(conversation));
      const message = place(unplaced, tail);
      // Until the answer is here nobody knows the end: an error leaves it to be read again.
      end.tail = null;
      if ((await deps.messages.insert(message)) === "stored") {
        end.tail = tailOf(message);
        return { message, created: true };
      }
      const stored = await deps.messages.findByClientId(conversation, author, clientId);
      if (stored !== null) return { message: stored, created: false };
    }
    throw refuse("BUSY", { retryAfter: 1 });
  }

  /** Stores a message once; a repeat of (conversation, author, clientId) answers the stored one. */
  return async function appendMessage(
    unplaced: Unplaced,
  ): Promise<{ message: StoredMessage; created: boolean }> {
    const end = endOf(unplaced.conversation);
    const mine = append(end, unplaced);
    end.underWay = mine;
    try {
      return await mine;
    } finally {
      if (end.underWay === mine) end.underWay = null;
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
    seq: tail.lastSeq + 1,
    visitorMessages: tail.visitorMessages + (fromVisitor ? 1 : 0),
    waitingSince: fromVisitor ? (tail.waitingSince ?? unplaced.sentAt) : null,
  };
}

export function isVisitor(author: AuthorKey): author is "v" {
  return author === "v";
}
