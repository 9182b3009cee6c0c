import { randomFillSync } from "node:crypto";
import { makeId } from "../../shared/ids.js";

/** Asking the system for 16 bytes costs as much as for 4096. */
const pool = new Uint8Array(4096);
let used = pool.length;

/** A new id: 16 random bytes, base64url. */
export function randomId(): string {
  return makeId((bytes) => {
    if (used + bytes.length > pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    bytes.set(pool.subarray(used, used + bytes.length));
    used += bytes.length;
    return bytes;
  });
}
