import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  sign,
  verify,
  type KeyObject,
} from "node:crypto";
import type { Key } from "../infra/keys.js";
import { canonicalJson, type ChainLink } from "./chain-link.js";

/** The newest record of a chain at some moment, signed; kept outside the store. */
export interface ChainHead {
  site: string;
  chain: string;
  seq: number;
  hash: string;
  at: number;
  /** Until when that record is kept; afterwards its absence is no fault. */
  expireAt: number;
  keyId: string;
  /** 1 where somebody with the keys said that an older backup was put back: earlier heads no longer bind. */
  restart: number;
  /** Ed25519 over the canonical JSON of all other fields, base64url. */
  signature: string;
}

/** PKCS #8 wrapping of a 32-byte Ed25519 seed (RFC 8410, section 7). */
const pkcs8Prefix = Buffer.from("302e020100300506032b657004220420", "hex");

const signingKeys = new WeakMap<Key, KeyObject>();

/** The signing key is derived from the evidence key, so that there is no further secret to back up. */
function signingKey(key: Key): KeyObject {
  const held = signingKeys.get(key);
  if (held !== undefined) return held;
  const seed = createHmac("sha256", key.bytes).update("chain-head-signature").digest();
  const made = createPrivateKey({
    key: Buffer.concat([pkcs8Prefix, seed]),
    format: "der",
    type: "pkcs8",
  });
  signingKeys.set(key, made);
  return made;
}

/** What anybody needs to check exported heads (PEM): it opens and makes nothing. */
export function headPublicKey(key: Key): string {
  return createPublicKey(signingKey(key)).export({ type: "spki", format: "pem" }).toString();
}

const signed = (head: Omit<ChainHead, "signature">): Buffer => Buffer.from(canonicalJson(head));

export function signHead(
  key: Key,
  chain: string,
  last: ChainLink,
  now: number,
  restart = false,
): ChainHead {
  const head = {
    site: last.site,
    chain,
    seq: last.seq,
    hash: last.hash,
    at: now,
    expireAt: last.expireAt.getTime(),
    keyId: key.id,
    restart: restart ? 1 : 0,
  };
  return { ...head, signature: sign(null, signed(head), signingKey(key)).toString("base64url") };
}

export function holdsSignature(key: Key, head: ChainHead): boolean {
  const { signature, ...content } = head;
  return verify(
    null,
    signed(content),
    createPublicKey(signingKey(key)),
    Buffer.from(signature, "base64url"),
  );
}
