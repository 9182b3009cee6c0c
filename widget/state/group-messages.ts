import type { Author, Message } from "../../shared/wire.js";
import type { OutboxEntry } from "./outbox.js";

/** One sender's messages within two minutes: one caption under them all. Pure. */
export interface MessageGroup {
  kind: "group";
  key: string;
  own: boolean;
  /** The operator's name; empty for the visitor. */
  name: string;
  items: (Message | OutboxEntry)[];
  /** Of the last message. */
  at: number;
}

export interface DayMark {
  kind: "day";
  key: string;
  at: number;
}

const groupMs = 2 * 60_000;

export function isPending(item: Message | OutboxEntry): item is OutboxEntry {
  return "state" in item;
}

export function groupMessages(
  messages: readonly Message[],
  pending: readonly OutboxEntry[],
): (MessageGroup | DayMark)[] {
  const rows: (MessageGroup | DayMark)[] = [];
  let group: MessageGroup | null = null;
  let day = "";
  const put = (item: Message | OutboxEntry, author: Author, at: number): void => {
    const today = new Date(at).toDateString();
    if (today !== day) {
      day = today;
      group = null;
      rows.push({ kind: "day", key: today, at });
    }
    const own = author.kind === "visitor";
    const name = author.kind === "operator" ? author.name : "";
    // A message that was not sent has a caption of its own, so the next one starts a group.
    const last = group?.items.at(-1);
    const failedBefore = last !== undefined && isPending(last) && last.state === "failed";
    if (
      group?.own === own &&
      group.name === name &&
      at - group.at < groupMs &&
      !failedBefore &&
      !(isPending(item) && item.state === "failed")
    ) {
      group.items.push(item);
      group.at = at;
      return;
    }
    group = { kind: "group", key: item.clientId, own, name, items: [item], at };
    rows.push(group);
  };
  for (const message of messages) put(message, message.author, message.sentAt);
  const known = new Set(messages.map((message) => message.clientId));
  // The clock here may differ from the server's: what is unsent never sorts before what is sent.
  const newest = messages.at(-1)?.sentAt ?? 0;
  for (const entry of pending) {
    if (!known.has(entry.clientId))
      put(entry, { kind: "visitor" }, Math.max(newest, entry.createdAt));
  }
  return rows;
}
