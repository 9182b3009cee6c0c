import { z } from "zod";
import { hmac, sameBytes, type Keys } from "../infra/keys.js";

/**
 * What an opt-out link carries: all that is needed to obey it, so that it works for ever, also for a
 * person whose every record was erased.
 */
export interface OptOut {
  siteId: string;
  /** Hash of the address, and the id of the key that made it. */
  addressH: string;
  addressKeyId: string;
  /** `b••••@example.org`, for the page that asks. */
  masked: string;
}

const payloadSchema = z.tuple([
  z.literal(1),
  z.string(),
  z.string().regex(/^[0-9a-f]{64}$/),
  z.string(),
  z.string(),
]);

/** `PAYLOAD.SIGNATURE`, both base64url; the signature is an HMAC-SHA-256 by the key for links. */
export function makeOptOutToken(keys: Pick<Keys, "links">, optOut: OptOut): string {
  const { siteId, addressH, addressKeyId, masked } = optOut;
  const json = JSON.stringify([1, siteId, addressH, addressKeyId, masked]);
  const payload = Buffer.from(json).toString("base64url");
  return `${payload}.${sign(keys, payload).toString("base64url")}`;
}

/** What the token says; null when it was not made here or was changed. */
export function readOptOutToken(keys: Pick<Keys, "links">, token: string): OptOut | null {
  const [payload = "", signature = "", ...more] = token.split(".");
  if (more.length > 0) return null;
  if (!sameBytes(sign(keys, payload), Buffer.from(signature, "base64url"))) return null;
  const parsed = payloadSchema.safeParse(JSON.parse(Buffer.from(payload, "base64url").toString()));
  if (!parsed.success) return null;
  const [, siteId, addressH, addressKeyId, masked] = parsed.data;
  return { siteId, addressH, addressKeyId, masked };
}

function sign(keys: Pick<Keys, "links">, payload: string): Buffer {
  return hmac(keys.links, "opt-out", payload);
}
