import { z } from "zod";
import { idPattern } from "../../shared/ids.js";
import { limits } from "../../shared/limits.js";
import type { InboxPage, InboxRequest, InboxRow, VisitorSummary } from "../../shared/wire.js";
import type { Clock } from "../infra/clock.js";
import { placeOf, type ConversationStore, type StoredConversation } from "./conversation-store.js";
import { presentRow } from "./present-conversation.js";

export const inboxRequestSchema: z.ZodType<InboxRequest> = z.object({
  siteId: z.string().regex(idPattern),
  state: z.enum(["open", "closed"]),
  before: z.object({ lastAt: z.int().min(0), id: z.string().regex(idPattern) }).nullable(),
});

export interface RowDeps {
  /** Visitors by id, as operators see them; those that are gone are left out. */
  summarizeVisitors(site: string, ids: string[]): Promise<Map<string, VisitorSummary>>;
}

/** Inbox rows of conversations of one site; one whose visitor is gone has no row. */
export async function presentRows(
  deps: RowDeps,
  site: string,
  stored: StoredConversation[],
): Promise<InboxRow[]> {
  const visitors = await deps.summarizeVisitors(site, [
    ...new Set(stored.map((conversation) => conversation.visitor)),
  ]);
  return stored.flatMap((conversation) => {
    const visitor = visitors.get(conversation.visitor);
    return visitor === undefined ? [] : [presentRow(conversation, visitor)];
  });
}

/**
 * A page of a site's inbox, newest first. Pages part rows by (`lastAt`, id), so that a row which
 * stands still comes exactly once. One that moves meanwhile (a message, a closing) may be missing
 * from older pages or come twice: it moved to the newest page, and its `conversation:changed` says
 * so. While there is `more`, a page has a row to go on from.
 */
export async function listInbox(
  deps: RowDeps & { conversations: ConversationStore; clock: Clock },
  { siteId, state, before }: InboxRequest,
): Promise<InboxPage> {
  const limit = limits.inboxPageSize + 1;
  for (let place = before; ;) {
    const query = { site: siteId, state, before: place, now: deps.clock.now(), limit };
    const found = await deps.conversations.list(query);
    const page = found.slice(0, limits.inboxPageSize);
    const more = found.length > page.length;
    const rows = await presentRows(deps, siteId, page);
    const last = page.at(-1);
    if (rows.length > 0 || !more || last === undefined) return { rows, more };
    place = placeOf(last);
  }
}
