import type { Message } from "../../shared/wire.js";
import type { MessageStore } from "./message-store.js";
import { presentMessage, type PresentAttachment } from "./present-message.js";

const PAGE = 500;

/** A conversation's messages from the first to the last, as its visitor sees them. */
export async function exportMessages(
  deps: { messages: MessageStore; presentAttachment: PresentAttachment },
  conversationId: string,
  visitorId: string,
): Promise<Message[]> {
  const all: Message[] = [];
  for (;;) {
    const page = await deps.messages.list(conversationId, all.at(-1)?.seq ?? 0, PAGE);
    for (const stored of page)
      all.push(presentMessage(stored, `v:${visitorId}`, deps.presentAttachment));
    if (page.length < PAGE) return all;
  }
}
