import type { InboxPage, InboxRow } from "../../shared/wire.js";

export type InboxState = "open" | "closed";

export interface InboxList {
  rows: InboxRow[];
  /** Older rows exist on the server. */
  more: boolean;
  loaded: boolean;
}

/** One site's two lists, newest first. A conversation stands in one of them at a time. */
export type InboxLists = Record<InboxState, InboxList>;

const emptyList: InboxList = { rows: [], more: false, loaded: false };
export const emptyLists: InboxLists = { open: emptyList, closed: emptyList };

/**
 * Takes in the newest page. Rows that the page's range covers but does not name have left this list
 * (closed, reopened, erased); older ones that were loaded before stay.
 */
export function takeNewestPage(lists: InboxLists, state: InboxState, page: InboxPage): InboxLists {
  const oldest = page.rows.at(-1);
  const isLater = (row: InboxRow) => oldest !== undefined && byNewest(oldest, row) < 0;
  const kept = page.more ? lists[state].rows.filter(isLater) : [];
  const older = kept.length > 0 ? lists[state].more : page.more;
  return putRows(lists, state, kept, page.rows, older);
}

/** Takes in a page of older rows. */
export function takeOlderPage(lists: InboxLists, state: InboxState, page: InboxPage): InboxLists {
  return putRows(lists, state, lists[state].rows, page.rows, page.more);
}

function putRows(
  lists: InboxLists,
  state: InboxState,
  kept: InboxRow[],
  heard: InboxRow[],
  more: boolean,
): InboxLists {
  const ids = new Set(heard.map((row) => row.conversation.id));
  const rows = [...heard, ...kept.filter((row) => !ids.has(row.conversation.id))].sort(byNewest);
  const other = state === "open" ? "closed" : "open";
  const cleared = lists[other].rows.filter((row) => !ids.has(row.conversation.id));
  return {
    ...lists,
    [state]: { rows, more, loaded: true },
    [other]: { ...lists[other], rows: cleared },
  };
}

/**
 * Takes in a row that was pushed: it moves to the list of its state and to its place in time. A row
 * older than what the list has loaded is left for its page, unless it was known.
 */
export function takeRow(lists: InboxLists, row: InboxRow): InboxLists {
  const known = findRow(lists, row.conversation.id);
  if (known !== null && isOlder(row, known)) return lists;
  const without = dropRow(lists, row.conversation.id);
  const list = without[row.conversation.state];
  const last = list.rows.at(-1);
  if (known === null && list.more && last !== undefined && byNewest(last, row) < 0) return without;
  const rows = [...list.rows, row].sort(byNewest);
  return { ...without, [row.conversation.state]: { ...list, rows } };
}

/** Takes a conversation off both lists. */
export function dropRow(lists: InboxLists, conversationId: string): InboxLists {
  const without = (list: InboxList): InboxList => ({
    ...list,
    rows: list.rows.filter((row) => row.conversation.id !== conversationId),
  });
  return { open: without(lists.open), closed: without(lists.closed) };
}

export function findRow(lists: InboxLists, conversationId: string): InboxRow | null {
  const isIt = (row: InboxRow) => row.conversation.id === conversationId;
  return lists.open.rows.find(isIt) ?? lists.closed.rows.find(isIt) ?? null;
}

function byNewest(a: InboxRow, b: InboxRow): number {
  return b.lastAt - a.lastAt || (a.conversation.id < b.conversation.id ? -1 : 1);
}

function isOlder(heard: InboxRow, known: InboxRow): boolean {
  return (
    heard.conversation.revision < known.conversation.revision ||
    heard.conversation.lastSeq < known.conversation.lastSeq
  );
}

/** Rows whose name, address or last line holds every word; all of them for an empty search. */
export function filterRows(rows: InboxRow[], search: string): InboxRow[] {
  const words = search
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  return rows.filter((row) => {
    const text = [
      row.visitor.name,
      row.visitor.email,
      `visitor ${row.visitor.number}`,
      row.lastText,
    ];
    const all = text.join(" ").toLowerCase();
    return words.every((word) => all.includes(word));
  });
}

export interface InboxCount {
  waiting: number;
  unread: number;
  /** Older conversations are not counted: there may be more. */
  atLeast: boolean;
}

/** What the rail's badge and the heading say of some sites' open conversations. */
export function countInbox(all: Iterable<InboxLists>): InboxCount {
  const count: InboxCount = { waiting: 0, unread: 0, atLeast: false };
  for (const { open } of all) {
    for (const row of open.rows) {
      if (row.waitingSince !== null) count.waiting += 1;
      count.unread += row.unread;
    }
    count.atLeast ||= open.more;
  }
  return count;
}
