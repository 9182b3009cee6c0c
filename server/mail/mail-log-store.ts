import { Schema, type Connection } from "mongoose";
import type { MailKind } from "../../shared/mail-rules.js";
import { isDuplicateKey } from "../infra/duplicate-key.js";

/** Why a mail did not leave: a rule's refusal, or what became of the hand-off. */
export const refusalReasons = [
  "suppressed",
  "not_confirmed",
  "marketing_off",
  "erased",
  /** The mail server refused it for good. */
  "smtp",
  /** No mail server is set; it waits in the outbox. */
  "not_sent",
  /** The connection or the server ended in the middle of the hand-off: it may have left, so it is not repeated. */
  "interrupted",
] as const;
export type RefusalReason = (typeof refusalReasons)[number];

export interface MailLogRow {
  site: string;
  addressH: string;
  class: MailKind;
  /** The campaign's id; `mail:ID` for a single mail. */
  campaign: string;
  state: "queued" | "sending" | "sent" | "refused";
  reason: RefusalReason | null;
  /** Hand-offs that failed for the time being. */
  attempts: number;
  /** When a queued one may be tried. */
  nextAt: number;
  at: number;
  expireAt: Date;
}
interface MailLogRecord extends MailLogRow {
  _id: string;
}

const schema = new Schema<MailLogRecord>(
  {
    _id: { type: String, required: true },
    site: { type: String, required: true },
    addressH: { type: String, required: true },
    class: { type: String, required: true },
    campaign: { type: String, required: true },
    state: { type: String, required: true },
    reason: { type: String, default: null },
    attempts: { type: Number, default: 0 },
    nextAt: { type: Number, default: 0 },
    at: { type: Number, required: true },
    expireAt: { type: Date, required: true },
  },
  { versionKey: false, collection: "mail_log" },
);
schema.index({ campaign: 1, addressH: 1 }, { unique: true });
schema.index({ campaign: 1, state: 1, nextAt: 1 });
schema.index({ site: 1, addressH: 1 });
schema.index({ expireAt: 1 }, { expireAfterSeconds: 0 });

export type CampaignTally = { sent: number; refused: { reason: string; count: number }[] };

export interface MailLogStore {
  /** One row a campaign and address: a repeat changes nothing. */
  insertOnce(row: MailLogRow): Promise<void>;
  /** Takes a row that is due: no other worker gets it. */
  claim(campaign: string, now: number): Promise<MailLogRow | null>;
  finish(
    row: MailLogRow,
    end: Pick<MailLogRow, "state" | "reason" | "attempts" | "nextAt" | "at">,
  ): Promise<void>;
  /** Rows whose worker died in the middle of the hand-off. */
  endInterrupted(campaign: string, at: number): Promise<void>;
  /** The earliest time at which a waiting row may be tried; null when none waits. */
  nextDue(campaign: string): Promise<number | null>;
  tally(campaign: string): Promise<CampaignTally>;
  listOf(site: string, addressH: string): Promise<MailLogRow[]>;
  erase(site: string, addressH: string): Promise<void>;
}

export function createMailLogStore(db: Connection): MailLogStore {
  const model = db.model<MailLogRecord>("MailLog", schema);
  const read = (record: MailLogRecord): MailLogRow => {
    const row: Partial<MailLogRecord> & MailLogRow = { ...record };
    delete row._id;
    return row;
  };
  return {
    async insertOnce({ campaign, addressH, ...row }) {
      try {
        await model.updateOne(
          { campaign, addressH },
          { $setOnInsert: { _id: `${campaign}/${addressH}`, ...row } },
          { upsert: true },
        );
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
      }
    },
    async claim(campaign, now) {
      const record = await model
        .findOneAndUpdate(
          { campaign, state: "queued", nextAt: { $lte: now } },
          { $set: { state: "sending" } },
          { returnDocument: "after", sort: { nextAt: 1 } },
        )
        .lean<MailLogRecord>();
      return record === null ? null : read(record);
    },
    async finish({ campaign, addressH }, end) {
      await model.updateOne({ campaign, addressH, state: "sending" }, { $set: end });
    },
    async endInterrupted(campaign, at) {
      await model.updateMany(
        { campaign, state: "sending" },
        { $set: { state: "refused", reason: "interrupted", at } },
      );
    },
    async nextDue(campaign) {
      const [first] = await model
        .find({ campaign, state: "queued" }, { nextAt: 1 })
        .sort({ nextAt: 1 })
        .limit(1)
        .lean<Pick<MailLogRow, "nextAt">[]>();
      return first?.nextAt ?? null;
    },
    async tally(campaign) {
      const count = (filter: object) => model.countDocuments({ campaign, ...filter });
      const refused = await Promise.all(
        refusalReasons.map(async (reason) => ({
          reason,
          count: await count({ state: "refused", reason }),
        })),
      );
      return {
        sent: await count({ state: "sent" }),
        refused: refused.filter((entry) => entry.count > 0),
      };
    },
    async listOf(site, addressH) {
      const records = await model
        .find({ site, addressH })
        .sort({ at: 1 })
        .limit(1000)
        .lean<MailLogRecord[]>();
      return records.map(read);
    },
    async erase(site, addressH) {
      await model.deleteMany({ site, addressH });
    },
  };
}
