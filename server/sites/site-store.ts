import { Schema, type Connection } from "mongoose";
import type { Site, SiteFields, RefusedOrigin } from "./site.js";

interface SiteRecord extends Omit<Site, "id"> {
  _id: string;
}

/** No `expireAt`: a site lives until its owner deletes it. */
const schema = new Schema<SiteRecord>(
  {
    _id: { type: String, required: true },
    key: { type: String, required: true },
    name: { type: String, required: true },
    origins: { type: [String], required: true },
    color: String,
    corner: String,
    language: String,
    greeting: String,
    timeZone: String,
    controller: Schema.Types.Mixed,
    news: Boolean,
    rules: { type: Schema.Types.Mixed, required: true },
    rulesVersion: { type: Number, required: true },
    tagSeen: { type: Schema.Types.Mixed, default: null },
    refusedOrigins: { type: Schema.Types.Mixed, default: [] },
    createdAt: { type: Number, required: true },
  },
  { versionKey: false, collection: "sites", minimize: false },
);
schema.index({ key: 1 }, { unique: true });

export interface SiteStore {
  findById(id: string): Promise<Site | null>;
  findByKey(key: string): Promise<Site | null>;
  list(): Promise<Site[]>;
  /** Makes the site unless one with its id is there; says whether it was made. */
  insertOnce(site: Site): Promise<boolean>;
  /** Writes fields if the site is still at `rulesVersion`; null when somebody was faster. */
  change(id: string, rulesVersion: number, fields: Partial<SiteFields>): Promise<Site | null>;
  noteTagSeen(id: string, seen: { url: string; at: number }): Promise<void>;
  /** Refused origins, newest first, each once. */
  saveRefusedOrigins(id: string, refused: RefusedOrigin[]): Promise<void>;
}

export function createSiteStore(db: Connection): SiteStore {
  const model = db.model<SiteRecord>("Site", schema);
  const read = (record: SiteRecord | null): Site | null => {
    if (record === null) return null;
    const { _id: id, ...site } = record;
    return { id, ...site };
  };
  return {
    findById: async (id) => read(await model.findById(id).lean<SiteRecord>()),
    findByKey: async (key) => read(await model.findOne({ key }).lean<SiteRecord>()),
    async list() {
      const records = await model.find().sort({ createdAt: 1 }).limit(1000).lean<SiteRecord[]>();
      return records.map(({ _id: id, ...site }) => ({ id, ...site }));
    },
    async insertOnce({ id, ...site }) {
      const result = await model.updateOne({ _id: id }, { $setOnInsert: site }, { upsert: true });
      return result.upsertedCount === 1;
    },
    async change(id, rulesVersion, fields) {
      const step = fields.rules === undefined ? 0 : 1;
      return read(
        await model
          .findOneAndUpdate(
            { _id: id, rulesVersion },
            { $set: fields, $inc: { rulesVersion: step } },
            { returnDocument: "after" },
          )
          .lean<SiteRecord>(),
      );
    },
    async noteTagSeen(id, tagSeen) {
      await model.updateOne({ _id: id }, { $set: { tagSeen } });
    },
    async saveRefusedOrigins(id, refusedOrigins) {
      await model.updateOne({ _id: id }, { $set: { refusedOrigins } });
    },
  };
}
