import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { makeOptOutToken, readOptOutToken } from "../../server/mail/opt-out-token.js";

describe("an opt-out token", () => {
  const key = () => ({ links: { id: "k", bytes: randomBytes(32) } });
  const keys = key();
  const optOut = {
    siteId: "site",
    addressH: "ab".repeat(32),
    addressKeyId: "k1",
    masked: "b••••@example.org",
  };

  it("carries all that is needed to obey it, also where no record is left", () => {
    assert.deepEqual(readOptOutToken(keys, makeOptOutToken(keys, optOut)), optOut);
  });

  it("stands in an address as it is", () => {
    assert.match(makeOptOutToken(keys, optOut), /^[\w-]+\.[\w-]{43}$/);
  });

  it("is refused with any byte changed, by another key, and for any other text", () => {
    const token = makeOptOutToken(keys, optOut);
    assert.equal(readOptOutToken(key(), token), null);
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom("a", "Z", "0", "_"), (at, letter) => {
        const changed = token.slice(0, at) + letter + token.slice(at + 1);
        // The last letter's low bits are padding: the same signature in another spelling.
        if (changed === token || at === token.length - 1) return;
        assert.equal(readOptOutToken(keys, changed), null);
      }),
    );
    fc.assert(fc.property(fc.string(), (text) => readOptOutToken(keys, text) === null));
  });
});
