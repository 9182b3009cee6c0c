/** Both sides have it, and this is compiled with the types of neither. */
declare function btoa(bytes: string): string;

/** Bytes to base64url without padding (RFC 4648, section 5), which ids and tokens are. */
function encodeBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

/** An id: 16 bytes. */
export const idPattern = /^[A-Za-z0-9_-]{22}$/;
/** A visitor's token: 32 bytes. */
export const tokenPattern = /^[A-Za-z0-9_-]{43}$/;

/** A new id from a source of random bytes (`crypto.getRandomValues` on both sides). */
export function makeId(fill: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array): string {
  return encodeBase64Url(fill(new Uint8Array(16)));
}

/**
 * A new id that begins with the time: 4 bytes of seconds since 1970, then 12 random ones. An index of such ids
 * grows in one place at a time; where they are random from the first byte on, every new one touches an index page
 * of its own. Nothing reads the time from it: a clock that is wrong does no harm. `now`: milliseconds since 1970.
 * Not for what outlives an erasure: the id would still say when.
 */
export function makeOrderedId(
  fill: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array,
  now: number,
): string {
  const bytes = fill(new Uint8Array(16));
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(0, now / 1000);
  return encodeBase64Url(bytes);
}

/** A new visitor's token. */
export function makeToken(fill: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array): string {
  return encodeBase64Url(fill(new Uint8Array(32)));
}
