import { Schema, type Connection } from "mongoose";
import type { RenditionName } from "../../shared/wire.js";
import { storedUnlessTaken } from "../infra/duplicate-key.js";

export interface StoredRendition {
  name: RenditionName;
  /** Id in the blob store. */
  file: string;
  width: number;
  height: number;
  bytes: number;
  mime: string;
}

/** What a message carries of a photo; the rest of the record is only the attachment's own. */
export interface StoredAttachment {
  id: string;
  site: string;
  conversation: string;
  /** Of the upright photo as it was sent. */
  width: number;
  height: number;
  /** ThumbHash, base64. */
  placeholder: string;
  bytesIn: number;
  bytesOut: number;
  locationRemoved: boolean;
  altText: string;
  renditions: StoredRendition[];
}

/** "v:VISITOR_ID", or "o" for any operator of the site. */
export type Uploader = `v:${string}` | "o";

export interface AttachmentRecord extends StoredAttachment {
  uploader: Uploader;
  /** The uploader's own id for the upload: a repeat makes no second attachment. */
  clientId: string;
  /** The message that names it; null until one does, and then the upload is deleted after an hour. */
  message: string | null;
  /** False while its blobs are being written: nothing of it can be seen yet. */
  ready: boolean;
  /** The `full` rendition as AVIF, once that was tried; 0 bytes: not to be delivered. */
  avif: { file: string | null; bytes: number } | null;
  createdAt: number;
}

/** Which upload is meant. */
export type UploadKey = Pick<AttachmentRecord, "conversation" | "uploader" | "clientId">;

/** Who names an upload, and by which message (its `clientId`). */
export interface Claimant {
  site: string;
  conversation: string;
  uploader: Uploader;
  message: string;
}

/** That a message named an upload; the message itself may have come to nothing. */
export interface AttachmentClaim {
  id: string;
  conversation: string;
  message: string;
  claimedAt: number;
}

export interface AttachmentStore {
  /** Stores the record unless the upload has one; false then. */
  createOnce(record: AttachmentRecord): Promise<boolean>;
  findByUpload(key: UploadKey): Promise<AttachmentRecord | null>;
  find(id: string): Promise<AttachmentRecord | null>;
  /** False when there is no such record (any more). */
  change(id: string, change: Partial<Pick<AttachmentRecord, "ready" | "avif">>): Promise<boolean>;
  /**
   * Gives a ready upload to a message; null when it is another's, unknown, or made before `since`
   * and never named. A repeat for the same message succeeds again. `now` is when it was claimed.
   */
  claim(
    id: string,
    by: Claimant & { since: number; now: number },
  ): Promise<AttachmentRecord | null>;
  /** Claims made before `before` of which nobody has looked whether their message was stored. */
  listClaims(before: number, limit: number): Promise<AttachmentClaim[]>;
  /**
   * Says what became of a claim, unless it was made again meanwhile. One whose message was not stored
   * is an upload that nothing names, and nothing can.
   */
  settleClaim(claim: AttachmentClaim, stored: boolean): Promise<void>;
  /** New words for a ready upload that no message names yet; null where there is none of this uploader. */
  describe(id: string, uploader: Uploader, altText: string): Promise<AttachmentRecord | null>;
  listByConversation(conversations: readonly string[]): Promise<AttachmentRecord[]>;
  /** Uploads made before `before` that no message names. */
  listUnnamed(before: number, limit: number): Promise<AttachmentRecord[]>;
  remove(ids: readonly string[]): Promise<void>;
}

/** `claimedAt` stands while nobody has looked whether the claim's message was stored. */
type AttachmentDocument = Omit<AttachmentRecord, "id"> & { _id: string; claimedAt?: number };

// No `expireAt`: a TTL index would leave the blobs behind. A photo goes with its conversation
// (delete-attachments), and after an hour when no message names it (sweep-attachments).
const attachmentSchema = new Schema<AttachmentDocument>(
  {
    _id: { type: String, required: true },
    site: { type: String, required: true },
    conversation: { type: String, required: true },
    uploader: { type: String, required: true },
    clientId: { type: String, required: true },
    message: { type: String, default: null },
    ready: { type: Boolean, required: true },
    width: { type: Number, required: true },
    height: { type: Number, required: true },
    placeholder: { type: String, required: true },
    bytesIn: { type: Number, required: true },
    bytesOut: { type: Number, required: true },
    locationRemoved: { type: Boolean, required: true },
    altText: String,
    renditions: { type: Schema.Types.Mixed, required: true },
    avif: { type: Schema.Types.Mixed, default: null },
    createdAt: { type: Number, required: true },
    claimedAt: Number,
  },
  { autoIndex: false, versionKey: false, collection: "attachments" },
);
attachmentSchema.index({ conversation: 1, uploader: 1, clientId: 1 }, { unique: true });
attachmentSchema.index({ message: 1, createdAt: 1 });
attachmentSchema.index({ claimedAt: 1 }, { sparse: true });

function toRecord(document: AttachmentDocument): AttachmentRecord {
  const { _id, ...rest } = document;
  delete rest.claimedAt;
  return { id: _id, ...rest };
}

export function createAttachmentStore(db: Connection): AttachmentStore {
  const attachments = db.model<AttachmentDocument>("Attachment", attachmentSchema);
  return {
    async createOnce({ id, ...rest }) {
      return storedUnlessTaken(() => attachments.create([{ _id: id, ...rest }]));
    },
    async findByUpload({ conversation, uploader, clientId }) {
      const found = await attachments.findOne({ conversation, uploader, clientId }).lean();
      return found && toRecord(found);
    },
    async find(id) {
      const found = await attachments.findById(id).lean();
      return found && toRecord(found);
    },
    async change(id, change) {
      return (await attachments.updateOne({ _id: id }, { $set: change })).matchedCount > 0;
    },
    async claim(id, { site, conversation, uploader, message, since, now }) {
      const mine = { _id: id, site, conversation, uploader, ready: true };
      const found = await attachments
        .findOneAndUpdate(
          { ...mine, $or: [{ message }, { message: null, createdAt: { $gte: since } }] },
          { $set: { message, claimedAt: now } },
          { returnDocument: "after" },
        )
        .lean();
      return found && toRecord(found);
    },
    async listClaims(before, limit) {
      const found = await attachments
        .find({ claimedAt: { $lt: before } })
        .limit(limit)
        .lean();
      return found.flatMap(({ _id, conversation, message, claimedAt }) =>
        message === null || claimedAt === undefined
          ? []
          : [{ id: _id, conversation, message, claimedAt }],
      );
    },
    async settleClaim({ id, message, claimedAt }, stored) {
      const nothing = { $set: { message: null, ready: false } };
      await attachments.updateOne(
        { _id: id, message, claimedAt },
        { $unset: { claimedAt: 1 }, ...(stored ? {} : nothing) },
      );
    },
    async describe(id, uploader, altText) {
      const unnamed = { _id: id, uploader, ready: true, message: null };
      const found = await attachments
        .findOneAndUpdate(unnamed, { $set: { altText } }, { returnDocument: "after" })
        .lean();
      return found && toRecord(found);
    },
    async listByConversation(conversations) {
      const found = await attachments.find({ conversation: { $in: [...conversations] } }).lean();
      return found.map(toRecord);
    },
    async listUnnamed(before, limit) {
      const found = await attachments
        .find({ message: null, createdAt: { $lt: before } })
        .limit(limit)
        .lean();
      return found.map(toRecord);
    },
    async remove(ids) {
      await attachments.deleteMany({ _id: { $in: [...ids] } });
    },
  };
}
