import type { Clock } from "../infra/clock.js";
import type { ConversationStore } from "./conversation-store.js";

interface Deps {
  conversations: ConversationStore;
  clock: Clock;
  /** Takes the photos out of a conversation's messages as of a revision. */
  removeFromMessages(conversationId: string, revision: number): Promise<void>;
  eraseAttachments(site: string, conversationIds: string[]): Promise<unknown>;
  publish: { conversationChanged(site: string, visitorId: string, conversationId: string): void };
}

/**
 * Erases the photos of a visitor and leaves the words. The messages change under a new revision, so
 * every screen hears of it, also one that was away. Safe to repeat after a crash.
 */
export async function erasePhotos(
  deps: Deps,
  site: { id: string },
  visitorId: string,
): Promise<void> {
  const found = await deps.conversations.listOfVisitors([visitorId], 0);
  for (const { id, site: ofSite, visitor } of found) {
    if (ofSite !== site.id) continue;
    await deps.eraseAttachments(ofSite, [id]);
    const revision = await beginChange(deps, id);
    if (revision === null) continue;
    await deps.removeFromMessages(id, revision);
    await deps.conversations.change(
      id,
      {},
      { lastPhotos: 0, changing: 0, changedRevision: revision },
    );
    deps.publish.conversationChanged(ofSite, visitor, id);
  }
}

/** Takes the next revision for messages that are about to change; null when the conversation is gone. */
async function beginChange(deps: Deps, id: string): Promise<number | null> {
  for (;;) {
    const found = await deps.conversations.find(id);
    if (found === null || found.erasedAt !== null) return null;
    if (found.changing > 0) return found.changing;
    const changing = found.revision + 1;
    const when = { revision: found.revision, changing: 0 };
    if ((await deps.conversations.change(id, when, { changing })) !== null) return changing;
  }
}
