import type { ConversationStore } from "../conversations/conversation-store.js";
import type { Site } from "../sites/site.js";
import { isVisitor } from "./append-message.js";
import { makeNote } from "./make-note.js";
import type { MessageStore } from "./message-store.js";

interface Deps {
  messages: Pick<MessageStore, "listSince" | "findLast">;
  conversations: Pick<ConversationStore, "findMany" | "noteMessage" | "settle">;
  getSite(id: string): Promise<Site>;
  /** Takes away what was said in a conversation that is gone. */
  dropMessages(conversation: string): void;
  publish: { conversationChanged(site: string, visitorId: string, conversationId: string): void };
}

interface End {
  seq: number;
  visitorSeq: number;
}

/** Conversations compared at once. */
const ROUND = 200;

/**
 * Brings the rows of conversations up to messages that were stored since a moment: what a process did
 * not come to before it died. Rows only go forwards, so that it is safe whoever else is at work.
 */
export async function mendRows(deps: Deps, since: number): Promise<void> {
  const ends = new Map<string, End>();
  for await (const { conversation, seq, author } of deps.messages.listSince(since)) {
    const end = ends.get(conversation) ?? { seq: 0, visitorSeq: 0 };
    end.seq = Math.max(end.seq, seq);
    if (isVisitor(author)) end.visitorSeq = Math.max(end.visitorSeq, seq);
    ends.set(conversation, end);
  }
  const ids = [...ends.keys()];
  for (let at = 0; at < ids.length; at += ROUND)
    await mendRound(deps, ends, ids.slice(at, at + ROUND));
}

async function mendRound(deps: Deps, ends: Map<string, End>, ids: string[]): Promise<void> {
  const rows = new Map((await deps.conversations.findMany(ids)).map((row) => [row.id, row]));
  const behind = ids.filter((id) => {
    const [row, end] = [rows.get(id), ends.get(id)];
    if (row === undefined || end === undefined || row.lastSeq < end.seq) return true;
    return row.state === "closed" && row.closedSeq < end.visitorSeq;
  });
  for (const id of behind) {
    const last = await deps.messages.findLast(id);
    if (last === null) continue;
    const note = makeNote(last, await deps.getSite(last.site));
    const visitorSeq = Math.max(note.visitorSeq, ends.get(id)?.visitorSeq ?? 0);
    deps.conversations.noteMessage({ ...note, visitorSeq }, () => deps.dropMessages(id));
  }
  await deps.conversations.settle();
  for (const id of behind) {
    const row = rows.get(id);
    if (row !== undefined && row.erasedAt === null)
      deps.publish.conversationChanged(row.site, row.visitor, id);
  }
}
