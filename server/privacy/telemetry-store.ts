import { Schema, type Connection } from "mongoose";

/** How often a button was pressed or an error seen on one day, by nobody in particular. */
export interface TelemetryCount {
  site: string;
  /** `2026-11-21`. */
  day: string;
  kind: "presses" | "errors";
  name: string;
  n: number;
}

export interface TelemetryStore {
  add(counts: readonly TelemetryCount[], expireAt: Date): Promise<void>;
  list(site: string, fromDay: string): Promise<TelemetryCount[]>;
}

type CountRecord = TelemetryCount & { _id: string; expireAt: Date };

const schema = new Schema<CountRecord>(
  {
    _id: { type: String, required: true },
    site: String,
    day: String,
    kind: String,
    name: String,
    n: Number,
    expireAt: Date,
  },
  { autoIndex: false, versionKey: false, collection: "telemetry" },
);
schema.index({ site: 1, day: 1 });
schema.index({ expireAt: 1 }, { expireAfterSeconds: 0 });

export function createTelemetryStore(db: Connection): TelemetryStore {
  const model = db.model("Telemetry", schema);
  return {
    async add(counts, expireAt) {
      if (counts.length === 0) return;
      await model.bulkWrite(
        counts.map(({ site, day, kind, name, n }) => ({
          updateOne: {
            filter: { _id: `${site}/${day}/${kind}/${name}` },
            update: { $inc: { n }, $setOnInsert: { site, day, kind, name, expireAt } },
            upsert: true,
          },
        })),
        { ordered: false },
      );
    },
    async list(site, fromDay) {
      return model
        .find({ site, day: { $gte: fromDay } }, { _id: 0, expireAt: 0 })
        .lean<TelemetryCount[]>();
    },
  };
}
