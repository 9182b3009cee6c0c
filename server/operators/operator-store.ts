import { Schema, type Connection } from "mongoose";
import type { Role } from "../../shared/wire.js";
import type { StoredOperator } from "./operator.js";

interface OperatorRecord extends Omit<StoredOperator, "id"> {
  _id: string;
}

/**
 * No `site`: an operator belongs to the installation. No `expireAt`: an account lives until an admin
 * deletes it.
 */
const schema = new Schema<OperatorRecord>(
  {
    _id: { type: String, required: true },
    email: { type: String, required: true },
    name: { type: String, required: true },
    role: { type: String, required: true },
    passwordHash: { type: String, default: null },
    confidentialityAt: { type: Number, default: null },
    createdAt: { type: Number, required: true },
  },
  { versionKey: false, collection: "operators" },
);
schema.index({ email: 1 }, { unique: true });

export interface OperatorStore {
  findById(id: string): Promise<StoredOperator | null>;
  /** By the address as `normalAddress` writes it. */
  findByEmail(email: string): Promise<StoredOperator | null>;
  /** Admins who can sign in, here and below. */
  hasAdmin(): Promise<boolean>;
  countAdmins(): Promise<number>;
  /** Oldest first. */
  list(): Promise<StoredOperator[]>;
  /** False when the address is taken. */
  insert(operator: StoredOperator): Promise<boolean>;
  setAccount(id: string, account: { name: string; passwordHash: string }): Promise<void>;
  setRole(id: string, role: Role): Promise<void>;
  remove(id: string): Promise<void>;
  /** The first acceptance stands; later ones change nothing. */
  acceptConfidentiality(id: string, at: number): Promise<void>;
}

export function createOperatorStore(db: Connection): OperatorStore {
  const model = db.model<OperatorRecord>("Operator", schema);
  const read = (record: OperatorRecord | null): StoredOperator | null => {
    if (record === null) return null;
    const { _id: id, ...operator } = record;
    return { id, ...operator };
  };
  /** An invited admin cannot act yet. */
  const working = { role: "admin" as const, passwordHash: { $ne: null } };
  return {
    findById: async (id) => read(await model.findById(id).lean<OperatorRecord>()),
    findByEmail: async (email) => read(await model.findOne({ email }).lean<OperatorRecord>()),
    hasAdmin: async () => (await model.exists(working)) !== null,
    async list() {
      const records = await model.find().sort({ createdAt: 1, _id: 1 }).lean<OperatorRecord[]>();
      return records.map(({ _id: id, ...operator }) => ({ id, ...operator }));
    },
    countAdmins: () => model.countDocuments(working),
    async insert({ id, ...operator }) {
      const result = await model.updateOne(
        { email: operator.email },
        { $setOnInsert: { _id: id, ...operator } },
        { upsert: true },
      );
      return result.upsertedCount === 1;
    },
    async setAccount(id, account) {
      await model.updateOne({ _id: id }, { $set: account });
    },
    async setRole(id, role) {
      await model.updateOne({ _id: id }, { $set: { role } });
    },
    async remove(id) {
      await model.deleteOne({ _id: id });
    },
    async acceptConfidentiality(id, at) {
      await model.updateOne(
        { _id: id, confidentialityAt: null },
        { $set: { confidentialityAt: at } },
      );
    },
  };
}
