import { z } from "zod";
import { idPattern } from "../../shared/ids.js";
import { limits } from "../../shared/limits.js";
import type { InboxPage, InboxRequest, InboxRow, VisitorSummary } from "../../shared/wire.js";
import type { Clock } from "../infra/clock.js";
import type { ConversationStore, StoredConversation } from "./conversation-store.js";
import { presentRow } from "./present-conversation.js";

export const inboxRequestSchema: z.ZodType<InboxRequest> = z.object({
  siteId: z.string().regex(idPattern),
  state: z.enum(["open", "closed"]),
  before: z.int().min(0).nullable(),
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

/** A page of a site's inbox, newest first. Rows of one millisecond are never parted by a page's end. */
export async function listInbox(
  deps: RowDeps & { conversations: ConversationStore; clock: Clock },
  { siteId, state, before }: InboxRequest,
): Promise<InboxPage> {
  const query = { site: siteId, state, before, now: deps.clock.now() };
  let found = await deps.conversations.list({ ...query, limit: limits.inboxPageSize + 1 });
  const last = found[limits.inboxPageSize - 1]?.lastAt;
  if (found.length > limits.inboxPageSize && found.at(-1)?.lastAt === last)
    found = await deps.conversations.list({ ...query, limit: limits.inboxPageSize * 20 });
  const page = found.filter((row, at) => at < limits.inboxPageSize || row.lastAt === last);
  return { rows: await presentRows(deps, siteId, page), more: found.length > page.length };
}
