import type { Conversation, InboxRow, VisitorSummary } from "../../shared/wire.js";
import type { StoredConversation } from "./conversation-store.js";

/**
 * A conversation as both sides see it. While older messages are being changed, no reader's cursor
 * gets past them: it would not ask for them again.
 */
export function presentConversation(stored: StoredConversation): Conversation {
  return {
    id: stored.id,
    state: stored.state,
    lastSeq: stored.lastSeq,
    revision: stored.changing > 0 ? stored.changing - 1 : stored.revision,
    readByVisitor: stored.readByVisitor,
    readByOperator: stored.readByOperator,
    createdAt: stored.createdAt,
  };
}

/** A conversation as a row of the inbox. Nobody waits in a closed one. */
export function presentRow(stored: StoredConversation, visitor: VisitorSummary): InboxRow {
  return {
    siteId: stored.site,
    conversation: presentConversation(stored),
    visitor,
    lastText: stored.lastText,
    lastPhotos: stored.lastPhotos,
    lastAuthor: stored.lastAuthor,
    lastAt: stored.lastAt,
    unread: Math.max(0, stored.visitorMessages - stored.visitorMessagesRead),
    waitingSince: stored.state === "closed" ? null : stored.waitingSince,
  };
}
