import { refuse } from "../errors.js";
import type { Clock } from "../infra/clock.js";
import type { Site } from "../sites/site.js";
import { conversationExpiry } from "../visitors/visitor-expiry.js";
import type { ConversationStore } from "./conversation-store.js";
import type { ConversationOwner } from "./open-conversation.js";

/** The way of a message until its conversation's row knows of it is shorter, with a crash in between, too. */
const ON_ITS_WAY_MS = 60_000;

/** Whether the sweep may meet a message that is sent now. */
export function endsSoon({ expireAt }: Pick<ConversationOwner, "expireAt">, now: number): boolean {
  return expireAt.getTime() <= now + ON_ITS_WAY_MS;
}

interface Deps {
  conversations: Pick<ConversationStore, "prolong">;
  clock: Clock;
}

/**
 * Before a message is stored: sees to it that the sweep does not take the conversation while the message
 * is on its way to the row. Nearly always that is known without asking.
 * @throws UNKNOWN_CONVERSATION when the sweep has taken it.
 */
export async function holdConversation(
  deps: Deps,
  site: Pick<Site, "rules">,
  id: string,
  owner: ConversationOwner,
): Promise<void> {
  const now = deps.clock.now();
  if (!endsSoon(owner, now)) return;
  if (!(await deps.conversations.prolong(id, conversationExpiry(site, now))))
    throw refuse("UNKNOWN_CONVERSATION");
}
