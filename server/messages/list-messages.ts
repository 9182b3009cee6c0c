import { z } from "zod";
import { idPattern } from "../../shared/ids.js";
import { limits } from "../../shared/limits.js";
import type { MessagesPage, MessagesRequest } from "../../shared/wire.js";
import type { StoredConversation } from "../conversations/conversation-store.js";
import { presentConversation } from "../conversations/present-conversation.js";
import type { MessageStore, StoredMessage } from "./message-store.js";
import { presentMessage, type PresentAttachment, type Reader } from "./present-message.js";

const cursor = z.int().min(0);
export const messagesRequestSchema: z.ZodType<MessagesRequest> = z.object({
  conversationId: z.string().regex(idPattern),
  afterSeq: cursor,
  afterRevision: cursor,
});

interface Deps {
  messages: MessageStore;
  presentAttachment: PresentAttachment;
}

/**
 * What follows a reader's cursors. `conversation` must have been read before: its `lastSeq` then
 * vouches that everything up to there was stored, so what is missing there is gone for good.
 */
export async function listMessages(
  deps: Deps,
  conversation: StoredConversation,
  reader: Reader,
  { afterSeq, afterRevision }: MessagesRequest,
): Promise<MessagesPage> {
  const found = await deps.messages.list(conversation.id, afterSeq, limits.pageSize + 1);
  const page = found.slice(0, limits.pageSize);
  const full = found.length > limits.pageSize;
  const messages = full ? page : withoutHole(page, Math.max(conversation.lastSeq, afterSeq));
  const newest = messages.at(-1)?.seq ?? 0;
  const coveredTo = full ? newest : Math.max(newest, conversation.lastSeq, afterSeq);
  const changed =
    conversation.changedRevision > afterRevision
      ? await deps.messages.listChanged(conversation.id, afterRevision, afterSeq)
      : [];
  const present = (message: StoredMessage) =>
    presentMessage(message, reader, deps.presentAttachment);
  return {
    conversation: {
      ...presentConversation(conversation),
      lastSeq: Math.max(conversation.lastSeq, newest),
    },
    messages: messages.map(present),
    changed: changed.map(present),
    coveredTo,
    more: full,
  };
}

/** Beyond what the conversation vouches for, a page ends before the first number that is missing. */
function withoutHole(page: StoredMessage[], vouchedFor: number): StoredMessage[] {
  let end = vouchedFor;
  return page.filter(({ seq }) => {
    if (seq === end + 1) end = seq;
    return seq <= end;
  });
}
