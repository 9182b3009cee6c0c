import type { MessageNote } from "../conversations/note-store.js";
import type { Site } from "../sites/site.js";
import { conversationExpiry } from "../visitors/visitor-expiry.js";
import { isVisitor } from "./append-message.js";
import type { StoredMessage } from "./message-store.js";

/** Characters of the newest message that an inbox row shows. */
const LINE = 140;

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
    lastText: message.text.replaceAll(/\s+/g, " ").trim().slice(0, LINE),
    lastPhotos: message.attachments.length,
    lastAt: message.sentAt,
    expireAt: conversationExpiry(site, message.sentAt),
  };
}
