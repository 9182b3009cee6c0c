import { Schema } from "mongoose";
import type { Profile } from "../../shared/wire.js";
import { isDuplicateKey } from "../infra/duplicate-key.js";
import { groupCalls } from "../infra/group-calls.js";
import type { Mongo } from "../infra/mongo.js";
import { findAtMost } from "../infra/replies.js";

export interface Visitor {
  id: string;
  site: string;
  /** Counts up per site: what an operator calls somebody without a name. */
  number: number;
  tokenHash: string;
  profile: Profile;
  /** Number of the newest consent record of this visitor; 0 before the first. */
  consentSeq: number;
  /** Set when the token ended ("Forget this device", erasure): it opens nothing any more. */
  revokedAt: number | null;
  /** Since when nothing of theirs may be used; absent for nearly everybody. */
  frozenAt?: number;
  createdAt: number;
  lastSeenAt: number;
  /** The visitor goes after this moment; later than the newest conversation's. */
  expireAt: Date;
}

export type VisitorChange = Partial<
  Pick<Visitor, "tokenHash" | "profile" | "consentSeq" | "revokedAt" | "lastSeenAt" | "expireAt">
>;

export interface VisitorStore {
  find(site: string, id: string): Promise<Visitor | null>;
  findByToken(site: string, tokenHash: string): Promise<Visitor | null>;
  findMany(ids: string[]): Promise<Visitor[]>;
  /** Stores the visitor unless the token already has one; answers the one that is stored. */
  createOnce(visitor: Omit<Visitor, "number">): Promise<Visitor>;
  /**
   * Null when there is no such visitor (any more), or `when` does not hold: what meets an erasure on
   * its way must not write into what is left of the record.
   */
  change(
    site: string,
    id: string,
    change: VisitorChange,
    when?: { revokedAt: null },
  ): Promise<Visitor | null>;
  /** Notes the newest consent record, and whether it forbids every use. */
  noteConsent(site: string, id: string, seq: number, frozenAt: number | null): Promise<void>;
  /** Ids of those of all sites whose data may not be used: few. */
  listFrozen(): Promise<string[]>;
  /** Moves `expireAt` of a site's visitors to `lastSeenAt` plus the period. */
  applyRetention(site: string, periodMs: number): Promise<void>;
}

type VisitorRecord = Omit<Visitor, "id"> & { _id: string };

const visitorSchema = new Schema<VisitorRecord>(
  {
    _id: { type: String, required: true },
    site: { type: String, required: true },
    number: { type: Number, required: true },
    tokenHash: { type: String, required: true },
    profile: {
      type: new Schema<Profile>({ name: String, email: String }, { _id: false }),
      required: true,
    },
    consentSeq: { type: Number, required: true },
    revokedAt: { type: Number, default: null },
    frozenAt: Number,
    createdAt: { type: Number, required: true },
    lastSeenAt: { type: Number, required: true },
    expireAt: { type: Date, required: true },
  },
  { autoIndex: false, versionKey: false, collection: "visitors" },
);
visitorSchema.index({ site: 1, tokenHash: 1 }, { unique: true });
visitorSchema.index({ expireAt: 1 }, { expireAfterSeconds: 0 });
visitorSchema.index({ frozenAt: 1 }, { sparse: true });

/** One counter a site. No `expireAt`: a number of visitors is nobody's data. */
const numberSchema = new Schema<{ _id: string; site: string; last: number }>(
  {
    _id: { type: String, required: true },
    site: { type: String, required: true },
    last: { type: Number, required: true },
  },
  { autoIndex: false, versionKey: false, collection: "visitor_numbers" },
);

/** Most tokens in one question. */
const GROUP = 200;

function toVisitor({ _id, ...rest }: VisitorRecord): Visitor {
  return { id: _id, ...rest };
}

