import type { Conversation, Message, MessagesPage, MessagesRequest } from "../../shared/wire.js";
import { limits } from "../../shared/limits.js";

/**
 * What is known of one conversation: every message with `from < seq <= to`, save those that are
 * gone for good. `to` and `conversation.revision` are the cursors of docs/delivery.md. Pure.
 */
export interface Timeline {
  conversation: Conversation;
  from: number;
  to: number;
  /** Changes up to this revision are in `messages`. */
  revision: number;
  /** In order of seq. */
  messages: Message[];
}

/** The newest page is read first; older ones when somebody scrolls up to them. */
export function openTimeline(conversation: Conversation): Timeline {
  const from = Math.max(0, conversation.lastSeq - limits.pageSize);
  return { conversation, from, to: from, revision: conversation.revision, messages: [] };
}

/** What to ask for next, or null when nothing newer is known to exist. */
export function nextRequest(timeline: Timeline): MessagesRequest | null {
  const { conversation, to, revision } = timeline;
  if (to >= conversation.lastSeq && revision >= conversation.revision) return null;
  return { conversationId: conversation.id, afterSeq: to, afterRevision: revision };
}

/** What to ask for when the reader scrolls to the top; null at the beginning. */
export function earlierRequest(timeline: Timeline): MessagesRequest | null {
  if (timeline.from === 0) return null;
  return {
    conversationId: timeline.conversation.id,
    afterSeq: Math.max(0, timeline.from - limits.pageSize),
    afterRevision: timeline.revision,
  };
}

/** Puts an answer in, whichever end it belongs to; an answer that touches neither end changes nothing. */
export function mergePage(
  timeline: Timeline,
  request: MessagesRequest,
  page: MessagesPage,
): Timeline {
  const { afterSeq } = request;
  if (afterSeq > timeline.to || page.coveredTo < timeline.from) return timeline;
  const replaced = (seq: number): boolean => seq > afterSeq && seq <= page.coveredTo;
  const changed = new Map(page.changed.map((message) => [message.seq, message]));
  const kept = timeline.messages
    .filter((message) => !replaced(message.seq))
    .map((message) => newer(message, changed.get(message.seq)));
  const isNewest = page.coveredTo >= timeline.to;
  return {
    conversation: newerConversation(timeline.conversation, page.conversation),
    from: Math.min(timeline.from, afterSeq),
    to: Math.max(timeline.to, page.coveredTo),
    revision:
      isNewest && !page.more
        ? Math.max(timeline.revision, page.conversation.revision)
        : timeline.revision,
    messages: [...kept, ...page.messages].sort((a, b) => a.seq - b.seq),
  };
}

/** A message that arrived by itself. `gap` says that the ones before it have to be asked for. */
export function mergeMessage(
  timeline: Timeline,
  message: Message,
): { timeline: Timeline; gap: boolean } {
  const conversation = {
    ...timeline.conversation,
    lastSeq: Math.max(timeline.conversation.lastSeq, message.seq),
  };
  if (message.seq <= timeline.to) {
    const messages = timeline.messages.map((known) =>
      known.seq === message.seq ? newer(known, message) : known,
    );
    return { timeline: { ...timeline, conversation, messages }, gap: false };
  }
  if (message.seq > timeline.to + 1) return { timeline: { ...timeline, conversation }, gap: true };
  const messages = [...timeline.messages, message];
  return { timeline: { ...timeline, conversation, to: message.seq, messages }, gap: false };
}

/** News about read marks and state; the caller asks `nextRequest` what else has changed. */
export function mergeConversation(timeline: Timeline, news: Conversation): Timeline {
  return { ...timeline, conversation: newerConversation(timeline.conversation, news) };
}

function newer(known: Message, arrived: Message | undefined): Message {
  return arrived !== undefined && arrived.revision >= known.revision ? arrived : known;
}

/** Marks only rise; whatever arrives late cannot take one back. */
function newerConversation(known: Conversation, arrived: Conversation): Conversation {
  const latest = arrived.revision >= known.revision ? arrived : known;
  return {
    ...latest,
    lastSeq: Math.max(known.lastSeq, arrived.lastSeq),
    readByVisitor: Math.max(known.readByVisitor, arrived.readByVisitor),
    readByOperator: Math.max(known.readByOperator, arrived.readByOperator),
  };
}
