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
 * A new id for what is stored in the order in which it is made (a conversation, a message): it begins with the
 * time in 6 bytes, as a UUIDv7 does (RFC 9562, section 5.7), the other 10 are random. Indexes then grow in few
 * places at a time; with ids that are random from the first byte on, nearly every message touches an index page
 * of its own. Nothing reads the time from it: a clock that is wrong does no harm. `now`: milliseconds since 1970.
 */
export function makeOrderedId(
  fill: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array,
  now: number,
): string {
  return makeId((bytes) => {
    fill(bytes);
    const time = new DataView(bytes.buffer);
    time.setUint32(0, now / 65536);
    time.setUint16(4, now);
    return bytes;
  });
}

/** A new visitor's token. */
export function makeToken(fill: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array): string {
  return encodeBase64Url(fill(new Uint8Array(32)));
}
