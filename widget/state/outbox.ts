import { errorCodes, type ErrorCode } from "../../shared/error-codes.js";

/**
 * Messages on their way, oldest first. Pure: every step takes a queue and gives the next one.
 * Order is kept: only the head is sent; one that failed for good stands aside until tried again.
 */
export interface OutboxPhoto {
  /** The upload's own id: repeating it makes no second attachment. */
  clientId: string;
  name: string;
  file: Blob;
  width: number;
  height: number;
  altText: string;
  /** Set once the server has it. */
  attachmentId: string | null;
}

export interface OutboxEntry {
  clientId: string;
  conversationId: string;
  text: string;
  photos: OutboxPhoto[];
  createdAt: number;
  state: "waiting" | "sending" | "failed";
  /** Why it failed: the server's sentence or code. */
  failure: ErrorCode | "CUT" | null;
  /** The upload that was refused, by its clientId. */
  failedPhoto: string | null;
  /** How often the connection ended while this one was on its way. */
  cuts: number;
  attempts: number;
  /** Not before this time (by the local clock). */
  notBefore: number;
}

export type Outbox = readonly OutboxEntry[];

export function makeEntry(
  fields: Pick<OutboxEntry, "clientId" | "conversationId" | "text" | "photos" | "createdAt">,
): OutboxEntry {
  return {
    ...fields,
    state: "waiting",
    failure: null,
    failedPhoto: null,
    cuts: 0,
    attempts: 0,
    notBefore: 0,
  };
}

/** Refused for what it is: the same again is refused again. */
const hopeless: readonly OutboxEntry["failure"][] = [
  "IMAGE_UNSUPPORTED",
  "IMAGE_TOO_LARGE",
  "IMAGE_DAMAGED",
  "HEIC_UNSUPPORTED",
  "PAYLOAD_TOO_LARGE",
  "TEXT_TOO_LONG",
];

export function mayRetry(entry: OutboxEntry): boolean {
  return !hopeless.includes(entry.failure);
}

/** The one to send now; null while another is on its way or must wait. */
export function headOf(outbox: Outbox): OutboxEntry | null {
  const head = outbox.find((entry) => entry.state !== "failed");
  return head?.state === "waiting" ? head : null;
}

export function change(
  outbox: Outbox,
  clientId: string,
  fields: Partial<Omit<OutboxEntry, "clientId">>,
): Outbox {
  return outbox.map((entry) => (entry.clientId === clientId ? { ...entry, ...fields } : entry));
}

export function take(outbox: Outbox, clientId: string): Outbox {
  return outbox.filter((entry) => entry.clientId !== clientId);
}

/** What a refusal does: out and shown, kept for later, or kept for the reloaded panel. */
export function refused(
  outbox: Outbox,
  clientId: string,
  code: ErrorCode,
  notBefore: number,
  failedPhoto: string | null = null,
): Outbox {
  return outbox.map((entry) => {
    if (entry.clientId !== clientId) return entry;
    if (errorCodes[code] === "never")
      return { ...entry, state: "failed", failure: code, failedPhoto };
    return { ...entry, state: "waiting", attempts: entry.attempts + 1, notBefore };
  });
}

/**
 * The connection ended with this one on its way. Twice, and it is held: a message that cuts the
 * link each time (an oversized one, say) must not do so for ever.
 */
export function cut(outbox: Outbox, clientId: string): Outbox {
  return outbox.map((entry) => {
    if (entry.clientId !== clientId || entry.state !== "sending") return entry;
    const cuts = entry.cuts + 1;
    return cuts >= 2
      ? { ...entry, cuts, state: "failed", failure: "CUT" }
      : { ...entry, cuts, state: "waiting" };
  });
}

/** "Try again": to the end of the queue, with its own ids, so that a first try that did arrive is not doubled. */
export function retry(outbox: Outbox, clientId: string): Outbox {
  const entry = outbox.find((one) => one.clientId === clientId);
  if (entry?.state !== "failed") return outbox;
  const again: OutboxEntry = {
    ...entry,
    state: "waiting",
    failure: null,
    failedPhoto: null,
    cuts: 0,
    attempts: 0,
    notBefore: 0,
  };
  return [...take(outbox, clientId), again];
}

/** The refused photo stays away, the rest is tried again; with nothing left, the message is gone. */
export function sendWithout(outbox: Outbox, clientId: string): Outbox {
  const entry = outbox.find((one) => one.clientId === clientId);
  if (!entry) return outbox;
  const photos = entry.photos.filter((photo) => photo.clientId !== entry.failedPhoto);
  if (photos.length === 0 && entry.text === "") return take(outbox, clientId);
  return retry(change(outbox, clientId, { photos }), clientId);
}

/**
 * The conversation is no longer there (its period was over, or it was erased): what waits for it goes
 * to another one. Photos were uploaded for the old one and are uploaded again.
 */
export function rehome(outbox: Outbox, from: string, to: string, newId: () => string): Outbox {
  return outbox.map((entry) =>
    entry.conversationId === from
      ? {
          ...entry,
          conversationId: to,
          state: "waiting",
          failure: null,
          photos: entry.photos.map((photo) => ({
            ...photo,
            clientId: newId(),
            attachmentId: null,
          })),
        }
      : entry,
  );
}

/** What a new page takes over from storage: nothing is on its way yet. */
export function revive(outbox: Outbox): Outbox {
  return outbox.map((entry) =>
    entry.state === "sending" ? { ...entry, state: "waiting" } : entry,
  );
}
