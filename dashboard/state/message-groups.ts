import type { Author, Message } from "../../shared/wire.js";

/** Messages of one author within two minutes of each other share one line beneath. */
export interface MessageGroup {
  author: Author;
  messages: Message[];
}

export interface MessageDay {
  /** Midnight of the reader's day, for the heading. */
  day: number;
  groups: MessageGroup[];
}

const togetherMs = 2 * 60_000;

/** Orders messages (already in order of seq) under days and authors, by the reader's clock. */
export function groupMessages(
  messages: Message[],
  startOfDay: (at: number) => number,
): MessageDay[] {
  const days: MessageDay[] = [];
  for (const message of messages) {
    const day = startOfDay(message.sentAt);
    let current = days.at(-1);
    if (current?.day !== day) {
      current = { day, groups: [] };
      days.push(current);
    }
    const group = current.groups.at(-1);
    const before = group?.messages.at(-1);
    const together =
      group !== undefined &&
      before !== undefined &&
      sameAuthor(group.author, message.author) &&
      message.sentAt - before.sentAt <= togetherMs;
    if (together) group.messages.push(message);
    else current.groups.push({ author: message.author, messages: [message] });
  }
  return days;
}

export function sameAuthor(a: Author, b: Author): boolean {
  if (a.kind === "visitor" || b.kind === "visitor") return a.kind === b.kind;
  return a.id === b.id;
}

/** Midnight before `at` in the browser's time zone. */
export function startOfLocalDay(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}
