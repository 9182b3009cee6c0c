import assert from "node:assert/strict";
import { randomFillSync } from "node:crypto";
import fc from "fast-check";
import { idPattern, makeId, makeOrderedId, makeToken, tokenPattern } from "../../shared/ids.js";

const random = (bytes: Uint8Array<ArrayBuffer>) => randomFillSync(bytes);
const bytesOf = (id: string) => Buffer.from(id, "base64url");

describe("ids and tokens", () => {
  it("are base64url, as Node writes it", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (source) => {
        const fill = (bytes: Uint8Array<ArrayBuffer>) => {
          bytes.set(source.subarray(0, bytes.length));
          return bytes;
        };
        const id = makeId(fill);
        assert.equal(id, Buffer.from(source.subarray(0, 16)).toString("base64url"));
        assert.match(id, idPattern);
        const token = makeToken(fill);
        assert.equal(token, Buffer.from(source).toString("base64url"));
        assert.match(token, tokenPattern);
      }),
    );
  });

  it("an ordered one begins with its time, and the rest is random", () => {
    for (const now of [0, 999, 1000, Date.UTC(2026, 10, 29, 17, 6, 23, 456), 2 ** 32 * 1000 - 1]) {
      const [one, other] = [makeOrderedId(random, now), makeOrderedId(random, now)];
      assert.match(one, idPattern);
      assert.equal(bytesOf(one).readUInt32BE(0), Math.floor(now / 1000));
      assert.notDeepEqual(bytesOf(one).subarray(4), bytesOf(other).subarray(4));
    }
  });
});
