import { Schema, type Connection } from "mongoose";

/** What opens the privacy page: a ticket from the panel, a mailed link, or the page's own session. */
export type LinkKind = "ticket" | "mail" | "session" | "parent";

export interface PrivacyLink {
  /** SHA-256 of the token, hex. */
  tokenHash: string;
  site: string;
  kind: LinkKind;
  visitorId: string | null;
  /** A mail address, sealed; null for a visitor. */
  address: string | null;
  /** What the page behind it speaks; empty for the reader's own. */
  language: string;
  expireAt: Date;
}

export interface PrivacyLinkStore {
  save(link: PrivacyLink): Promise<void>;
  /** Takes the link, so that a second use finds none; null when it is unknown or over. */
  spend(tokenHash: string, kinds: readonly LinkKind[], now: number): Promise<PrivacyLink | null>;
  find(tokenHash: string, kinds: readonly LinkKind[], now: number): Promise<PrivacyLink | null>;
}

type LinkRecord = Omit<PrivacyLink, "tokenHash"> & { _id: string };

const schema = new Schema<LinkRecord>(
  {
    _id: { type: String, required: true },
    site: { type: String, required: true },
    kind: { type: String, required: true },
    visitorId: { type: String, default: null },
    address: { type: String, default: null },
    language: { type: String, default: "" },
    expireAt: { type: Date, required: true },
  },
  { autoIndex: false, versionKey: false, collection: "privacy_links" },
);
schema.index({ expireAt: 1 }, { expireAfterSeconds: 0 });

export function createPrivacyLinkStore(db: Connection): PrivacyLinkStore {
  const model = db.model("PrivacyLink", schema);
  const toLink = (record: LinkRecord | null): PrivacyLink | null => {
    if (record === null) return null;
    const { _id: tokenHash, ...rest } = record;
    return { tokenHash, ...rest };
  };
  const open = (tokenHash: string, kinds: readonly LinkKind[], now: number) => ({
    _id: tokenHash,
    kind: { $in: kinds },
    expireAt: { $gt: new Date(now) },
  });
  return {
    async save({ tokenHash, ...rest }) {
      await model.create({ _id: tokenHash, ...rest });
    },
    async spend(tokenHash, kinds, now) {
      return toLink(await model.findOneAndDelete(open(tokenHash, kinds, now)).lean<LinkRecord>());
    },
    async find(tokenHash, kinds, now) {
      return toLink(await model.findOne(open(tokenHash, kinds, now)).lean<LinkRecord>());
    },
  };
}
