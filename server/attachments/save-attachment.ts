import { randomFillSync } from "node:crypto";
import { makeId } from "../../shared/ids.js";
import type { ErrorCode } from "../../shared/error-codes.js";
import { refuse } from "../errors.js";
import type { Clock } from "../infra/clock.js";
import type { Site } from "../sites/site.js";
import type { AttachmentRecord, Uploader, UploadKey } from "./attachment-store.js";
import type { DeleteDeps } from "./delete-attachments.js";
import { removeAttachments } from "./delete-attachments.js";
import { ImageRefused } from "./image-refused.js";
import type { RefusalReason } from "./image-refused.js";
import type { RenderedImage } from "./make-renditions.js";
import type { NotePhoto } from "./note-photo.js";
import { allowedText, findImageFormat, isHeavy } from "./receive-upload.js";
import type { Admission } from "./render-queue.js";
import type { PhotoSettings } from "./rendition-specs.js";

export interface SaveDeps extends DeleteDeps {
  clock: Clock;
  photos: PhotoSettings;
  notePhoto: NotePhoto;
}

export interface Upload extends Omit<UploadKey, "uploader"> {
  site: Site;
  /**
   * Who sends it. Called once the photo is known to be one: a visitor's first upload begins visitor
   * and conversation, and what is refused leaves neither behind.
   */
  begin(): Promise<Uploader>;
  altText: string;
  /** The file's own name, empty where the sender did not say. */
  name: string;
  /** Who sent it, for the report: an operator's id, null for a visitor. */
  operatorId: string | null;
}

/** A record whose blobs were never finished is taken for a crash after this long. */
const storingMs = 2 * 60 * 1000;
const hour = 60 * 60 * 1000;

/**
 * Renders an upload and stores what came out; the bytes that came in are never stored as they were.
 * The record comes first, unseen, so that a crash leaves no blob without a record that names it.
 * @throws IMAGE_UNSUPPORTED, HEIC_UNSUPPORTED, IMAGE_TOO_LARGE, IMAGE_DAMAGED, BUSY, INTERNAL,
 *   and what `upload.begin` throws
 */
export async function saveAttachment(
  deps: SaveDeps,
  upload: Upload,
  bytes: Buffer<ArrayBuffer>,
  admission: Admission,
): Promise<AttachmentRecord> {
  const bytesIn = bytes.length;
  const image = await render(deps, bytes, admission);
  const full = image.renditions.find((rendition) => rendition.name === "full");
  const uploader = await upload.begin();
  const record: AttachmentRecord = {
    id: makeId((into) => randomFillSync(into)),
    site: upload.site.id,
    conversation: upload.conversation,
    uploader,
    clientId: upload.clientId,
    message: null,
    ready: false,
    width: image.width,
    height: image.height,
    placeholder: image.placeholder,
    bytesIn,
    bytesOut: full?.bytes.length ?? 0,
    locationRemoved: image.locationRemoved,
    altText: upload.altText,
    renditions: image.renditions.map(({ name, mime, width, height, bytes: made }) => {
      return { name, mime, width, height, bytes: made.length, file: deps.blobs.makeId() };
    }),
    avif: null,
    createdAt: deps.clock.now(),
  };
  const known = await claimUpload(deps, record);
  if (known) return known;
  await store(deps, upload.site, record, image);
  await deps.notePhoto(upload, record);
  return { ...record, ready: true };
}

async function render(
  deps: SaveDeps,
  bytes: Buffer<ArrayBuffer>,
  admission: Admission,
): Promise<RenderedImage> {
  const format = await findImageFormat(bytes);
  const task = { kind: "renditions" as const, bytes, format, settings: deps.photos };
  try {
    const answer = await admission.run(task, isHeavy(bytes, format));
    if (answer.kind === "renditions") return answer.image;
    throw new Error("The image worker answered something else");
  } catch (error) {
    throw error instanceof ImageRefused ? refuseImage(error.reason, error) : error;
  }
}

/** Stores the record; answers the ready one of an upload that was stored already. */
async function claimUpload(
  deps: SaveDeps,
  record: AttachmentRecord,
): Promise<AttachmentRecord | null> {
  if (await deps.attachments.createOnce(record)) return null;
  const known = await deps.attachments.findByUpload(record);
  if (known?.ready) return known;
  const abandoned = known !== null && known.createdAt < record.createdAt - storingMs;
  if (known && !abandoned) throw refuse("BUSY", { retryAfter: 2 });
  if (known) await removeAttachments(deps, [known]);
  if (await deps.attachments.createOnce(record)) return null;
  throw refuse("BUSY", { retryAfter: 2 });
}

async function store(
  deps: SaveDeps,
  site: Site,
  record: AttachmentRecord,
  image: RenderedImage,
): Promise<void> {
  const bytesOf = new Map<string, Uint8Array>();
  try {
    if (image.original) {
      const file = deps.blobs.makeId();
      bytesOf.set(file, image.original);
      const deleteAt = record.createdAt + site.rules.retention.originalHours * hour;
      const size = image.original.length;
      await deps.originals.save({
        id: record.id,
        site: site.id,
        file,
        bytes: size,
        createdAt: record.createdAt,
        deleteAt,
        hold: false,
      });
    }
    for (const { name, file } of record.renditions) {
      const made = image.renditions.find((rendition) => rendition.name === name);
      if (made) bytesOf.set(file, made.bytes);
    }
    await putAll(deps, site.id, bytesOf);
    // Gone meanwhile: the conversation was erased while its photo was on the way.
    if (!(await deps.attachments.change(record.id, { ready: true })))
      throw refuse("UNKNOWN_CONVERSATION");
  } catch (error) {
    // Whatever cannot be removed now is swept an hour later: its record says what to look for.
    await removeAttachments(deps, [record]).catch(() => undefined);
    throw error;
  }
}

/** All at once, so that they share the store's flushes; settled, all of them, before a failure is told. */
async function putAll(
  { blobs }: SaveDeps,
  site: string,
  bytesOf: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  const puts = [...bytesOf].map(([file, bytes]) => blobs.put(file, site, bytes));
  for (const put of await Promise.allSettled(puts)) if (put.status === "rejected") throw put.reason;
}

const codeOf: Record<RefusalReason, ErrorCode> = {
  unsupported: "IMAGE_UNSUPPORTED",
  heic_unsupported: "HEIC_UNSUPPORTED",
  too_large: "IMAGE_TOO_LARGE",
  damaged: "IMAGE_DAMAGED",
};

const messageOf: Record<RefusalReason, string> = {
  unsupported: `This file is no photo that is taken here. Send a ${allowedText} file.`,
  heic_unsupported:
    "HEIC photos are not taken here. Send it as JPEG: on an iPhone choose it from the photo library, or set Settings, Camera, Formats to Most Compatible.",
  too_large: "This photo has more pixels than are taken here. Send a smaller copy of it.",
  damaged: "This photo is damaged and cannot be read. Try to open and save it again first.",
};

function refuseImage(reason: RefusalReason, cause: unknown): Error {
  return refuse(codeOf[reason], { message: messageOf[reason], cause });
}
