import { Schema, type Connection } from "mongoose";
import { isDuplicateKey } from "../infra/duplicate-key.js";

interface SaltRecord {
  /** Site and day. */
  _id: string;
  site: string;
  bytes: string;
  expireAt: Date;
}

export interface SaltStore {
  /** The day's salt, base64url; the first to ask stores theirs. Null once it has died. */
  findOrSave(
    site: string,
    day: string,
    fresh: string,
    expireAt: Date,
    now: number,
  ): Promise<string | null>;
}

const schema = new Schema<SaltRecord>(
  { _id: { type: String, required: true }, site: String, bytes: String, expireAt: Date },
  { autoIndex: false, versionKey: false, collection: "salts" },
);
schema.index({ expireAt: 1 }, { expireAfterSeconds: 0 });

export function createSaltStore(db: Connection): SaltStore {
  const model = db.model("Salt", schema);
  return {
    async findOrSave(site, day, fresh, expireAt, now) {
      for (;;) {
        try {
          const salt = await model
            .findOneAndUpdate(
              { _id: `${site}/${day}` },
              { $setOnInsert: { site, bytes: fresh, expireAt } },
              { upsert: true, returnDocument: "after" },
            )
            .lean();
          // A salt that should be dead is not used, even if the sweeper is late.
          return salt.expireAt.getTime() > now ? salt.bytes : null;
        } catch (error) {
          if (!isDuplicateKey(error)) throw error;
        }
      }
    },
  };
}
