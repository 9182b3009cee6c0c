import { Schema, type Connection } from "mongoose";
import type { OutboxMail } from "../../shared/wire.js";

interface OutboxRecord extends Omit<OutboxMail, "id"> {
  _id: string;
  site: string;
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
    expireAt: { type: Date, required: true },
  },
  { versionKey: false, collection: "outbox" },
);
schema.index({ site: 1, at: -1 });
schema.index({ expireAt: 1 }, { expireAfterSeconds: 0 });

const day = 86_400_000;

/** Mail that was not sent because no mail server is set, for the dashboard; 30 days. */
export interface OutboxStore {
  insert(site: string, mail: OutboxMail): Promise<void>;
  /** Newest first, at most 100. */
  list(site: string, now: number): Promise<OutboxMail[]>;
  erase(site: string, to: string): Promise<void>;
}

export function createOutboxStore(db: Connection): OutboxStore {
  const model = db.model<OutboxRecord>("OutboxMail", schema);
  return {
    async insert(site, { id, ...mail }) {
      await model.create({ _id: id, site, ...mail, expireAt: new Date(mail.at + 30 * day) });
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
    async erase(site, to) {
      await model.deleteMany({ site, to });
    },
  };
}
