import { Schema, type Connection } from "mongoose";
import type { KeyCheck, KeyCheckStore } from "./keys.js";

interface KeyCheckRecord extends KeyCheck {
  _id: string;
}

/** Records of the installation itself: no site, and no `expireAt` because it must outlive all data. */
const schema = new Schema<KeyCheckRecord>(
  { _id: { type: String, required: true }, fingerprints: { type: Schema.Types.Mixed } },
  { versionKey: false, collection: "key_checks" },
);

/** The store's memory of the keys that its data was made with. */
export function createKeyCheckStore(db: Connection): KeyCheckStore {
  const model = db.model<KeyCheckRecord>("KeyCheck", schema);
  const find = () => model.findById("keys").lean();
  return {
    find,
    async saveFirst(check) {
      await model.updateOne({ _id: "keys" }, { $setOnInsert: check }, { upsert: true });
      return (await find()) ?? check;
    },
    async hasData() {
      const sites = await db.collection("sites").findOne({}, { projection: { _id: 1 } });
      return sites !== null;
    },
  };
}
