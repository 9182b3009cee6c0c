import { makeId, makeOrderedId } from "../../shared/ids.js";
import type { ErrorCode } from "../../shared/error-codes.js";
import type { Message } from "../../shared/wire.js";
import type { OutboxStorage } from "../net/outbox-storage.js";
import type { PhotoUpload } from "../net/upload-photo.js";
import { RequestFailure } from "../net/server-requests.js";
import type { VisitorLink } from "../net/visitor-socket.js";
import { backOffMs } from "../../shared/back-off.js";
import type { ChatState } from "./chat-state.js";
import type { Timing } from "./keep-connection.js";
import * as queue from "./outbox.js";
import type { OutboxEntry, OutboxPhoto } from "./outbox.js";

export interface OutboxSender {
  /** Puts a message at the end. Returns at once; what becomes of it is in `state.outbox`. */
  send: (text: string, photos: OutboxPhoto[]) => void;
  retry: (clientId: string) => void;
  /** Tries a failed message again without the photo that was refused. */
  sendWithout: (clientId: string) => void;
  /** Takes it out, whether it waits, uploads or failed. One that the server has may still appear. */
  cancel: (clientId: string) => void;
  /** Something changed for the better: go on with the head. */
  pump: () => void;
  /** The link ended: what was on its way is counted. */
  linkEnded: () => void;
  /** What the last page left behind. */
  adopt: (entries: queue.Outbox) => void;
  /** A conversation is gone for good: its id will not be used again. */
  conversationEnded: (conversationId: string) => void;
  clear: () => void;
}

export interface OutboxDeps {
  state: ChatState;
  link: () => VisitorLink;
  upload: (
    upload: PhotoUpload,
    progress: (share: number) => void,
    signal: AbortSignal,
  ) => Promise<{ id: string }>;
  storage: OutboxStorage;
  timing: Timing;
  random: Crypto;
  /** Settles who we are before the first message leaves; false: the link must be renewed first. */
  beforeSend: () => boolean;
  sent: (message: Message) => void;
  outdated: () => void;
  /** The link stands but does not answer. */
  silent: () => void;
}

/** Photos of one message on their way at the same time. */
const parallelUploads = 2;
/** A photo's upload is tried this often by itself before somebody has to say "Try again". */
const uploadTries = 4;

