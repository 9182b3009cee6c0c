import { Schema, type Connection } from "mongoose";
import { storedUnlessTaken } from "../infra/duplicate-key.js";
import type { ChainCollection } from "./chain.js";
import type { ChainLink } from "./chain-link.js";

/** The words of the consent notice in one language. */
export interface NoticeText {
  title: string;
  text: string;
}

/** A published policy: never changed, only followed by another (JIVO-09). */
export interface PolicyRecord extends ChainLink {
  version: number;
  /** From when it holds; consents to what it replaces end then if the change is material. */
  effectiveAt: number;
  material: boolean;
  /** What changed, in words for the visitor. */
  changes: string;
  /** By language; the one under `en` serves every language that has none. */
  notices: Record<string, NoticeText>;
  /** The policy itself: plain text, paragraphs parted by an empty line. */
  text: string;
  /** SHA-256 of `text`, hex. */
  sha256: string;
}

/** Published texts hold no personal data; they are kept as long as a consent may refer to them. */
export interface PolicyStore extends ChainCollection<PolicyRecord> {
  listAll(site: string): Promise<PolicyRecord[]>;
}

const schema = new Schema<PolicyRecord & { _id: string }>(
  {
    _id: String,
    site: String,
    seq: Number,
    at: Number,
    version: Number,
    effectiveAt: Number,
    material: Boolean,
    changes: String,
    notices: Schema.Types.Mixed,
    text: String,
    sha256: String,
    expireAt: Date,
    prevExpireAt: Date,
    keyId: String,
    prevHash: String,
    hash: String,
  },
  { autoIndex: false, minimize: false, versionKey: false, collection: "policies" },
);
schema.index({ site: 1, seq: 1 }, { unique: true });
schema.index({ site: 1, version: 1 }, { unique: true });

export function createPolicyStore(db: Connection): PolicyStore {
  const model = db.model("Policy", schema);
  return {
    async findLast(site) {
      return model.findOne({ site }, { _id: 0 }).sort({ seq: -1 }).lean<PolicyRecord>();
    },
    async insert(record) {
      return storedUnlessTaken(() =>
        model.create({ _id: `${record.site}/${record.seq}`, ...record }),
      );
    },
    async list(site, fromSeq, limit) {
      return model
        .find({ site, seq: { $gte: fromSeq } }, { _id: 0 })
        .sort({ seq: 1 })
        .limit(limit)
        .lean<PolicyRecord[]>();
    },
    async listAll(site) {
      return model.find({ site }, { _id: 0 }).sort({ version: 1 }).lean<PolicyRecord[]>();
    },
    async sites() {
      return model.distinct("site");
    },
  };
}
