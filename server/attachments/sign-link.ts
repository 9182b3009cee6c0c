import { hmac, sameBytes } from "../infra/keys.js";
import type { Key } from "../infra/keys.js";

/** "v:VISITOR_ID", or "o" for the site's operators (whose session is asked for besides). */
export type LinkReader = string;

export interface ImageLink {
  attachment: string;
  /** A rendition's name, or `original`. */
  rendition: string;
  reader: LinkReader;
}

const hour = 60 * 60 * 1000;
/** Milliseconds a link lives at least; the expiry is rounded up, so that an hour's links are equal and cacheable. */
const leastLife = hour;

const base = 36;

const purpose = "attachment-link";

function sign(key: Key, link: ImageLink, expiry: string): Buffer {
  return hmac(key, purpose, JSON.stringify([link.attachment, link.rendition, link.reader, expiry]));
}

/** A path that opens one image for one reader until a moment between one and two hours from now. */
export function signLink(key: Key, link: ImageLink, now: number): string {
  const expiry = ((Math.ceil((now + leastLife) / hour) * hour) / 1000).toString(base);
  const signature = sign(key, link, expiry).toString("base64url");
  const parts = [link.attachment, link.rendition, link.reader].map(encodeURIComponent);
  return `/a/${parts.join("/")}/${expiry}.${signature}`;
}

/**
 * Checks the last part of a link's path, in constant time.
 * @returns the moment of its expiry, null when it is forged or past
 */
export function checkLink(key: Key, link: ImageLink, proof: string, now: number): number | null {
  const [expiry = "", signature = ""] = proof.split(".", 2);
  if (!/^[0-9a-z]{1,9}$/.test(expiry)) return null;
  const genuine = sameBytes(sign(key, link, expiry), Buffer.from(signature, "base64url"));
  const until = Number.parseInt(expiry, base) * 1000;
  return genuine && until > now ? until : null;
}
