import { signal, type ReadonlySignal } from "@preact/signals";
import { limits } from "../../shared/limits.js";
import type { Attachment } from "../../shared/wire.js";
import { tellBytes } from "./tell-numbers.js";
import { type Failure, type Outcome } from "./outcome.js";
import type { Shelf } from "./ports.js";

/** A photo on its way up, for one conversation. The file itself lives only in this page. */
export interface Upload {
  clientId: string;
  file: File;
  state: "uploading" | "describing" | "done" | "failed";
  /** 0 to 1. */
  progress: number;
  failure: Failure | null;
  attachment: Attachment | null;
  altText: string;
}

export interface UploadRequest {
  conversationId: string;
  clientId: string;
  file: File;
  altText: string;
}

/** Starts an upload; `abort` ends it without an answer that matters. */
export type StartUpload = (
  request: UploadRequest,
  progress: (part: number) => void,
) => { outcome: Promise<Outcome<Attachment>>; abort: () => void };

/** Words for a photo that is up. */
export type DescribePhoto = (id: string, altText: string) => Promise<Outcome<Attachment>>;

export interface Composer {
  texts: ReadonlySignal<ReadonlyMap<string, string>>;
  uploads: ReadonlySignal<ReadonlyMap<string, Upload[]>>;
  /** A sentence about a file that was not taken, by conversation. */
  complaints: ReadonlySignal<ReadonlyMap<string, string>>;
  write(conversationId: string, text: string): void;
  attach(conversationId: string, files: File[]): void;
  /** What the photo shows, for who cannot see it. */
  describe(conversationId: string, clientId: string, altText: string): void;
  retry(conversationId: string, clientId: string): void;
  remove(conversationId: string, clientId: string): void;
  /** Takes text and finished photos out, for sending; null while there is nothing to send. */
  take(conversationId: string): { text: string; attachments: Attachment[] } | null;
  drop(conversationId: string): void;
  clear(): void;
}

export interface ComposerDeps {
  upload: StartUpload;
  describe: DescribePhoto;
  shelf: Shelf;
  shelfKey: string;
  makeId: () => string;
  /** Most bytes of a photo. */
  uploadBytes: () => number;
}

/** What is being written, for each conversation: text survives a reload, photos a change of view. */
export function createComposer(deps: ComposerDeps): Composer {
  const texts = signal(readTexts(deps.shelf, deps.shelfKey));
  const uploads = signal<ReadonlyMap<string, Upload[]>>(new Map());
  const complaints = signal<ReadonlyMap<string, string>>(new Map());
  const aborts = new Map<string, () => void>();

  const put = (id: string, list: Upload[]): void => {
    uploads.value = new Map(uploads.value).set(id, list);
  };
  const listOf = (id: string): Upload[] => uploads.value.get(id) ?? [];
  const change = (id: string, clientId: string, part: Partial<Upload>): void =>
    put(
      id,
      listOf(id).map((one) => (one.clientId === clientId ? { ...one, ...part } : one)),
    );

  const find = (id: string, clientId: string): Upload | undefined =>
    listOf(id).find((one) => one.clientId === clientId);

  const start = async (id: string, one: Upload): Promise<void> => {
    const { clientId, file, altText } = one;
    const running = deps.upload({ conversationId: id, clientId, file, altText }, (progress) =>
      change(id, clientId, { progress }),
    );
    aborts.set(clientId, running.abort);
    const outcome = await running.outcome;
    aborts.delete(clientId);
    if (!outcome.ok) {
      change(id, clientId, { state: "failed", failure: outcome });
      return;
    }
    change(id, clientId, { progress: 1, attachment: outcome.value, failure: null });
    await settle(id, clientId);
  };

  /** Done once the server has the words that stand in the field now. */
  const settle = async (id: string, clientId: string): Promise<void> => {
    for (;;) {
      const one = find(id, clientId);
      if (!one?.attachment) return;
      const { attachment, altText } = one;
      if (attachment.altText === altText) {
        change(id, clientId, { state: "done" });
        return;
      }
      change(id, clientId, { state: "describing" });
      const outcome = await deps.describe(attachment.id, altText);
      if (!outcome.ok) {
        change(id, clientId, { state: "failed", failure: outcome });
        return;
      }
      change(id, clientId, { attachment: outcome.value });
    }
  };

  const abortAll = (id: string): void => {
    for (const one of listOf(id)) aborts.get(one.clientId)?.();
  };

  const write = (id: string, text: string): void => {
    texts.value = new Map(texts.value).set(id, text);
    if (text === "") deps.shelf.remove(deps.shelfKey + id);
    else deps.shelf.write(deps.shelfKey + id, text);
  };

  return {
    texts,
    uploads,
    complaints,
    write,
    attach(id, files) {
      const room = limits.messageAttachments - listOf(id).length;
      const { taken, complaint } = chooseFiles(files, room, deps.uploadBytes());
      complaints.value = new Map(complaints.value).set(id, complaint);
      const added = taken.map((file): Upload => ({
        clientId: deps.makeId(),
        file,
        state: "uploading",
        progress: 0,
        failure: null,
        attachment: null,
        altText: "",
      }));
      put(id, [...listOf(id), ...added]);
      for (const one of added) void start(id, one);
    },
    describe(id, clientId, altText) {
      const before = find(id, clientId)?.state;
      change(id, clientId, { altText: altText.trim() });
      if (before === "done") void settle(id, clientId);
    },
    retry(id, clientId) {
      const one = find(id, clientId);
      if (one?.state !== "failed") return;
      change(id, clientId, { state: "uploading", progress: 0, failure: null });
      void start(id, one);
    },
    remove(id, clientId) {
      aborts.get(clientId)?.();
      put(
        id,
        listOf(id).filter((one) => one.clientId !== clientId),
      );
    },
    take(id) {
      const text = (texts.value.get(id) ?? "").trim();
      const done = listOf(id).flatMap((one) =>
        one.state === "done" && one.attachment !== null ? [one.attachment] : [],
      );
      if (text === "" && done.length === 0) return null;
      write(id, "");
      put(
        id,
        listOf(id).filter((one) => one.state !== "done"),
      );
      return { text, attachments: done };
    },
    drop(id) {
      abortAll(id);
      write(id, "");
      put(id, []);
    },
    clear() {
      for (const id of uploads.value.keys()) abortAll(id);
      for (const id of texts.value.keys()) deps.shelf.remove(deps.shelfKey + id);
      texts.value = new Map();
      uploads.value = new Map();
    },
  };
}

/** Refuses before sending what the server would refuse after it. */
export function chooseFiles(
  files: File[],
  room: number,
  uploadBytes: number,
): { taken: File[]; complaint: string } {
  const complaints: string[] = [];
  const fitting = files.filter((file) => {
    if (file.type !== "" && !file.type.startsWith("image/")) {
      complaints.push(`${file.name} is no photo. Photos can be JPEG, PNG, WebP, GIF or AVIF.`);
      return false;
    }
    if (file.size > uploadBytes) {
      const limit = tellBytes(uploadBytes);
      complaints.push(`${file.name} is ${tellBytes(file.size)}; the limit is ${limit}.`);
      return false;
    }
    return true;
  });
  if (fitting.length > room)
    complaints.push(`A message holds ${limits.messageAttachments} photos. The rest was left out.`);
  return { taken: fitting.slice(0, Math.max(0, room)), complaint: complaints.join(" ") };
}

function readTexts(shelf: Shelf, prefix: string): ReadonlyMap<string, string> {
  return new Map(
    shelf.keys(prefix).map((key) => [key.slice(prefix.length), shelf.read(key) ?? ""]),
  );
}
