import { Schema, type Connection } from "mongoose";
import { isDuplicateKey } from "../infra/duplicate-key.js";

export interface Subscriber {
  site: string;
  addressH: string;
  /** Normal form; the only place that holds it. */
  address: string;
  state: "pending" | "confirmed";
  language: string;
  /** Where and when the address was given; the sealed evidence is in the consent chain (XIM-02). */
  formUrl: string | null;
  subscribedAt: number;
  confirmedAt: number | null;
  /** SHA-256 of the confirmation link's token while it can be spent. */
  confirmHash: string | null;
  confirmUntil: number;
  /** Unconfirmed addresses go by themselves; confirmed ones (null) stay until they are erased. */
  expireAt: Date | null;
}
interface SubscriberRecord extends Subscriber {
  _id: string;
}

const schema = new Schema<SubscriberRecord>(
  {
    _id: { type: String, required: true },
    site: { type: String, required: true },
    addressH: { type: String, required: true },
    address: { type: String, required: true },
    state: { type: String, required: true },
    language: String,
    formUrl: { type: String, default: null },
    subscribedAt: { type: Number, required: true },
    confirmedAt: { type: Number, default: null },
    confirmHash: { type: String, default: null },
    confirmUntil: { type: Number, default: 0 },
    expireAt: { type: Date, default: null },
  },
  { versionKey: false, collection: "subscribers" },
);
schema.index({ site: 1, addressH: 1 }, { unique: true });
schema.index({ site: 1, state: 1, addressH: 1 });
schema.index({ confirmHash: 1 });
schema.index({ expireAt: 1 }, { expireAfterSeconds: 0 });

export interface SubscriberStore {
  find(site: string, addressH: string): Promise<Subscriber | null>;
  /** Makes or renews an unconfirmed subscription; leaves a confirmed one but for its new link. */
  savePending(subscriber: Subscriber): Promise<void>;
  findByConfirmHash(confirmHash: string, now: number): Promise<Subscriber | null>;
  /** Spends the link; false when somebody was faster. */
  confirm(confirmHash: string, at: number): Promise<boolean>;
  /** Confirmed ones in order of their hash, after `after`. */
  listConfirmed(site: string, after: string, count: number): Promise<Subscriber[]>;
  erase(site: string, addressH: string): Promise<void>;
}

export function createSubscriberStore(db: Connection): SubscriberStore {
  const model = db.model<SubscriberRecord>("Subscriber", schema);
  const present = (record: SubscriberRecord): Subscriber => {
    const subscriber: Partial<SubscriberRecord> & Subscriber = { ...record };
    delete subscriber._id;
    return subscriber;
  };
  const read = (record: SubscriberRecord | null): Subscriber | null =>
    record === null ? null : present(record);
  return {
    find: async (site, addressH) =>
      read(await model.findOne({ site, addressH }).lean<SubscriberRecord>()),
    async savePending({ site, addressH, confirmHash, confirmUntil, ...subscriber }) {
      const known = { site, addressH };
      const renewed = await model.updateOne(
        { ...known, state: "confirmed" },
        { $set: { confirmHash, confirmUntil } },
      );
      if (renewed.matchedCount > 0) return;
      try {
        await model.updateOne(
          { ...known, state: "pending" },
          {
            $set: { ...subscriber, confirmHash, confirmUntil },
            $setOnInsert: { _id: `${site}/${addressH}` },
          },
          { upsert: true },
        );
      } catch (error) {
        // Confirmed, or subscribed once more, at this very moment: that one stands.
        if (!isDuplicateKey(error)) throw error;
      }
    },
    async findByConfirmHash(confirmHash, now) {
      // The sweep of expired ones is late by nature: the time decides.
      return read(
        await model.findOne({ confirmHash, confirmUntil: { $gt: now } }).lean<SubscriberRecord>(),
      );
    },
    async confirm(confirmHash, at) {
      const result = await model.updateOne(
        { confirmHash },
        { $set: { state: "confirmed", confirmedAt: at, confirmHash: null, expireAt: null } },
      );
      return result.modifiedCount === 1;
    },
    async listConfirmed(site, after, count) {
      const records = await model
        .find({ site, state: "confirmed", addressH: { $gt: after } })
        .sort({ addressH: 1 })
        .limit(count)
        .lean<SubscriberRecord[]>();
      return records.map(present);
    },
    async erase(site, addressH) {
      await model.deleteOne({ site, addressH });
    },
  };
}
