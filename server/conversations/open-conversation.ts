import { refuse } from "../errors.js";
import type { Clock } from "../infra/clock.js";
import type { Site } from "../sites/site.js";
import { conversationExpiry } from "../visitors/visitor-expiry.js";
import type { Visitor } from "../visitors/visitor-store.js";
import type { ConversationStore, StoredConversation } from "./conversation-store.js";

/** What can be remembered of a conversation without asking again: whose it is never changes. */
export interface ConversationOwner {
  site: string;
  visitor: string;
  /** Its period ends then, or later: each message moves the end. */
  expireAt: Date;
}

interface Deps {
  conversations: ConversationStore;
  clock: Clock;
}

/**
 * The visitor's conversation under the id that their browser made, begun now if it is not yet.
 * @throws UNKNOWN_CONVERSATION when the id is somebody else's, or was erased.
 */
export async function openConversation(
  deps: Deps,
  site: Site,
  visitor: Visitor,
  id: string,
): Promise<StoredConversation> {
  const now = deps.clock.now();
  const stored = await deps.conversations.createOnce({
    id,
    site: site.id,
    visitor: visitor.id,
    state: "open",
    closedSeq: 0,
    lastSeq: 0,
    revision: 0,
    changedRevision: 0,
    changing: 0,
    readByVisitor: 0,
    readByOperator: 0,
    visitorMessages: 0,
    visitorMessagesRead: 0,
    waitingSince: null,
    lastText: "",
    lastPhotos: 0,
    lastAuthor: "visitor",
    lastAt: now,
    createdAt: now,
    erasedAt: null,
    expireAt: conversationExpiry(site, now),
  });
  if (stored.visitor !== visitor.id || stored.site !== site.id || stored.erasedAt !== null)
    throw refuse("UNKNOWN_CONVERSATION");
  return stored;
}
