import { refuse } from "../errors.js";
import type { Clock } from "../infra/clock.js";
import type { ConversationStore, StoredConversation } from "./conversation-store.js";

/** Who asks: a visitor sees their own conversations, an operator all of them. */
export type ConversationReader =
  { kind: "visitor"; site: string; visitor: string } | { kind: "operator" };

/**
 * A conversation that the reader may see, as it is now.
 * @throws UNKNOWN_CONVERSATION; somebody else's is no different from none.
 */
export async function getConversationFor(
  deps: { conversations: ConversationStore; clock: Clock },
  reader: ConversationReader,
  id: string,
): Promise<StoredConversation> {
  const stored = await deps.conversations.find(id);
  // The sweep may be late: what is past its period is not shown.
  if (stored === null || stored.erasedAt !== null || stored.expireAt.getTime() <= deps.clock.now())
    throw refuse("UNKNOWN_CONVERSATION");
  if (
    reader.kind === "visitor" &&
    (stored.visitor !== reader.visitor || stored.site !== reader.site)
  )
    throw refuse("UNKNOWN_CONVERSATION");
  return stored;
}
