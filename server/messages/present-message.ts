import type { Attachment, Message } from "../../shared/wire.js";
import type { StoredAttachment } from "../attachments/attachment-store.js";
import { isVisitor } from "./append-message.js";
import type { StoredMessage } from "./message-store.js";

/** "v:VISITOR" or "o": for whom a photo's addresses are signed. */
export type Reader = `v:${string}` | "o";

export type PresentAttachment = (stored: StoredAttachment, reader: Reader) => Attachment;

/** A message as each of several readers gets it. */
export type ShownTo = (reader: Reader) => Message;

/** A message for each of several readers: without photos it is the same for all of them, and frozen. */
export function presentToAll(stored: StoredMessage, presentAttachment: PresentAttachment): ShownTo {
  if (stored.attachments.length > 0)
    return (reader) => presentMessage(stored, reader, presentAttachment);
  const same = Object.freeze(presentMessage(stored, "o", presentAttachment));
  return () => same;
}

/** A message as one reader gets it. */
export function presentMessage(
  stored: StoredMessage,
  reader: Reader,
  presentAttachment: PresentAttachment,
): Message {
  return {
    conversationId: stored.conversation,
    seq: stored.seq,
    clientId: stored.clientId,
    author: isVisitor(stored.author)
      ? { kind: "visitor" }
      : { kind: "operator", id: stored.author.slice(2), name: stored.authorName },
    text: stored.text,
    attachments: stored.attachments.map((attachment) => presentAttachment(attachment, reader)),
    sentAt: stored.sentAt,
    revision: stored.revision,
  };
}
