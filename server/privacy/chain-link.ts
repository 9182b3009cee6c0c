import { createHmac, timingSafeEqual } from "node:crypto";

/** One record of a chain as it is stored, apart from what it says: its place and the seal over both. */
export interface ChainLink {
  site: string;
  /** Place in the site's chain: 1, 2, 3 … without a hole. */
  seq: number;
  /** By the server's clock; no caller sets it (hard test 10). */
  at: number;
  /** Never earlier than the previous record's, so that expiry takes records from the old end only. */
  expireAt: Date;
  /** Until when the record before it was due to be kept: tells expiry from a cut. Null for the first. */
  prevExpireAt: Date | null;
  /** Id of the evidence key that sealed it. */
  keyId: string;
  prevHash: string;
  hash: string;
}

/** What a chain's first record follows. */
export const chainStart = "0".repeat(64);

/**
 * One text for one value: object keys in code-unit order, nothing undefined, no spaces. Numbers
 * that JSON cannot say are refused, because they would be sealed as `null`.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === "boolean" || typeof value === "string")
    return JSON.stringify(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError("A chain cannot hold NaN or an infinity.");
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (value instanceof Date) return JSON.stringify(value.toISOString());
  if (typeof value === "object") {
    const fields = Object.entries(value)
      .filter(([, held]) => held !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, held]) => `${JSON.stringify(name)}:${canonicalJson(held)}`);
    return `{${fields.join(",")}}`;
  }
  throw new TypeError(`A chain cannot hold a ${typeof value}.`);
}

/** The seal over a record and the one before it: HMAC-SHA-256, hex. `hash` and `_id` are no part of it. */
export function sealLink(key: Buffer, prevHash: string, record: object): string {
  const content = Object.fromEntries(
    Object.entries(record).filter(([name]) => name !== "hash" && name !== "_id"),
  );
  return createHmac("sha256", key).update(prevHash).update(canonicalJson(content)).digest("hex");
}

/** Whether the seal on a record is the one that the key makes. */
export function holdsSeal(key: Buffer, record: ChainLink): boolean {
  const due = Buffer.from(sealLink(key, record.prevHash, record), "hex");
  const found = Buffer.from(record.hash, "hex");
  return due.length === found.length && timingSafeEqual(due, found);
}
