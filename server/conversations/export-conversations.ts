import type { Conversation, Message } from "../../shared/wire.js";
import type { ConversationStore } from "./conversation-store.js";
import { presentConversation } from "./present-conversation.js";

interface Deps {
  conversations: ConversationStore;
  /** All messages of a conversation in order, as the visitor sees them. */
  exportMessages(conversationId: string, visitorId: string): Promise<Message[]>;
  clock: { now(): number };
}

/** Everything said in a visitor's conversations, for the person themselves: plain objects, oldest message first. */
export async function exportConversations(
  deps: Deps,
  site: { id: string },
  visitorId: string,
): Promise<(Conversation & { messages: Message[] })[]> {
  const found = await deps.conversations.listOfVisitors([visitorId], deps.clock.now());
  const mine = found.filter((conversation) => conversation.site === site.id);
  return Promise.all(
    mine.map(async (stored) => ({
      ...presentConversation(stored),
      messages: await deps.exportMessages(stored.id, visitorId),
    })),
  );
}
