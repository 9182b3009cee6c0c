import type { Conversation, InboxRow, Message, MessagesPage } from "../../shared/wire.js";

/** Records with the least in them, for tests of what the dashboard makes of them. */
export function makeConversation(part: Partial<Conversation> = {}): Conversation {
  return {
    id: "c1",
    state: "open",
    lastSeq: 0,
    revision: 0,
    readByVisitor: 0,
    readByOperator: 0,
    createdAt: 0,
    ...part,
  };
}

export function makeMessage(seq: number, part: Partial<Message> = {}): Message {
  return {
    conversationId: "c1",
    seq,
    clientId: `client-${seq}`,
    author: { kind: "visitor" },
    text: `text ${seq}`,
    attachments: [],
    sentAt: seq * 1000,
    revision: 0,
    ...part,
  };
}

/** A page as the server would answer for `(afterSeq, coveredTo]`, with some numbers gone. */
export function makePage(from: number, to: number, part: Partial<MessagesPage> = {}): MessagesPage {
  const messages = Array.from({ length: to - from }, (_, index) => makeMessage(from + index + 1));
  return {
    conversation: makeConversation({ lastSeq: to, revision: to }),
    messages,
    changed: [],
    coveredTo: to,
    more: false,
    ...part,
  };
}

export function makeRow(id: string, lastAt: number, part: Partial<InboxRow> = {}): InboxRow {
  return {
    siteId: "s1",
    conversation: makeConversation({ id }),
    visitor: { id: `v-${id}`, number: 1, name: "", email: "", online: false },
    lastText: "",
    lastPhotos: 0,
    lastAuthor: "visitor",
    lastAt,
    unread: 0,
    waitingSince: null,
    ...part,
  };
}
