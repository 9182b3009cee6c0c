import type { Clock } from "../infra/clock.js";
import { setRecent } from "../infra/set-recent.js";
import type { ConversationStore } from "./conversation-store.js";
import { endsSoon } from "./hold-conversation.js";
import type { ConversationOwner } from "./open-conversation.js";

/** Conversations whose owner this process remembers; the oldest entries make room. */
const REMEMBERED = 20_000;

export interface ConversationOwners {
  /** Null when there is no such conversation (any more). */
  find(conversationId: string): Promise<ConversationOwner | null>;
  remember(conversationId: string, owner: ConversationOwner): void;
  forget(conversationId: string): void;
}

/**
 * Whose conversation is it? Asked for each message, and never answered differently, so it is
 * remembered. That a conversation was erased shows when its row is written; whether it outlived the
 * end of its period is asked anew.
 */
export function createConversationOwners(deps: {
  conversations: ConversationStore;
  clock: Clock;
}): ConversationOwners {
  const owners = new Map<string, ConversationOwner>();

  function remember(conversationId: string, { site, visitor, expireAt }: ConversationOwner): void {
    setRecent(owners, conversationId, { site, visitor, expireAt }, REMEMBERED);
  }

  return {
    remember,
    async find(conversationId) {
      const known = owners.get(conversationId);
      if (known !== undefined && !endsSoon(known, deps.clock.now())) return known;
      const stored = await deps.conversations.find(conversationId);
      if (stored === null || stored.erasedAt !== null) return null;
      remember(conversationId, stored);
      return stored;
    },
    forget(conversationId) {
      owners.delete(conversationId);
    },
  };
}
