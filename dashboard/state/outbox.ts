import { errorCodes } from "../../shared/error-codes.js";
import type { MessageDraft } from "../../shared/wire.js";
import type { Failure } from "./outcome.js";

/**
 * Messages that are not acknowledged yet, oldest first. Pure: what is sent, kept and shown is
 * decided here; sockets, timers and storage are elsewhere.
 */
export interface OutboxEntry {
  draft: MessageDraft;
  /** Pixel sizes of photos in it, so that their place is drawn while it waits. */
  photos: { width: number; height: number; placeholder: string }[];
  queuedAt: number;
  /** `failed` waits for a person; `waiting` is sent when its turn comes. */
  state: "waiting" | "sending" | "failed";
  /** Why it failed, in words. */
  reason: string;
  /** Tries without an answer; decides the pause before the next one. */
  tries: number;
  /** How often the connection was cut while this was under way: the second time it is held. */
  cuts: number;
}

export type Outbox = readonly OutboxEntry[];

/** Beyond this many cuts an entry is held as failed, so that nothing loops for ever. */
const heldAfterCuts = 2;

export function queueEntry(
  outbox: Outbox,
  entry: Pick<OutboxEntry, "draft" | "photos" | "queuedAt">,
): Outbox {
  return [...outbox, { ...entry, state: "waiting", reason: "", tries: 0, cuts: 0 }];
}

/**
 * The entries that may go now: the first of each conversation that has not failed, one at a time, so
 * that the order in which they were written is the order in which they arrive.
 */
export function nextEntries(outbox: Outbox): OutboxEntry[] {
  const seen = new Set<string>();
  const next: OutboxEntry[] = [];
  for (const entry of outbox) {
    if (entry.state === "failed" || seen.has(entry.draft.conversationId)) continue;
    seen.add(entry.draft.conversationId);
    if (entry.state === "waiting") next.push(entry);
  }
  return next;
}

export function markSending(outbox: Outbox, clientId: string): Outbox {
  return change(outbox, clientId, (entry) => ({ ...entry, state: "sending" }));
}

/** Acknowledged, or seen in the conversation: it is stored. */
export function settleEntry(outbox: Outbox, clientId: string): Outbox {
  return outbox.filter((entry) => entry.draft.clientId !== clientId);
}

/** The server said no, or nothing at all. */
export function refuseEntry(outbox: Outbox, clientId: string, failure: Failure): Outbox {
  return change(outbox, clientId, (entry) => {
    const final =
      failure.code !== "OFFLINE" &&
      failure.code !== "NOT_SIGNED_IN" &&
      errorCodes[failure.code] === "never";
    return final
      ? { ...entry, state: "failed", reason: failure.message }
      : { ...entry, state: "waiting", tries: entry.tries + 1 };
  });
}

/** The connection ended: what was under way waits again; what was there at two such ends is held. */
export function cutEntries(outbox: Outbox): Outbox {
  return outbox.map((entry) => {
    if (entry.state !== "sending") return entry;
    const cuts = entry.cuts + 1;
    return cuts >= heldAfterCuts
      ? {
          ...entry,
          cuts,
          state: "failed",
          reason: "The connection ended twice while this was sent.",
        }
      : { ...entry, cuts, state: "waiting" };
  });
}

/** "Try again". It goes to the end of its conversation's line, where it will arrive. */
export function retryEntry(outbox: Outbox, clientId: string): Outbox {
  const entry = outbox.find((one) => one.draft.clientId === clientId);
  if (entry?.state !== "failed") return outbox;
  const fresh: OutboxEntry = { ...entry, state: "waiting", reason: "", tries: 0, cuts: 0 };
  return [...settleEntry(outbox, clientId), fresh];
}

/** What a reload finds: nothing is under way any more. */
export function reviveOutbox(outbox: Outbox): Outbox {
  return outbox.map((entry) =>
    entry.state === "sending" ? { ...entry, state: "waiting" } : entry,
  );
}

/** Takes a conversation's entries out: it was erased. */
export function dropConversation(outbox: Outbox, conversationId: string): Outbox {
  return outbox.filter((entry) => entry.draft.conversationId !== conversationId);
}

function change(outbox: Outbox, clientId: string, to: (entry: OutboxEntry) => OutboxEntry): Outbox {
  return outbox.map((entry) => (entry.draft.clientId === clientId ? to(entry) : entry));
}