export function createVisitorStore(mongo: Pick<Mongo, "connection" | "openLine">): VisitorStore {
  const db = mongo.connection;
  const runCommand = mongo.openLine();
  const visitors = db.model<VisitorRecord>("Visitor", visitorSchema);
  /** For what needs none of Mongoose: its casting costs more than the store. */
  const raw = db.collection<VisitorRecord>("visitors");
  const numbers = db.model("VisitorNumber", numberSchema);

  async function findAll(filter: object, most: number): Promise<Visitor[]> {
    const query = { find: "visitors", filter };
    return (await findAtMost<VisitorRecord>(runCommand, query, most)).map(toVisitor);
  }

  /** Asked for every socket that opens: thousands that come back at once are few questions. */
  const findOfToken = groupCalls<{ site: string; tokenHash: string }, Visitor | null>(
    async (asked) => {
      const sites = [...new Set(asked.map(({ site }) => site))];
      const hashes = asked.map(({ tokenHash }) => tokenHash);
      // A token may be asked for on several sites, and each site has its own.
      const most = sites.length * hashes.length;
      const found = await findAll({ site: { $in: sites }, tokenHash: { $in: hashes } }, most);
      const byToken = new Map(
        found.map((visitor) => [`${visitor.site} ${visitor.tokenHash}`, visitor]),
      );
      return asked.map(({ site, tokenHash }) => byToken.get(`${site} ${tokenHash}`) ?? null);
    },
    GROUP,
  );
  const findByToken = (site: string, tokenHash: string) => findOfToken({ site, tokenHash });

  /** Two first messages at once may each draw a number; the one that loses leaves a gap, no double. */
  async function drawNumber(site: string): Promise<number> {
    for (;;) {
      // As it was before: not every server of this protocol reads the new one in the same step.
      const counted = await numbers
        .findOneAndUpdate({ _id: site }, { $inc: { last: 1 } }, { returnDocument: "before" })
        .lean<{ last: number }>();
      if (counted !== null) return counted.last + 1;
      try {
        await numbers.create({ _id: site, site, last: 0 });
      } catch (error) {
        // Somebody else's first visitor came at the same moment and made the counter.
        if (!isDuplicateKey(error)) throw error;
      }
    }
  }

  return {
    async find(site, id) {
      const found = await visitors.findOne({ _id: id, site }).lean<VisitorRecord>();
      return found === null ? null : toVisitor(found);
    },
    findByToken,
    async findMany(ids) {
      return findAll({ _id: { $in: ids } }, ids.length);
    },
    async createOnce({ id, ...rest }) {
      const number = await drawNumber(rest.site);
      try {
        await raw.insertOne({ _id: id, number, ...rest });
        return { id, number, ...rest };
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        const stored = await findByToken(rest.site, rest.tokenHash);
        if (stored === null) throw error;
        return stored;
      }
    },
    async change(site, id, change, when) {
      const filter = { ...when, _id: id, site };
      const changed = await visitors
        .findOneAndUpdate(filter, { $set: change }, { returnDocument: "after" })
        .lean<VisitorRecord>();
      return changed === null ? null : toVisitor(changed);
    },
    async noteConsent(site, id, seq, frozenAt) {
      await visitors.updateOne(
        { _id: id, site },
        frozenAt === null
          ? { $set: { consentSeq: seq }, $unset: { frozenAt: 1 } }
          : { $set: { consentSeq: seq, frozenAt } },
      );
    },
    async listFrozen() {
      const found = await visitors
        .find({ frozenAt: { $gt: 0 }, revokedAt: null }, { _id: 1 })
        .lean<{ _id: string }[]>();
      return found.map(({ _id }) => _id);
    },
    async applyRetention(site, periodMs) {
      const cursor = visitors.find({ site }, { lastSeenAt: 1 }).lean<VisitorRecord[]>().cursor();
      for await (const { _id, lastSeenAt } of cursor)
        await visitors.updateOne(
          { _id, lastSeenAt },
          { expireAt: new Date(lastSeenAt + periodMs) },
        );
    },
  };
}
