import type { Clock } from "../infra/clock.js";
import type { ConversationStore, StoredConversation } from "./conversation-store.js";
import { getConversationFor } from "./get-conversation.js";

interface Deps {
  conversations: ConversationStore;
  clock: Clock;
  /** The newest message's place: the row may be a moment behind it. */
  findNewestSeq(conversation: string): Promise<number>;
}

/**
 * Puts a conversation away until the visitor writes again. Closing a closed one changes nothing.
 * @throws UNKNOWN_CONVERSATION
 */
export async function closeConversation(deps: Deps, id: string): Promise<StoredConversation> {
  const found = await getConversationFor(deps, { kind: "operator" }, id);
  const closedSeq = Math.max(found.lastSeq, await deps.findNewestSeq(id));
  const changed = await deps.conversations.change(
    id,
    { state: "open" },
    { state: "closed", closedSeq },
  );
  return changed ?? getConversationFor(deps, { kind: "operator" }, id);
}

/** Takes a conversation out again. Reopening an open one changes nothing. @throws UNKNOWN_CONVERSATION */
export async function reopenConversation(
  deps: Omit<Deps, "findNewestSeq">,
  id: string,
): Promise<StoredConversation> {
  const changed = await deps.conversations.change(id, { state: "closed" }, { state: "open" });
  return changed ?? getConversationFor(deps, { kind: "operator" }, id);
}
