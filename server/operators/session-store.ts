import { Schema, type Connection } from "mongoose";

export interface Session {
  id: string;
  /** SHA-256 of the cookie's token, which has 256 random bits: no key is needed to hide it. */
  tokenHash: string;
  operatorId: string;
  createdAt: number;
  lastUsedAt: number;
  /** End of the idle period. */
  expireAt: Date;
}
interface SessionRecord extends Omit<Session, "id"> {
  _id: string;
}

/** No `site`, as its operator has none. */
const schema = new Schema<SessionRecord>(
  {
    _id: { type: String, required: true },
    tokenHash: { type: String, required: true },
    operatorId: { type: String, required: true },
    createdAt: { type: Number, required: true },
    lastUsedAt: { type: Number, required: true },
    expireAt: { type: Date, required: true },
  },
  { versionKey: false, collection: "operator_sessions" },
);
schema.index({ tokenHash: 1 }, { unique: true });
schema.index({ operatorId: 1 });
schema.index({ expireAt: 1 }, { expireAfterSeconds: 0 });

export interface SessionStore {
  insert(session: Session): Promise<void>;
  findByTokenHash(tokenHash: string): Promise<Session | null>;
  touch(id: string, lastUsedAt: number, expireAt: Date): Promise<void>;
  end(id: string): Promise<void>;
  /** Ends all sessions of an operator; returns their ids. */
  endAll(operatorId: string): Promise<string[]>;
  /** Those of `ids` that are still there. */
  findLiving(ids: string[], now: Date): Promise<string[]>;
}

export function createSessionStore(db: Connection): SessionStore {
  const model = db.model<SessionRecord>("OperatorSession", schema);
  return {
    async insert({ id, ...session }) {
      await model.create({ _id: id, ...session });
    },
    async findByTokenHash(tokenHash) {
      const record = await model.findOne({ tokenHash }).lean<SessionRecord>();
      if (record === null) return null;
      const { _id: id, ...session } = record;
      return { id, ...session };
    },
    async touch(id, lastUsedAt, expireAt) {
      await model.updateOne({ _id: id }, { $set: { lastUsedAt, expireAt } });
    },
    async end(id) {
      await model.deleteOne({ _id: id });
    },
    async endAll(operatorId) {
      const ids = await model.distinct("_id", { operatorId });
      await model.deleteMany({ operatorId });
      return ids;
    },
    async findLiving(ids, now) {
      return model.distinct("_id", { _id: { $in: ids }, expireAt: { $gt: now } });
    },
  };
}
