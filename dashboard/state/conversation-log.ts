import type { Conversation, Message, MessagesPage, MessagesRequest } from "../../shared/wire.js";

/**
 * What is known of one conversation: every message with `low < seq <= high`, except those the server
 * said are gone for good. `high` and `revision` are the cursors of the delivery contract; `low` is
 * how far back has been read, because the newest page is asked for first.
 */
export interface ConversationLog {
  conversation: Conversation | null;
  messages: Message[];
  low: number;
  high: number;
  revision: number;
}

/** A log that starts `back` messages before the newest one known to the inbox. */
export function startLog(newest: number, back: number): ConversationLog {
  const low = Math.max(0, newest - back);
  return { conversation: null, messages: [], low, high: low, revision: 0 };
}

/** The question that catches up: what follows the cursors. */
export function askForNewer(log: ConversationLog, conversationId: string): MessagesRequest {
  return { conversationId, afterSeq: log.high, afterRevision: log.revision };
}

/** The question that reads one page further back; null when the beginning is known. */
export function askForOlder(
  log: ConversationLog,
  conversationId: string,
  pageSize: number,
): MessagesRequest | null {
  if (log.low === 0) return null;
  return {
    conversationId,
    afterSeq: Math.max(0, log.low - pageSize),
    afterRevision: log.revision,
  };
}

/** Takes in an answer to `askForNewer`: a number missing inside its range is final. */
export function takeNewer(log: ConversationLog, page: MessagesPage): ConversationLog {
  return {
    ...log,
    conversation: newerConversation(log.conversation, page.conversation),
    messages: mergeMessages(log, [...page.messages, ...page.changed]),
    high: Math.max(log.high, page.coveredTo),
    revision: Math.max(log.revision, page.conversation.revision),
  };
}

/** Takes in an answer to `askForOlder`; one that does not reach up to what is known is no use. */
export function takeOlder(
  log: ConversationLog,
  request: MessagesRequest,
  page: MessagesPage,
): ConversationLog {
  if (page.coveredTo < log.low) return log;
  const lowered = { ...log, low: Math.min(log.low, request.afterSeq) };
  return { ...lowered, messages: mergeMessages(lowered, [...page.messages, ...page.changed]) };
}

/**
 * Takes in a message that was pushed. `gap` is true when it does not follow what is known: the
 * message is left out, and the caller asks for what follows the cursor.
 */
export function takePushed(
  log: ConversationLog,
  message: Message,
): { log: ConversationLog; gap: boolean } {
  if (message.seq > log.high + 1) return { log, gap: true };
  const high = Math.max(log.high, message.seq);
  const grown = { ...log, high };
  return { log: { ...grown, messages: mergeMessages(grown, [message]) }, gap: false };
}

/** Takes in the conversation's own state; `gap` is true when it speaks of more than is known. */
export function takeConversation(
  log: ConversationLog,
  conversation: Conversation,
): { log: ConversationLog; gap: boolean } {
  const newer = newerConversation(log.conversation, conversation);
  return {
    log: { ...log, conversation: newer },
    gap: newer.lastSeq > log.high || newer.revision > log.revision,
  };
}

/** A late answer must not undo a newer one. */
function newerConversation(known: Conversation | null, heard: Conversation): Conversation {
  if (known === null) return heard;
  const older =
    heard.revision < known.revision ||
    (heard.revision === known.revision && heard.lastSeq < known.lastSeq);
  return older ? known : heard;
}

function mergeMessages(log: ConversationLog, heard: Message[]): Message[] {
  const bySeq = new Map(log.messages.map((message) => [message.seq, message]));
  for (const message of heard) {
    if (message.seq <= log.low) continue;
    const known = bySeq.get(message.seq);
    if (known === undefined || known.revision <= message.revision) bySeq.set(message.seq, message);
  }
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
}
