import { Schema, type Connection } from "mongoose";

/** The clean JPEG of an attachment, kept for a while (JPEGR-01). */
export interface StoredOriginal {
  /** The attachment's id. */
  id: string;
  site: string;
  /** Id in the blob store. */
  file: string;
  bytes: number;
  createdAt: number;
  /** From this moment on it is gone, whether or not the sweeper has been. */
  deleteAt: number;
  /** Somebody with the right to do so keeps it: it is neither gone nor swept. */
  hold: boolean;
}

export interface OriginalStore {
  save(original: StoredOriginal): Promise<void>;
  find(id: string): Promise<StoredOriginal | null>;
  setHold(site: string, id: string, hold: boolean): Promise<StoredOriginal | null>;
  listDue(now: number, limit: number): Promise<StoredOriginal[]>;
  findMany(ids: readonly string[]): Promise<StoredOriginal[]>;
  remove(ids: readonly string[]): Promise<void>;
  /** The period of a site's originals, changed. What is gone at `now` stays gone. */
  applyRetention(site: string, periodMs: number, now: number): Promise<void>;
  /** Originals made before a moment that are still there at `now` and that nobody holds. */
  countCreatedBefore(site: string, before: number, now: number): Promise<number>;
}

type OriginalDocument = Omit<StoredOriginal, "id"> & { _id: string };

// No `expireAt`: `deleteAt` is read on every delivery, and a worker deletes record and bytes together.
const originalSchema = new Schema<OriginalDocument>(
  {
    _id: { type: String, required: true },
    site: { type: String, required: true },
    file: { type: String, required: true },
    bytes: { type: Number, required: true },
    createdAt: { type: Number, required: true },
    deleteAt: { type: Number, required: true },
    hold: { type: Boolean, required: true },
  },
  { autoIndex: false, versionKey: false, collection: "originals" },
);
originalSchema.index({ deleteAt: 1 });
originalSchema.index({ site: 1, createdAt: 1 });

function toOriginal({ _id, ...rest }: OriginalDocument): StoredOriginal {
  return { id: _id, ...rest };
}

export function createOriginalStore(db: Connection): OriginalStore {
  const originals = db.model<OriginalDocument>("Original", originalSchema);
  return {
    async save({ id, ...rest }) {
      await originals.updateOne({ _id: id }, { $set: rest }, { upsert: true });
    },
    async find(id) {
      const found = await originals.findById(id).lean();
      return found && toOriginal(found);
    },
    async setHold(site, id, hold) {
      const found = await originals
        .findOneAndUpdate({ _id: id, site }, { $set: { hold } }, { returnDocument: "after" })
        .lean();
      return found && toOriginal(found);
    },
    async listDue(now, limit) {
      const found = await originals
        .find({ deleteAt: { $lte: now }, hold: false })
        .limit(limit)
        .lean();
      return found.map(toOriginal);
    },
    async findMany(ids) {
      return (await originals.find({ _id: { $in: [...ids] } }).lean()).map(toOriginal);
    },
    async remove(ids) {
      await originals.deleteMany({ _id: { $in: [...ids] } });
    },
    async applyRetention(site, periodMs, now) {
      const there = { site, $or: [{ deleteAt: { $gt: now } }, { hold: true }] };
      const cursor = originals.find(there, { createdAt: 1 }).lean<OriginalDocument[]>().cursor();
      for await (const { _id, createdAt } of cursor)
        await originals.updateOne({ _id }, { $set: { deleteAt: createdAt + periodMs } });
    },
    async countCreatedBefore(site, before, now) {
      const created = { site, createdAt: { $lte: before } };
      return originals.countDocuments({ ...created, deleteAt: { $gt: now }, hold: false });
    },
  };
}
