import { Schema, type Connection } from "mongoose";
import type { SuppressionScope } from "../../shared/mail-rules.js";
import { isDuplicateKey } from "../infra/duplicate-key.js";

export interface Suppression {
  site: string;
  addressH: string;
  /** Of the key that made the hash. */
  keyId: string;
  scope: SuppressionScope;
  reason: string;
  /** Which act of which page or person: `link`, `one-click`, `journal`, `operator`. */
  source: string;
  at: number;
}
interface SuppressionRecord extends Suppression {
  _id: string;
}

/** No `expireAt`: an opt-out is obeyed for ever. */
const schema = new Schema<SuppressionRecord>(
  {
    _id: { type: String, required: true },
    site: { type: String, required: true },
    addressH: { type: String, required: true },
    keyId: { type: String, required: true },
    scope: { type: String, required: true },
    reason: String,
    source: String,
    at: { type: Number, required: true },
  },
  { versionKey: false, collection: "suppressions" },
);
schema.index({ site: 1, addressH: 1, scope: 1 }, { unique: true });

export interface SuppressionStore {
  find(site: string, addressH: string): Promise<Suppression[]>;
  /** The first stands; a repeat changes nothing. */
  saveOnce(suppression: Suppression): Promise<void>;
  /** Only for a confirmed new registration. */
  lift(site: string, addressH: string): Promise<void>;
}

export function createSuppressionStore(db: Connection): SuppressionStore {
  const model = db.model<SuppressionRecord>("Suppression", schema);
  return {
    async find(site, addressH) {
      return model.find({ site, addressH }, { _id: 0 }).lean<Suppression[]>();
    },
    async saveOnce({ site, addressH, scope, ...rest }) {
      try {
        await model.updateOne(
          { site, addressH, scope },
          { $setOnInsert: { _id: `${site}/${addressH}/${scope}`, ...rest } },
          { upsert: true },
        );
      } catch (error) {
        // Two opt-outs at the same moment: the other one stands.
        if (!isDuplicateKey(error)) throw error;
      }
    },
    async lift(site, addressH) {
      await model.deleteMany({ site, addressH });
    },
  };
}
