import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { checkLink, signLink } from "../../server/attachments/sign-link.js";

const key = { id: "k", bytes: randomBytes(32) };
const hour = 3_600_000;
const link = { attachment: "a".repeat(22), rendition: "full", reader: "v:visitor" };
const proofOf = (path: string): string => path.split("/")[5] ?? "";

describe("a photo's link", () => {
  it("opens until its expiry, which is a whole hour between one and two hours away", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e12 }), (now) => {
        const until = checkLink(key, link, proofOf(signLink(key, link, now)), now);
        assert.ok(until !== null && until % hour === 0);
        assert.ok(until - now >= hour && until - now <= 2 * hour);
      }),
    );
  });

  it("is the same all hour long, so that browsers keep the photo", () => {
    const start = 1_800_000_000_000;
    assert.equal(signLink(key, link, start + 1), signLink(key, link, start + hour - 1));
  });

  it("is dead from the moment of its expiry", () => {
    const now = 1_800_000_000_001;
    const proof = proofOf(signLink(key, link, now));
    const until = checkLink(key, link, proof, now) ?? 0;
    assert.equal(checkLink(key, link, proof, until - 1), until);
    assert.equal(checkLink(key, link, proof, until), null);
  });

  it("opens nothing else, and nothing under another key", () => {
    const now = Date.now();
    const proof = proofOf(signLink(key, link, now));
    const others = [
      { ...link, attachment: "b".repeat(22) },
      { ...link, rendition: "preview" },
      { ...link, reader: "o" },
      // Parts that would run together without their bounds.
      { ...link, rendition: "ful", reader: "lv:visitor" },
    ];
    for (const other of others) assert.equal(checkLink(key, other, proof, now), null);
    const otherKey = { id: "k", bytes: randomBytes(32) };
    assert.equal(checkLink(otherKey, link, proof, now), null);
  });

  it("no other proof is taken", () => {
    const now = Date.now();
    const genuine = proofOf(signLink(key, link, now));
    fc.assert(
      fc.property(fc.string({ maxLength: 80 }), (text) => {
        fc.pre(text !== genuine);
        assert.equal(checkLink(key, link, text, now), null);
      }),
    );
  });
});
