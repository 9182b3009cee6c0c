import { Schema, type Connection } from "mongoose";

/** A process that acknowledges messages before their rows are written. */
export interface Debtor {
  /** A name that the process made for itself. */
  id: string;
  /** Counts up while the process lives. */
  beat: number;
}

/** Rows that may be behind, put down by one debtor in one of its periods. */
export interface RowDebt {
  debtor: string;
  period: number;
  conversations: string[];
}

export interface RowDebtStore {
  /** Says that a debtor lives. False where the store did not know of it. */
  save(debtor: Debtor): Promise<boolean>;
  list(): Promise<Debtor[]>;
  owe(debt: RowDebt): Promise<void>;
  /** The conversations whose rows a debtor may owe. */
  listOwed(debtor: string): Promise<string[]>;
  /** Takes away what a debtor put down before a period. */
  clearBefore(debtor: string, period: number): Promise<void>;
  /** Takes a debtor away with all that it owes, as far as it has not said anything since. */
  remove(debtor: Debtor): Promise<void>;
}

type DebtorRecord = Omit<Debtor, "id"> & { _id: string };

// No `expireAt` and no site: neither says anything of anybody, and who looks after them takes them away.
const debtorSchema = new Schema<DebtorRecord>(
  { _id: { type: String, required: true }, beat: { type: Number, required: true } },
  { autoIndex: false, versionKey: false, collection: "row_debtors" },
);
const debtSchema = new Schema<RowDebt>(
  {
    debtor: { type: String, required: true },
    period: { type: Number, required: true },
    conversations: { type: [String], required: true },
  },
  { autoIndex: false, versionKey: false, collection: "row_debts" },
);
debtSchema.index({ debtor: 1, period: 1 });

export function createRowDebtStore(db: Connection): RowDebtStore {
  const debtors = db.model<DebtorRecord>("RowDebtor", debtorSchema);
  const debts = db.model<RowDebt>("RowDebt", debtSchema);
  return {
    async save({ id, beat }) {
      const saved = await debtors.updateOne({ _id: id }, { $set: { beat } }, { upsert: true });
      return saved.matchedCount === 1;
    },
    async list() {
      const found = await debtors.find().lean<DebtorRecord[]>();
      return found.map(({ _id, beat }) => ({ id: _id, beat }));
    },
    async owe(debt) {
      await debts.collection.insertOne({ ...debt });
    },
    async listOwed(debtor) {
      return debts.distinct("conversations", { debtor });
    },
    async clearBefore(debtor, period) {
      await debts.deleteMany({ debtor, period: { $lt: period } });
    },
    async remove({ id, beat }) {
      const { deletedCount } = await debtors.deleteOne({ _id: id, beat });
      if (deletedCount === 1) await debts.deleteMany({ debtor: id });
    },
  };
}
