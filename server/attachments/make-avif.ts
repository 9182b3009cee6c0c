import type { Log } from "../infra/log.js";
import type { AttachmentRecord, AttachmentStore } from "./attachment-store.js";
import type { BlobStore } from "./blob-store.js";
import { ImageRefused } from "./image-refused.js";
import type { OriginalStore } from "./original-store.js";
import type { RenderQueue } from "./render-queue.js";
import type { PhotoSettings } from "./rendition-specs.js";

export interface AvifDeps {
  attachments: AttachmentStore;
  originals: OriginalStore;
  blobs: BlobStore;
  queue: RenderQueue;
  photos: PhotoSettings;
  log: Log;
}

/** An AVIF must be this much smaller than the JPEG to be kept. */
const worthwhile = 0.95;

/**
 * Makes the AVIF of a `full` rendition, from the original while that is kept: encoding an encoded
 * picture again would cost what AVIF gains. Nobody waits for it, and when the server is busy it is
 * left for the next time. A file of 0 bytes is not delivered: it is being written, or was not
 * worth having.
 */
export async function makeAvifOf(deps: AvifDeps, record: AttachmentRecord): Promise<void> {
  const full = record.renditions.find((rendition) => rendition.name === "full");
  const original = await deps.originals.find(record.id);
  if (!full || !original || record.avif || deps.queue.size() > 0) return;
  const source = await deps.blobs.read(original.file);
  if (!source) return;
  const bytes = Buffer.from(new Uint8Array(source).buffer);
  const admission = deps.queue.admit(record.site, bytes.length);
  try {
    const task = { kind: "avif" as const, bytes, format: "jpeg" as const, settings: deps.photos };
    const answer = await admission.run(task, true);
    if (answer.kind !== "avif") return;
    if (answer.avif.length > worthwhile * full.bytes) {
      await deps.attachments.change(record.id, { avif: { file: null, bytes: 0 } });
      return;
    }
    // The record names the file before it is there: a crash in between leaves nothing unnamed.
    const file = deps.blobs.makeId();
    await deps.attachments.change(record.id, { avif: { file, bytes: 0 } });
    await deps.blobs.put(file, record.site, answer.avif);
    const avif = { file, bytes: answer.avif.length };
    if (!(await deps.attachments.change(record.id, { avif }))) await deps.blobs.remove([file]);
  } catch (error) {
    if (!(error instanceof ImageRefused)) deps.log.warn({ err: error }, "an AVIF was not made");
  } finally {
    admission.release();
  }
}
