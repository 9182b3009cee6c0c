import { Schema, type Connection } from "mongoose";
import type { CampaignTally } from "./mail-log-store.js";

export interface StoredCampaign {
  id: string;
  site: string;
  subject: string;
  text: string;
  /** `draft` until every recipient stands in the mail log. */
  state: "draft" | "sending" | "done";
  /** The operator's id. */
  author: string;
  createdAt: number;
  finishedAt: number | null;
  /** The result once it is done; until then it is counted in the mail log. */
  tally: CampaignTally | null;
}
interface CampaignRecord extends Omit<StoredCampaign, "id"> {
  _id: string;
}

/** No `expireAt`: what the site itself wrote, without anybody's data. */
const schema = new Schema<CampaignRecord>(
  {
    _id: { type: String, required: true },
    site: { type: String, required: true },
    subject: { type: String, required: true },
    text: { type: String, required: true },
    state: { type: String, required: true },
    author: { type: String, required: true },
    createdAt: { type: Number, required: true },
    finishedAt: { type: Number, default: null },
    tally: { type: Schema.Types.Mixed, default: null },
  },
  { versionKey: false, collection: "campaigns" },
);
schema.index({ site: 1, createdAt: -1 });
schema.index({ state: 1 });

export interface CampaignStore {
  insert(campaign: StoredCampaign): Promise<void>;
  find(id: string): Promise<StoredCampaign | null>;
  /** Every recipient stands in the mail log. */
  setListed(id: string): Promise<void>;
  setDone(id: string, finishedAt: number, tally: CampaignTally): Promise<void>;
  /** Newest first. */
  list(site: string): Promise<StoredCampaign[]>;
  /** Those that a stop interrupted. */
  listUnfinished(): Promise<StoredCampaign[]>;
}

export function createCampaignStore(db: Connection): CampaignStore {
  const model = db.model<CampaignRecord>("Campaign", schema);
  const read = ({ _id: id, ...campaign }: CampaignRecord): StoredCampaign => ({ id, ...campaign });
  return {
    async insert({ id, ...campaign }) {
      await model.create({ _id: id, ...campaign });
    },
    async find(id) {
      const record = await model.findById(id).lean<CampaignRecord>();
      return record === null ? null : read(record);
    },
    async setListed(id) {
      await model.updateOne({ _id: id, state: "draft" }, { $set: { state: "sending" } });
    },
    async setDone(id, finishedAt, tally) {
      await model.updateOne({ _id: id }, { $set: { state: "done", finishedAt, tally } });
    },
    async list(site) {
      const records = await model
        .find({ site })
        .sort({ createdAt: -1 })
        .limit(50)
        .lean<CampaignRecord[]>();
      return records.map(read);
    },
    async listUnfinished() {
      const records = await model
        .find({ state: { $in: ["draft", "sending"] } })
        .lean<CampaignRecord[]>();
      return records.map(read);
    },
  };
}
