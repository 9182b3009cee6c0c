import { Schema, type Connection } from "mongoose";
import { storedUnlessTaken } from "../infra/duplicate-key.js";
import type { ChainCollection } from "./chain.js";
import type { ChainLink } from "./chain-link.js";

/** Somebody's act on somebody's data. Hashes and names of fields only: never the data itself. */
export interface AuditRecord extends ChainLink {
  /** An operator's id, `visitor`, or `server`. */
  actor: string;
  act: string;
  /** HMAC of what was acted on; null where there is no such thing. */
  targetH: string | null;
  basis: string | null;
  details: Record<string, unknown>;
}

export interface AuditCollection extends ChainCollection<AuditRecord> {
  /** Newest first, older than `beforeSeq`. */
  listBefore(site: string, beforeSeq: number, limit: number): Promise<AuditRecord[]>;
}

export interface ChainStores {
  audit: AuditCollection;
  disclosures: AuditCollection;
  erasures: AuditCollection;
}

/** Audit, disclosures and the ledger of erasures: insert and read, nothing else. */
export function createChainStores(db: Connection): ChainStores {
  const open = (name: string): AuditCollection => {
    const schema = new Schema<AuditRecord & { _id: string }>(
      {
        _id: String,
        site: String,
        seq: Number,
        at: Number,
        actor: String,
        act: String,
        targetH: String,
        basis: String,
        details: Schema.Types.Mixed,
        expireAt: Date,
        prevExpireAt: Date,
        keyId: String,
        prevHash: String,
        hash: String,
      },
      { autoIndex: false, minimize: false, versionKey: false, collection: name },
    );
    schema.index({ site: 1, seq: 1 }, { unique: true });
    schema.index({ expireAt: 1 }, { expireAfterSeconds: 0 });
    const model = db.model(name, schema);
    return {
      async findLast(site) {
        return model.findOne({ site }, { _id: 0 }).sort({ seq: -1 }).lean<AuditRecord>();
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
          .lean<AuditRecord[]>();
      },
      async listBefore(site, beforeSeq, limit) {
        return model
          .find({ site, seq: { $lt: beforeSeq } }, { _id: 0 })
          .sort({ seq: -1 })
          .limit(limit)
          .lean<AuditRecord[]>();
      },
      async sites() {
        return model.distinct("site");
      },
    };
  };
  return {
    audit: open("audit"),
    disclosures: open("disclosures"),
    erasures: open("erasure_ledger"),
  };
}
