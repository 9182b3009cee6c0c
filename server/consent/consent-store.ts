import { Schema, type Connection } from "mongoose";
import type { Choices, ConsentMethod, Purpose } from "../../shared/consent.js";
import { storedUnlessTaken } from "../infra/duplicate-key.js";
import type { ChainCollection } from "../privacy/chain.js";
import type { ChainLink } from "../privacy/chain-link.js";

/** What somebody did to their consent. `confirm`: by the link that was mailed. */
export type ConsentAction = "grant" | "refuse" | "withdraw" | "restrict" | "object" | "confirm";

/** One piece of evidence: hashes and ciphertext only, so that an erasure never breaks the chain. */
export interface ConsentRecord extends ChainLink {
  subjectH: string;
  action: ConsentAction;
  choices: Choices;
  /** Purposes that the person forbade, whatever they granted (JPEGR-08). */
  restricted: Purpose[];
  method: ConsentMethod;
  policyVersion: number;
  /** SHA-256 of the text that was shown; null where the site's own banner asked. */
  textHash: string | null;
  language: string;
  /** Origin and path of the page with the form; null where it is not known. */
  formUrl: string | null;
  analyticsH: string | null;
  ipEnc: string;
  gpc: boolean;
  dnt: boolean;
  ofAge: boolean;
}

/** Evidence is added and read. There is no change and no removal, here or anywhere (XIM-02). */
export interface ConsentStore extends ChainCollection<ConsentRecord> {
  findNewest(site: string, subjectH: string): Promise<ConsentRecord | null>;
  findByAnalytics(site: string, analyticsH: string): Promise<ConsentRecord | null>;
  listOf(site: string, subjectH: string): Promise<ConsentRecord[]>;
  /** Newest first, older than `beforeSeq`. */
  listBefore(site: string, beforeSeq: number, limit: number): Promise<ConsentRecord[]>;
}

const schema = new Schema<ConsentRecord & { _id: string }>(
  {
    _id: String,
    site: String,
    seq: Number,
    at: Number,
    subjectH: String,
    action: String,
    choices: Schema.Types.Mixed,
    restricted: [String],
    // JPEGR-10: whatever a caller says, "implied" is refused by the store itself.
    method: { type: String, enum: ["notice", "settings", "site_banner", "tcf", "form", "signal"] },
    policyVersion: Number,
    textHash: String,
    language: String,
    formUrl: String,
    analyticsH: String,
    ipEnc: String,
    gpc: Boolean,
    dnt: Boolean,
    ofAge: Boolean,
    expireAt: Date,
    prevExpireAt: Date,
    keyId: String,
    prevHash: String,
    hash: String,
  },
  { autoIndex: false, minimize: false, versionKey: false, collection: "consents" },
);
schema.index({ site: 1, seq: 1 }, { unique: true });
schema.index({ site: 1, subjectH: 1, seq: -1 });
schema.index({ site: 1, analyticsH: 1, seq: -1 });
schema.index({ expireAt: 1 }, { expireAfterSeconds: 0 });

export function createConsentStore(db: Connection): ConsentStore {
  const model = db.model("Consent", schema);
  const newest = (filter: Record<string, string>) =>
    model.findOne(filter, { _id: 0 }).sort({ seq: -1 }).lean<ConsentRecord>();
  return {
    findLast: (site) => newest({ site }),
    findNewest: (site, subjectH) => newest({ site, subjectH }),
    findByAnalytics: (site, analyticsH) => newest({ site, analyticsH }),
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
        .lean<ConsentRecord[]>();
    },
    async listOf(site, subjectH) {
      return model.find({ site, subjectH }, { _id: 0 }).sort({ seq: 1 }).lean<ConsentRecord[]>();
    },
    async listBefore(site, beforeSeq, limit) {
      return model
        .find({ site, seq: { $lt: beforeSeq } }, { _id: 0 })
        .sort({ seq: -1 })
        .limit(limit)
        .lean<ConsentRecord[]>();
    },
    async sites() {
      return model.distinct("site");
    },
  };
}
