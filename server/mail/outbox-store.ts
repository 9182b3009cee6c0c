import { Schema, type Connection } from "mongoose";
import type { OutboxMail } from "../../shared/wire.js";
import type { OutgoingMail } from "./outgoing-mail.js";

interface OutboxRecord extends Omit<OutboxMail, "id"> {
  _id: string;
  site: string;
  /** What it was rendered from: it is rendered anew when it goes. */
  mail: OutgoingMail;
  expireAt: Date;
}

const schema = new Schema<OutboxRecord>(
  {
    _id: { type: String, required: true },
    site: { type: String, required: true },
    to: { type: String, required: true },
    subject: { type: String, required: true },
    text: { type: String, required: true },
    kind: { type: String, required: true },
    at: { type: Number, required: true },
    mail: { type: Schema.Types.Mixed, required: true },
    expireAt: { type: Date, required: true },
  },
  { versionKey: false, collection: "outbox" },
);
schema.index({ site: 1, at: -1 });
schema.index({ expireAt: 1 }, { expireAfterSeconds: 0 });

const day = 86_400_000;

/** Mail that was not sent because no mail server was set, for the dashboard; 30 days. */
export interface OutboxStore {
  /** `shown` is how it reads. */
  insert(
    id: string,
    mail: OutgoingMail,
    shown: { subject: string; text: string },
    at: number,
  ): Promise<void>;
  /** Newest first, at most 100. */
  list(site: string, now: number): Promise<OutboxMail[]>;
  /** What may still go by itself, oldest first: all but mailings. */
  findWaiting(now: number): Promise<{ id: string; mail: OutgoingMail }[]>;
  remove(id: string): Promise<void>;
  erase(site: string, to: string): Promise<void>;
}

export function createOutboxStore(db: Connection): OutboxStore {
  const model = db.model<OutboxRecord>("OutboxMail", schema);
  return {
    async insert(id, mail, shown, at) {
      const { siteId: site, to, kind } = mail;
      const expireAt = new Date(at + 30 * day);
      await model.create({ _id: id, site, to, kind, ...shown, at, mail, expireAt });
    },
    async list(site, now) {
      const records = await model
        .find({ site, expireAt: { $gt: new Date(now) } })
        .sort({ at: -1 })
        .limit(100)
        .lean<OutboxRecord[]>();
      return records.map(({ _id: id, to, subject, text, kind, at }) => ({
        id,
        to,
        subject,
        text,
        kind,
        at,
      }));
    },
    async findWaiting(now) {
      const records = await model
        .find({ kind: { $ne: "marketing" }, expireAt: { $gt: new Date(now) } })
        .sort({ at: 1 })
        .lean<OutboxRecord[]>();
      return records.map(({ _id: id, mail }) => ({ id, mail }));
    },
    async remove(id) {
      await model.deleteOne({ _id: id });
    },
    async erase(site, to) {
      await model.deleteMany({ site, to });
    },
  };
}
