import { randomFillSync } from "node:crypto";
import { Schema, type Connection } from "mongoose";
import { makeId } from "../../shared/ids.js";

/** One optimised photo, as the report lists it (JPEGR-03). */
export interface PhotoDetail {
  site: string;
  /** The operator who sent it; null for a visitor. */
  operator: string | null;
  /** HMAC of the visitor who sent it; null for an operator. */
  visitorH: string | null;
  conversation: string;
  /** The file's own name. */
  name: string;
  /** What was done, in words of the rendition table. */
  params: string;
  width: number;
  height: number;
  bytesIn: number;
  bytesOut: number;
  at: number;
  expireAt: Date;
}

export interface DetailFilter {
  site: string;
  operator?: string;
  visitorH?: string;
}

export interface PhotoDetailStore {
  add(detail: PhotoDetail): Promise<void>;
  /** Rows whose period has not ended at `now`, newest first, at most `limit`. */
  list(filter: DetailFilter, now: number, limit: number): Promise<PhotoDetail[]>;
  removeOf(filter: Required<Pick<DetailFilter, "site" | "visitorH">>): Promise<void>;
  /** The period of a site's rows, changed. */
  applyRetention(site: string, days: number): Promise<void>;
}

type DetailDocument = PhotoDetail & { _id: string };

const detailSchema = new Schema<DetailDocument>(
  {
    _id: { type: String, required: true },
    site: { type: String, required: true },
    operator: { type: String, default: null },
    visitorH: { type: String, default: null },
    conversation: { type: String, required: true },
    name: String,
    params: String,
    width: { type: Number, required: true },
    height: { type: Number, required: true },
    bytesIn: { type: Number, required: true },
    bytesOut: { type: Number, required: true },
    at: { type: Number, required: true },
    expireAt: { type: Date, required: true },
  },
  { autoIndex: false, versionKey: false, collection: "optimisations" },
);
detailSchema.index({ expireAt: 1 }, { expireAfterSeconds: 0 });
detailSchema.index({ site: 1, at: -1 });

function toDetail(document: DetailDocument): PhotoDetail {
  const { site, operator, visitorH, conversation, name, params } = document;
  const { width, height, bytesIn, bytesOut, at, expireAt } = document;
  return {
    ...{ site, operator, visitorH, conversation, name, params },
    ...{ width, height, bytesIn, bytesOut, at, expireAt },
  };
}

const day = 24 * 60 * 60 * 1000;

export function createPhotoDetailStore(db: Connection): PhotoDetailStore {
  const details = db.model<DetailDocument>("Optimisation", detailSchema);
  return {
    async add(detail) {
      await details.create([{ _id: makeId((into) => randomFillSync(into)), ...detail }]);
    },
    async list(filter, now, limit) {
      const found = await details
        .find({ ...filter, expireAt: { $gt: new Date(now) } })
        .sort({ at: -1 })
        .limit(limit)
        .lean();
      return found.map(toDetail);
    },
    async removeOf(filter) {
      await details.deleteMany(filter);
    },
    async applyRetention(site, days) {
      const found = await details.find({ site }, { at: 1 }).lean();
      for (const { _id, at } of found)
        await details.updateOne({ _id }, { $set: { expireAt: new Date(at + days * day) } });
    },
  };
}
