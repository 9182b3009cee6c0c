import type { ConversationStore, StoredConversation } from "../conversations/conversation-store.js";
import type { MessageNote } from "../conversations/note-store.js";
import type { Site } from "../sites/site.js";
import { makeNote } from "./make-note.js";
import type { MessageStore } from "./message-store.js";

interface Deps {
  messages: Pick<MessageStore, "findLast" | "findLastOfVisitor">;
  conversations: Pick<ConversationStore, "findMany" | "noteMessage" | "settle">;
  getSite(id: string): Promise<Site>;
  /** Takes away what was said in a conversation that is gone. */
  dropMessages(conversation: string): void;
  publish: { conversationChanged(site: string, visitorId: string, conversationId: string): void };
}

/** Conversations compared at once. */
const ROUND = 50;

/**
 * Brings the rows of conversations up to their messages: what a process did not come to before it died.
 * Rows only go forwards, so that it is safe whoever else is at work.
 */
export async function mendRows(deps: Deps, conversations: string[]): Promise<void> {
  for (let at = 0; at < conversations.length; at += ROUND)
    await mendRound(deps, conversations.slice(at, at + ROUND));
}

async function mendRound(deps: Deps, ids: string[]): Promise<void> {
  const rows = new Map((await deps.conversations.findMany(ids)).map((row) => [row.id, row]));
  const missing = await Promise.all(ids.map((id) => findMissing(deps, id, rows.get(id))));
  const behind = missing.filter((note) => note !== null);
  for (const note of behind) deps.conversations.noteMessage(note, () => deps.dropMessages(note.id));
  await deps.conversations.settle();
  for (const { id } of behind) {
    const row = rows.get(id);
    if (row !== undefined && row.erasedAt === null)
      deps.publish.conversationChanged(row.site, row.visitor, id);
  }
}

/** What a row lacks of its conversation's messages; null: nothing. */
async function findMissing(
  deps: Deps,
  id: string,
  row: StoredConversation | undefined,
): Promise<MessageNote | null> {
  const last = await deps.messages.findLast(id);
  if (last === null) return null;
  const note = makeNote(last, await deps.getSite(last.site));
  // An older message of the visitor's than the newest one may have to reopen it.
  if (row?.state === "closed")
    note.visitorSeq = (await deps.messages.findLastOfVisitor(id))?.seq ?? 0;
  const behind = row === undefined || row.lastSeq < last.seq;
  return behind || (row.state === "closed" && row.closedSeq < note.visitorSeq) ? note : null;
}
