import { Schema, type Connection } from "mongoose";
import { isDuplicateKey } from "../infra/duplicate-key.js";

interface SubjectKeyRecord {
  _id: string;
  site: string;
  subjectH: string;
  /** The subject's key, sealed with the wrapping key. */
  wrapped: string;
  /** Whose it is while there is a visitor; goes with the key. */
  visitorId: string | null;
  /** As long as the newest evidence that it opens. */
  expireAt: Date;
}

export interface SubjectKeyStore {
  find(site: string, subjectH: string): Promise<string | null>;
  /** Stores the key unless the subject has one; answers the one that is stored. Extends its life. */
  saveOnce(site: string, subjectH: string, wrapped: string, expireAt: Date): Promise<string>;
  /** Notes which visitor the subject is, where it has a key at all. */
  noteVisitor(site: string, subjectH: string, visitorId: string): Promise<void>;
  findVisitorId(site: string, subjectH: string): Promise<string | null>;
  /** Shreds: what the key sealed can never be read again. False when there was none. */
  delete(site: string, subjectH: string): Promise<boolean>;
}

const schema = new Schema<SubjectKeyRecord>(
  {
    _id: { type: String, required: true },
    site: { type: String, required: true },
    subjectH: { type: String, required: true },
    wrapped: { type: String, required: true },
    visitorId: { type: String, default: null },
    expireAt: { type: Date, required: true },
  },
  { autoIndex: false, versionKey: false, collection: "subject_keys" },
);
schema.index({ site: 1, subjectH: 1 }, { unique: true });
schema.index({ expireAt: 1 }, { expireAfterSeconds: 0 });

export function createSubjectKeyStore(db: Connection): SubjectKeyStore {
  const model = db.model("SubjectKey", schema);
  return {
    async find(site, subjectH) {
      const found = await model.findOne({ site, subjectH }).lean();
      return found?.wrapped ?? null;
    },
    async saveOnce(site, subjectH, wrapped, expireAt) {
      for (;;) {
        try {
          const stored = await model
            .findOneAndUpdate(
              { site, subjectH },
              { $setOnInsert: { _id: `${site}/${subjectH}`, wrapped }, $max: { expireAt } },
              { upsert: true, returnDocument: "after" },
            )
            .lean();
          return stored.wrapped;
        } catch (error) {
          // Two first answers of one subject raced to insert: the loser reads the winner's key.
          if (!isDuplicateKey(error)) throw error;
        }
      }
    },
    async noteVisitor(site, subjectH, visitorId) {
      await model.updateOne(
        { site, subjectH, visitorId: { $ne: visitorId } },
        { $set: { visitorId } },
      );
    },
    async findVisitorId(site, subjectH) {
      const found = await model.findOne({ site, subjectH }, { visitorId: 1 }).lean();
      return found?.visitorId ?? null;
    },
    async delete(site, subjectH) {
      const { deletedCount } = await model.deleteOne({ site, subjectH });
      return deletedCount === 1;
    },
  };
}