export function sendOutbox(deps: OutboxDeps): OutboxSender {
  const { state, timing } = deps;
  let freshConversation: string | null = null;
  let cancelTimer = (): void => {};
  /** Conversations that were given up for a new one, and the new ones: it happens once, not for ever. */
  const replaced = new Set<string>();
  const uploads = new Map<string, AbortController>();
  const random = (bytes: Uint8Array<ArrayBuffer>): Uint8Array => deps.random.getRandomValues(bytes);
  const newId = (): string => makeId(random);

  const set = (outbox: queue.Outbox): void => {
    state.outbox.value = outbox;
    deps.storage.save(outbox);
  };
  const find = (clientId: string): OutboxEntry | undefined =>
    state.outbox.value.find((entry) => entry.clientId === clientId);

  const refuse = (
    clientId: string,
    code: ErrorCode,
    retryAfterMs: number,
    failedPhoto: string | null = null,
  ): void => {
    const gone = find(clientId)?.conversationId;
    if (code === "UNKNOWN_CONVERSATION" && gone !== undefined && !replaced.has(gone)) {
      freshConversation = newId();
      replaced.add(gone).add(freshConversation);
      if (state.timeline.value?.conversation.id === gone) state.timeline.value = null;
      set(queue.rehome(state.outbox.value, gone, freshConversation, newId));
      return;
    }
    const attempts = find(clientId)?.attempts ?? 0;
    const wait = Math.max(retryAfterMs, backOffMs(attempts, timing.random));
    set(queue.refused(state.outbox.value, clientId, code, timing.now() + wait, failedPhoto));
    if (code === "CLIENT_OUTDATED") deps.outdated();
  };

  /** Uploads what is not up yet. False when the entry cannot go on now. */
  const uploadPhotos = async (entry: OutboxEntry): Promise<boolean> => {
    const missing = entry.photos.filter((photo) => photo.attachmentId === null);
    if (missing.length === 0) return true;
    const abort = new AbortController();
    uploads.set(entry.clientId, abort);
    let failedPhoto: string | null = null;
    const one = async (): Promise<void> => {
      for (let photo = missing.shift(); photo; photo = missing.shift()) {
        const { clientId } = photo;
        const uploading = deps.upload(
          { ...photo, conversationId: entry.conversationId },
          (share) => {
            state.progress.value = { ...state.progress.value, [clientId]: share };
          },
          abort.signal,
        );
        const { id } = await uploading.catch((error: unknown) => {
          failedPhoto ??= clientId;
          throw error;
        });
        const photos = find(entry.clientId)?.photos.map((known) =>
          known.clientId === clientId ? { ...known, attachmentId: id } : known,
        );
        if (photos) set(queue.change(state.outbox.value, entry.clientId, { photos }));
      }
    };
    try {
      await Promise.all(Array.from({ length: parallelUploads }, one));
      return true;
    } catch (error) {
      abort.abort();
      if (!find(entry.clientId)) return false;
      const failure =
        error instanceof RequestFailure ? error : new RequestFailure("INTERNAL", String(error));
      if (failure.code !== "NETWORK")
        refuse(entry.clientId, failure.code, failure.retryAfterMs, failedPhoto);
      else if (entry.attempts + 1 >= uploadTries)
        set(queue.change(state.outbox.value, entry.clientId, { state: "failed", failure: "CUT" }));
      else refuse(entry.clientId, "BUSY", 0);
      return false;
    } finally {
      uploads.delete(entry.clientId);
      const known = new Set(entry.photos.map((photo) => photo.clientId));
      state.progress.value = Object.fromEntries(
        Object.entries(state.progress.value).filter(([clientId]) => !known.has(clientId)),
      );
    }
  };

  const deliver = async (clientId: string): Promise<void> => {
    const entry = find(clientId);
    if (entry?.state !== "sending") return;
    try {
      const reply = await deps.link().call("message:send", {
        conversationId: entry.conversationId,
        clientId,
        text: entry.text,
        attachmentIds: entry.photos.flatMap((photo) => photo.attachmentId ?? []),
      });
      if (!reply.ok) {
        refuse(clientId, reply.code, (reply.retryAfter ?? 0) * 1000);
        return;
      }
      deps.sent(reply.value);
      set(queue.take(state.outbox.value, clientId));
    } catch {
      // No answer. A cut link was counted by `linkEnded`; a silent one is given up for a new one.
      if (find(clientId)?.state !== "sending") return;
      set(queue.refused(state.outbox.value, clientId, "BUSY", 0));
      deps.silent();
    }
  };

  const pump = (): void => {
    cancelTimer();
    if (state.connection.value !== "open") return;
    const head = queue.headOf(state.outbox.value);
    if (!head) return;
    const wait = head.notBefore - timing.now();
    if (wait > 0) {
      cancelTimer = timing.after(wait, pump);
      return;
    }
    if (!deps.beforeSend()) return;
    set(queue.change(state.outbox.value, head.clientId, { state: "sending" }));
    void (async () => {
      const entry = find(head.clientId);
      if (entry && (await uploadPhotos(entry))) await deliver(head.clientId);
      pump();
    })();
  };

  const conversationId = (): string => {
    const known = state.timeline.value?.conversation.id ?? state.outbox.value[0]?.conversationId;
    freshConversation = known ?? freshConversation ?? newId();
    return freshConversation;
  };

  return {
    send(text, photos) {
      const entry = queue.makeEntry({
        clientId: makeOrderedId(random, timing.now()),
        conversationId: conversationId(),
        text,
        photos,
        createdAt: timing.now(),
      });
      set([...state.outbox.value, entry]);
      pump();
    },
    retry(clientId) {
      set(queue.retry(state.outbox.value, clientId));
      pump();
    },
    sendWithout(clientId) {
      set(queue.sendWithout(state.outbox.value, clientId));
      pump();
    },
    cancel(clientId) {
      uploads.get(clientId)?.abort();
      set(queue.take(state.outbox.value, clientId));
      pump();
    },
    pump,
    linkEnded() {
      for (const entry of state.outbox.value) {
        const uploading = uploads.has(entry.clientId);
        if (!uploading) set(queue.cut(state.outbox.value, entry.clientId));
      }
    },
    adopt(entries) {
      const known = new Set(state.outbox.value.map((entry) => entry.clientId));
      set([
        ...queue.revive(entries).filter((entry) => !known.has(entry.clientId)),
        ...state.outbox.value,
      ]);
      pump();
    },
    conversationEnded(ended) {
      if (freshConversation === ended) freshConversation = null;
      set(state.outbox.value.filter((entry) => entry.conversationId !== ended));
    },
    clear() {
      cancelTimer();
      for (const abort of uploads.values()) abort.abort();
      freshConversation = null;
      set([]);
    },
  };
}
