import assert from "node:assert/strict";
import fc from "fast-check";
import { idPattern, makeId, makeToken, tokenPattern } from "../../shared/ids.js";

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
});
