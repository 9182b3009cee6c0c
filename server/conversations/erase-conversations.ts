import type { Clock } from "../infra/clock.js";
import type { ConversationStore, StoredConversation } from "./conversation-store.js";

export interface EraseDeps {
  conversations: ConversationStore;
  clock: Clock;
  eraseMessages(conversationId: string): Promise<void>;
  /** Photos of conversations, their bytes included. */
  eraseAttachments(site: string, conversationIds: string[]): Promise<unknown>;
  publish: { conversationErased(site: string, visitorId: string, conversationId: string): void };
}

/** How long an erased conversation's id stays known, so that an old tab cannot begin it anew. */
const REMEMBERED_MS = 30 * 24 * 60 * 60 * 1000;

/**
 * Erases everything a visitor and operators said to each other, photos included, and takes it off
 * open screens. Safe to repeat after a crash. Answers how many conversations there were.
 */
export async function eraseConversations(
  deps: EraseDeps,
  site: { id: string },
  visitorId: string,
): Promise<number> {
  const found = await deps.conversations.listOfVisitors([visitorId], 0);
  const mine = found.filter((conversation) => conversation.site === site.id);
  for (const conversation of mine) await eraseConversation(deps, conversation);
  return mine.length;
}

/**
 * The record goes first, so that a message on its way finds none and is refused; messages and photos
 * follow. What a crash leaves behind is taken by the sweep, since the record stays for a while.
 */
export async function eraseConversation(
  deps: EraseDeps,
  { id, site, visitor }: StoredConversation,
): Promise<void> {
  const now = deps.clock.now();
  await deps.conversations.erase(id, site, now, new Date(now + REMEMBERED_MS));
  await deps.eraseAttachments(site, [id]);
  await deps.eraseMessages(id);
  deps.publish.conversationErased(site, visitor, id);
}
