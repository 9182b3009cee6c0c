import type { StoredConversation } from "./conversation-store.js";
import type { EraseDeps } from "./erase-conversations.js";

/** Conversations in one round. */
const ROUND = 100;

/**
 * Removes conversations whose period is over, with their messages and photos; also what is left of
 * erased ones. Answers how many. One node does this at a time; two would only do it twice.
 */
export async function expireConversations(deps: EraseDeps): Promise<number> {
  let removed = 0;
  for (;;) {
    const expired = await deps.conversations.findExpired(deps.clock.now(), ROUND);
    for (const conversation of expired)
      if (await expireConversation(deps, conversation)) removed += 1;
    if (expired.length < ROUND) return removed;
  }
}

/** The end goes first, and only where no message came meanwhile: a later one is refused, or begins it anew. */
async function expireConversation(
  deps: EraseDeps,
  { id, site, visitor, erasedAt }: StoredConversation,
): Promise<boolean> {
  if (erasedAt === null) {
    const now = deps.clock.now();
    const over = { expireAt: { $lte: new Date(now) } };
    if ((await deps.conversations.change(id, over, { erasedAt: now })) === null) return false;
  }
  await deps.eraseAttachments(site, [id]);
  await deps.eraseMessages(id);
  await deps.conversations.remove(id);
  // What a crash kept from being told; an erasure left no visitor, and told it then.
  if (visitor !== "") deps.publish.conversationErased(site, visitor, id);
  return true;
}
