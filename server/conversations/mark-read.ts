import { z } from "zod";
import type { ReadMark } from "../../shared/events.js";
import { idPattern } from "../../shared/ids.js";
import type { Clock } from "../infra/clock.js";
import type { ConversationStore, StoredConversation } from "./conversation-store.js";
import { getConversationFor, type ConversationReader } from "./get-conversation.js";

export const readMarkSchema: z.ZodType<ReadMark> = z.object({
  conversationId: z.string().regex(idPattern),
  seq: z.int().min(0),
});

interface Deps {
  conversations: ConversationStore;
  clock: Clock;
  /** The newest message's place: the row may be a moment behind it. */
  findNewestSeq(conversation: string): Promise<number>;
  /** Visitor's messages among the conversation's first `seq`; null when that is not known. */
  countVisitorMessages(conversation: string, seq: number): Promise<number | null>;
}

/**
 * Moves a side's read mark forwards, never back and never beyond the newest message. `changed` is
 * false when it stood there already.
 * @throws UNKNOWN_CONVERSATION
 */
export async function markRead(
  deps: Deps,
  reader: ConversationReader,
  mark: ReadMark,
): Promise<{ conversation: StoredConversation; changed: boolean }> {
  const found = await getConversationFor(deps, reader, mark.conversationId);
  const end = mark.seq <= found.lastSeq ? found.lastSeq : await deps.findNewestSeq(found.id);
  const seq = Math.min(mark.seq, Math.max(end, found.lastSeq));
  const field = reader.kind === "visitor" ? "readByVisitor" : "readByOperator";
  if (seq <= found[field]) return { conversation: found, changed: false };
  const changed = await deps.conversations.change(
    found.id,
    { [field]: { $lt: seq } },
    reader.kind === "visitor"
      ? { readByVisitor: seq }
      : { readByOperator: seq, visitorMessagesRead: await countRead(deps, found, seq) },
  );
  if (changed !== null) return { conversation: changed, changed: true };
  // Somebody else read further at the same time.
  const now = await getConversationFor(deps, reader, mark.conversationId);
  return { conversation: now, changed: false };
}

async function countRead(deps: Deps, found: StoredConversation, seq: number): Promise<number> {
  if (seq === found.lastSeq) return found.visitorMessages;
  const counted = await deps.countVisitorMessages(found.id, seq);
  return counted ?? found.visitorMessagesRead;
}
