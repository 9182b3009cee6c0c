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

/** A new visitor's token. */
export function makeToken(fill: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array): string {
  return encodeBase64Url(fill(new Uint8Array(32)));
}
