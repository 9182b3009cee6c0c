import { signal, type ReadonlySignal } from "@preact/signals";
import { backOffMs } from "../../shared/back-off.js";
import type { Message } from "../../shared/wire.js";
import {
  cutEntries,
  dropConversation,
  markSending,
  nextEntries,
  queueEntry,
  refuseEntry,
  retryEntry,
  reviveOutbox,
  settleEntry,
  type Outbox,
  type OutboxEntry,
} from "./outbox.js";
import { parseOutbox } from "./parse-outbox.js";
import type { Ask, Shelf } from "./ports.js";

export interface OutboxSender {
  entries: ReadonlySignal<Outbox>;
  send(entry: Pick<OutboxEntry, "draft" | "photos">): void;
  retry(clientId: string): void;
  discard(clientId: string): void;
  /** A message arrived by another way: its entry is settled. */
  hearMessage(message: Message): void;
  dropConversation(conversationId: string): void;
  connected(): void;
  /** `cut` is true where the connection was ended while open, not by a silent network. */
  disconnected(cut: boolean): void;
  /** Forgets what is kept; used when an operator signs out. */
  clear(): void;
}

export interface SenderDeps {
  ask: Ask;
  shelf: Shelf;
  /** Each entry has a key of its own beneath this one: two tabs must not overwrite each other. */
  shelfKey: string;
  sent: (message: Message) => void;
  now: () => number;
  random: () => number;
}

/** Sends the outbox in order, one message of a conversation at a time, and keeps it over a reload. */
export function createOutboxSender(deps: SenderDeps): OutboxSender {
  const kept = deps.shelf.keys(deps.shelfKey).map((key) => deps.shelf.read(key));
  const entries = signal<Outbox>(reviveOutbox(parseOutbox(kept)));
  const timers = new Map<string, ReturnType<typeof setTimeout>>();
  let isUp = false;

  const put = (outbox: Outbox): void => {
    const keyOf = (entry: OutboxEntry): string => deps.shelfKey + entry.draft.clientId;
    const known = new Set(entries.value);
    const keys = new Set(outbox.map(keyOf));
    for (const entry of known) if (!keys.has(keyOf(entry))) deps.shelf.remove(keyOf(entry));
    for (const entry of outbox)
      if (!known.has(entry)) deps.shelf.write(keyOf(entry), JSON.stringify(entry));
    entries.value = outbox;
  };

  const run = (): void => {
    if (!isUp) return;
    for (const entry of nextEntries(entries.value))
      if (!timers.has(entry.draft.clientId)) void deliver(entry);
  };

  const deliver = async (entry: OutboxEntry): Promise<void> => {
    const { clientId } = entry.draft;
    put(markSending(entries.value, clientId));
    const outcome = await deps.ask("message:send", entry.draft);
    const now = entries.value.find((one) => one.draft.clientId === clientId);
    if (outcome.ok) {
      deps.sent(outcome.value);
      put(settleEntry(entries.value, clientId));
    } else if (now?.state === "sending") {
      put(refuseEntry(entries.value, clientId, outcome));
      const pause = Math.max((outcome.retryAfter ?? 0) * 1000, backOffMs(now.tries, deps.random));
      if (entries.value.some((one) => one.draft.clientId === clientId && one.state === "waiting"))
        wait(clientId, pause);
    }
    run();
  };

  const wait = (clientId: string, pause: number): void => {
    const timer = setTimeout(() => {
      timers.delete(clientId);
      run();
    }, pause);
    timers.set(clientId, timer);
  };

  const stopWaiting = (): void => {
    for (const timer of timers.values()) clearTimeout(timer);
    timers.clear();
  };

  return {
    entries,
    send(entry) {
      put(queueEntry(entries.value, { ...entry, queuedAt: deps.now() }));
      run();
    },
    retry(clientId) {
      put(retryEntry(entries.value, clientId));
      run();
    },
    discard(clientId) {
      put(settleEntry(entries.value, clientId));
      run();
    },
    hearMessage(message) {
      if (entries.value.some((entry) => entry.draft.clientId === message.clientId))
        put(settleEntry(entries.value, message.clientId));
    },
    dropConversation(conversationId) {
      put(dropConversation(entries.value, conversationId));
    },
    connected() {
      isUp = true;
      stopWaiting();
      run();
    },
    disconnected(cut) {
      isUp = false;
      stopWaiting();
      put(cut ? cutEntries(entries.value) : reviveOutbox(entries.value));
    },
    clear() {
      stopWaiting();
      put([]);
    },
  };
}
