import { Schema, type Connection } from "mongoose";

export interface SetupLink {
  /** SHA-256 of the token. */
  tokenHash: string;
  /** Whose password it sets; null makes the first admin. */
  operatorId: string | null;
  expireAt: Date;
}
interface SetupLinkRecord extends Omit<SetupLink, "tokenHash"> {
  _id: string;
}

/** No `site`, as operators have none. */
const schema = new Schema<SetupLinkRecord>(
  {
    _id: { type: String, required: true },
    operatorId: { type: String, default: null },
    expireAt: { type: Date, required: true },
  },
  { versionKey: false, collection: "setup_links" },
);
schema.index({ expireAt: 1 }, { expireAfterSeconds: 0 });

export interface SetupLinkStore {
  /** Only the newest link of an account works: earlier ones are deleted. */
  replace(link: SetupLink): Promise<void>;
  find(tokenHash: string, now: Date): Promise<SetupLink | null>;
  /** Ends the links of an account. */
  removeAll(operatorId: string): Promise<void>;
  /** Takes the link out; false when somebody was faster. */
  spend(tokenHash: string): Promise<boolean>;
}

export function createSetupLinkStore(db: Connection): SetupLinkStore {
  const model = db.model<SetupLinkRecord>("SetupLink", schema);
  return {
    async replace({ tokenHash, operatorId, expireAt }) {
      await model.deleteMany({ operatorId });
      await model.create({ _id: tokenHash, operatorId, expireAt });
    },
    async find(tokenHash, now) {
      const record = await model
        .findOne({ _id: tokenHash, expireAt: { $gt: now } })
        .lean<SetupLinkRecord>();
      if (record === null) return null;
      return { tokenHash, operatorId: record.operatorId, expireAt: record.expireAt };
    },
    async removeAll(operatorId) {
      await model.deleteMany({ operatorId });
    },
    spend: async (tokenHash) => (await model.deleteOne({ _id: tokenHash })).deletedCount === 1,
  };
}
