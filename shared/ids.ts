/** Ids and tokens are random bytes in base64url without padding (RFC 4648, section 5). */
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** Bytes to base64url. `btoa` and `Buffer` differ by platform; this runs on both sides. */
export function encodeBase64Url(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      text += alphabet.charAt((held >> bits) & 63);
    }
    held &= (1 << bits) - 1;
  }
  if (bits > 0) text += alphabet.charAt((held << (6 - bits)) & 63);
  return text;
}

/** An id: 16 bytes. */
export const idPattern = /^[A-Za-z0-9_-]{22}$/;
/** A visitor's token: 32 bytes. */
export const tokenPattern = /^[A-Za-z0-9_-]{43}$/;

/** A new id from a source of random bytes (`crypto.getRandomValues` on both sides). */
export function makeId(fill: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array): string {
  return encodeBase64Url(fill(new Uint8Array(16)));
}

/** A new visitor's token. */
export function makeToken(fill: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array): string {
  return encodeBase64Url(fill(new Uint8Array(32)));
}
