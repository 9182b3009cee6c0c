import { Schema, type Connection } from "mongoose";

/** How often a page was opened within one hour, by nobody in particular. */
export interface VisitCount {
  site: string;
  /** The hour's beginning. */
  hour: number;
  path: string;
  n: number;
}

export interface VisitStatsStore {
  /** Adds to the counters, all in one write. */
  add(counts: readonly VisitCount[], keepMs: number): Promise<void>;
  listBetween(site: string, from: number, to: number): Promise<VisitCount[]>;
}

type StatsRecord = VisitCount & { _id: string; expireAt: Date };

const schema = new Schema<StatsRecord>(
  {
    _id: { type: String, required: true },
    site: String,
    hour: Number,
    path: String,
    n: Number,
    expireAt: Date,
  },
  { autoIndex: false, versionKey: false, collection: "visit_stats" },
);
schema.index({ site: 1, hour: 1, path: 1 }, { unique: true });
schema.index({ expireAt: 1 }, { expireAfterSeconds: 0 });

export function createVisitStatsStore(db: Connection): VisitStatsStore {
  const model = db.model("VisitStats", schema);
  return {
    async add(counts, keepMs) {
      if (counts.length === 0) return;
      await model.bulkWrite(
        counts.map(({ site, hour, path, n }) => ({
          updateOne: {
            filter: { _id: `${site}/${hour}/${path}` },
            update: {
              $inc: { n },
              $setOnInsert: { site, hour, path, expireAt: new Date(hour + keepMs) },
            },
            upsert: true,
          },
        })),
        { ordered: false },
      );
    },
    async listBetween(site, from, to) {
      return model
        .find({ site, hour: { $gte: from, $lt: to } }, { _id: 0, expireAt: 0 })
        .sort({ hour: 1 })
        .limit(100_000)
        .lean<VisitCount[]>();
    },
  };
}
