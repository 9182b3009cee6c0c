import { Schema, type Connection } from "mongoose";
import type { RecipientRow } from "../../shared/privacy.js";
import { storedUnlessTaken } from "../infra/duplicate-key.js";

export type Recipient = RecipientRow & { site: string };

/** A transfer of the business, as announced; one a site. */
export interface Transfer {
  to: string;
  noticeAt: number;
  unlockedAt: number;
}

export interface RecipientStore {
  /** False when the site lists somebody of that name already. */
  insert(recipient: Recipient): Promise<boolean>;
  list(site: string): Promise<Recipient[]>;
  find(site: string, id: string): Promise<Recipient | null>;
  activate(site: string, id: string, activeAt: number): Promise<void>;
  remove(site: string, id: string): Promise<boolean>;
  findTransfer(site: string): Promise<Transfer | null>;
  saveTransfer(site: string, transfer: Transfer): Promise<void>;
  removeTransfer(site: string): Promise<void>;
}

type RecipientRecord = Omit<Recipient, "id"> & { _id: string };

/** Companies, not people: no `expireAt`, they are listed until the site takes them off. */
const recipientSchema = new Schema<RecipientRecord>(
  {
    _id: { type: String, required: true },
    site: { type: String, required: true },
    name: { type: String, required: true },
    purpose: String,
    country: String,
    agreement: String,
    transferBasis: String,
    noticeAt: { type: Number, default: null },
    activeAt: { type: Number, default: null },
  },
  { autoIndex: false, versionKey: false, collection: "recipients" },
);
recipientSchema.index({ site: 1, name: 1 }, { unique: true });

/** An announcement of the site's owner, nobody's personal data: no `expireAt`. */
const transferSchema = new Schema<Transfer & { _id: string; site: string }>(
  {
    _id: { type: String, required: true },
    site: String,
    to: String,
    noticeAt: Number,
    unlockedAt: Number,
  },
  { autoIndex: false, versionKey: false, collection: "transfers" },
);

export function createRecipientStore(db: Connection): RecipientStore {
  const recipients = db.model("Recipient", recipientSchema);
  const transfers = db.model("Transfer", transferSchema);
  const toRecipient = ({ _id, ...rest }: RecipientRecord): Recipient => ({ id: _id, ...rest });
  return {
    async insert({ id, ...rest }) {
      return storedUnlessTaken(() => recipients.create({ _id: id, ...rest }));
    },
    async list(site) {
      const found = await recipients.find({ site }).sort({ name: 1 }).lean<RecipientRecord[]>();
      return found.map(toRecipient);
    },
    async find(site, id) {
      const found = await recipients.findOne({ _id: id, site }).lean<RecipientRecord>();
      return found === null ? null : toRecipient(found);
    },
    async activate(site, id, activeAt) {
      await recipients.updateOne({ _id: id, site }, { $set: { activeAt } });
    },
    async remove(site, id) {
      return (await recipients.deleteOne({ _id: id, site })).deletedCount === 1;
    },
    async findTransfer(site) {
      const found = await transfers.findOne({ _id: site }).lean();
      if (found === null) return null;
      const { to, noticeAt, unlockedAt } = found;
      return { to, noticeAt, unlockedAt };
    },
    async saveTransfer(site, transfer) {
      await transfers.updateOne({ _id: site }, { $set: { site, ...transfer } }, { upsert: true });
    },
    async removeTransfer(site) {
      await transfers.deleteOne({ _id: site });
    },
  };
}
