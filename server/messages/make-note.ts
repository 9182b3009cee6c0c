import type { MessageNote } from "../conversations/note-store.js";
import type { Site } from "../sites/site.js";
import { conversationExpiry } from "../visitors/visitor-expiry.js";
import { isVisitor } from "./append-message.js";
import type { StoredMessage } from "./message-store.js";

/** What a stored message does to its conversation's row. */
export function makeNote(message: StoredMessage, site: Pick<Site, "rules">): MessageNote {
  const fromVisitor = isVisitor(message.author);
  return {
    id: message.conversation,
    seq: message.seq,
    visitorSeq: fromVisitor ? message.seq : 0,
    author: fromVisitor ? "visitor" : "operator",
    visitorMessages: message.visitorMessages,
    waitingSince: message.waitingSince,
    text: message.text,
    lastPhotos: message.attachments.length,
    lastAt: message.sentAt,
    expireAt: conversationExpiry(site, message.sentAt),
  };
}
