import { Schema, type Connection } from "mongoose";
import type { DeviceFacts } from "./device-facts.js";
import type { Utm } from "./page-hit.js";

export interface StoredView {
  id: string;
  path: string;
  title: string;
  at: number;
  dwellMs: number;
}

/** Pages opened one after another by one browser; ends after half an hour without one. No address is kept (JIVO-05). */
export interface Visit extends DeviceFacts {
  id: string;
  site: string;
  /** With consent: HMAC of the analytics id. */
  analyticsH: string | null;
  /** Without cookies: HMAC under a salt that dies within 48 h. */
  dayHash: string | null;
  entry: string;
  exit: string;
  views: StoredView[];
  viewCount: number;
  refHost: string;
  utm: Utm;
  language: string;
  country: string;
  startedAt: number;
  lastAt: number;
  expireAt: Date;
}

/** Who the visit belongs to: exactly one of the two hashes. */
export type VisitOwner =
  { analyticsH: string; dayHash: null } | { analyticsH: null; dayHash: string };

export interface VisitStore {
  /** False when the owner's visit holds a view of that id already, or there is no visit young enough. */
  appendView(
    visit: { site: string; owner: VisitOwner; since: number },
    view: StoredView,
  ): Promise<boolean>;
  hasView(site: string, owner: VisitOwner, viewId: string): Promise<boolean>;
  insert(visit: Visit): Promise<void>;
  /** Keeps the longest time that was reported. */
  setDwell(site: string, analyticsH: string, viewId: string, dwellMs: number): Promise<boolean>;
  /** Newest first; only what has not expired. */
  listByAnalytics(site: string, hashes: readonly string[], now: number): Promise<Visit[]>;
  listBetween(site: string, from: number, to: number, now: number): Promise<Visit[]>;
  deleteByAnalytics(site: string, hashes: readonly string[]): Promise<number>;
  /** Moves `expireAt` to `startedAt` plus the period, for every visit of the site. */
  applyRetention(site: string, periodMs: number): Promise<void>;
  countStartedBefore(site: string, before: number): Promise<number>;
}

type VisitRecord = Omit<Visit, "id"> & { _id: string };

const schema = new Schema<VisitRecord>(
  {
    _id: { type: String, required: true },
    site: { type: String, required: true },
    analyticsH: { type: String, default: null },
    dayHash: { type: String, default: null },
    entry: String,
    exit: String,
    views: [
      new Schema<StoredView>(
        { id: String, path: String, title: String, at: Number, dwellMs: Number },
        { _id: false },
      ),
    ],
    viewCount: Number,
    refHost: String,
    utm: Schema.Types.Mixed,
    browser: String,
    os: String,
    device: String,
    language: String,
    country: String,
    startedAt: Number,
    lastAt: Number,
    expireAt: { type: Date, required: true },
  },
  { autoIndex: false, minimize: false, versionKey: false, collection: "visits" },
);
schema.index({ site: 1, analyticsH: 1, lastAt: -1 });
schema.index({ site: 1, dayHash: 1, lastAt: -1 });
schema.index({ site: 1, lastAt: -1 });
schema.index({ expireAt: 1 }, { expireAfterSeconds: 0 });

/** A page kept open for ever must not grow one document without end. */
const mostViews = 500;

export function createVisitStore(db: Connection): VisitStore {
  const model = db.model("Visit", schema);
  const toVisit = ({ _id, ...rest }: VisitRecord): Visit => ({ id: _id, ...rest });
  return {
    async appendView({ site, owner, since }, view) {
      const found = await model
        .findOneAndUpdate(
          {
            site,
            ...owner,
            lastAt: { $gte: since },
            viewCount: { $lt: mostViews },
            "views.id": { $ne: view.id },
          },
          {
            $push: { views: view },
            $set: { exit: view.path },
            $max: { lastAt: view.at },
            $inc: { viewCount: 1 },
          },
          { sort: { lastAt: -1 }, projection: { _id: 1 } },
        )
        .lean();
      return found !== null;
    },
    async hasView(site, owner, viewId) {
      return (await model.exists({ site, ...owner, "views.id": viewId })) !== null;
    },
    async insert({ id, ...visit }) {
      await model.create({ _id: id, ...visit });
    },
    async setDwell(site, analyticsH, viewId, dwellMs) {
      const { matchedCount } = await model.updateOne(
        { site, analyticsH, "views.id": viewId },
        { $max: { "views.$.dwellMs": dwellMs } },
      );
      return matchedCount === 1;
    },
    async listByAnalytics(site, hashes, now) {
      const found = await model
        .find({ site, analyticsH: { $in: hashes }, expireAt: { $gt: new Date(now) } })
        .sort({ lastAt: -1 })
        .limit(200)
        .lean<VisitRecord[]>();
      return found.map(toVisit);
    },
    async listBetween(site, from, to, now) {
      const found = await model
        .find({
          site,
          lastAt: { $gte: from },
          startedAt: { $lt: to },
          expireAt: { $gt: new Date(now) },
        })
        .sort({ lastAt: -1 })
        .limit(50_000)
        .lean<VisitRecord[]>();
      return found.map(toVisit);
    },
    async deleteByAnalytics(site, hashes) {
      const { deletedCount } = await model.deleteMany({ site, analyticsH: { $in: hashes } });
      return deletedCount;
    },
    async applyRetention(site, periodMs) {
      const cursor = model.find({ site }, { startedAt: 1 }).lean<VisitRecord[]>().cursor();
      for await (const { _id, startedAt } of cursor)
        await model.updateOne({ _id }, { $set: { expireAt: new Date(startedAt + periodMs) } });
    },
    async countStartedBefore(site, before) {
      return model.countDocuments({ site, startedAt: { $lt: before } });
    },
  };
}
