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
    for (const { id, site, visitor, erasedAt } of expired) {
      await deps.eraseAttachments(site, [id]);
      await deps.eraseMessages(id);
      await deps.conversations.remove(id);
      if (erasedAt === null) deps.publish.conversationErased(site, visitor, id);
    }
    removed += expired.length;
    if (expired.length < ROUND) return removed;
  }
}
