import { Schema, type Connection } from "mongoose";

/** That a process acknowledges messages before their rows are written. */
export interface RowDebt {
  /** A name that the process made for itself. */
  id: string;
  /** Messages of this process that are older, by its clock, are in their rows. */
  since: number;
  /** Counts up while the process lives. */
  beat: number;
}

export interface RowDebtStore {
  save(debt: RowDebt): Promise<void>;
  list(): Promise<RowDebt[]>;
  /** Takes a debt away, as far as it is still the same. */
  remove(debt: Pick<RowDebt, "id" | "beat">): Promise<void>;
}

type DebtRecord = Omit<RowDebt, "id"> & { _id: string };

// No `expireAt` and no site: it says nothing of anybody.
const schema = new Schema<DebtRecord>(
  {
    _id: { type: String, required: true },
    since: { type: Number, required: true },
    beat: { type: Number, required: true },
  },
  { autoIndex: false, versionKey: false, collection: "row_debts" },
);

export function createRowDebtStore(db: Connection): RowDebtStore {
  const debts = db.model<DebtRecord>("RowDebt", schema);
  return {
    async save({ id, ...rest }) {
      await debts.updateOne({ _id: id }, { $set: rest }, { upsert: true });
    },
    async list() {
      const found = await debts.find().lean<DebtRecord[]>();
      return found.map(({ _id, ...rest }) => ({ id: _id, ...rest }));
    },
    async remove({ id, beat }) {
      await debts.deleteOne({ _id: id, beat });
    },
  };
}
