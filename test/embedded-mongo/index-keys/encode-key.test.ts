import assert from "node:assert/strict";
import { Decimal128, Double, Int32, Long } from "bson";
import fc from "fast-check";
import { compareValues } from "../../../server/embedded-mongo/bson/compare.js";
import type { Value } from "../../../server/embedded-mongo/bson/value.js";
import {
  encodeKey,
  encodeWhole,
  equalityKey,
  MAX_KEY_BYTES,
} from "../../../server/embedded-mongo/index-keys/encode-key.js";
import { arbitraryNumber, arbitraryValue, seed } from "../support/arbitrary-values.js";

const parameters = { seed, numRuns: 3000 };
const sign = (order: number) => Math.sign(order) + 0; // no negative zero
const direction = fc.constantFrom<1 | -1>(1, -1);

describe("embedded-mongo index keys: bytes that order as values do", function () {
  it("holds for values of all types, ascending and descending", function () {
    fc.assert(
      fc.property(arbitraryValue, arbitraryValue, direction, (a, b, way) => {
        const order = Buffer.compare(encodeWhole([a], [way]), encodeWhole([b], [way]));
        assert.equal(order, sign(way * compareValues(a, b)));
      }),
      parameters,
    );
  });

  it("holds for numbers of all types", function () {
    fc.assert(
      fc.property(arbitraryNumber, arbitraryNumber, (a, b) => {
        const order = Buffer.compare(encodeWhole([a], [1]), encodeWhole([b], [1]));
        assert.equal(order, sign(compareValues(a, b)));
      }),
      { seed, numRuns: 10_000 },
    );
  });

  it("holds for compound keys of mixed directions", function () {
    const pair = fc.tuple(arbitraryValue, arbitraryValue);
    fc.assert(
      fc.property(pair, pair, fc.tuple(direction, direction), (a, b, ways) => {
        const order = Buffer.compare(encodeWhole(a, ways), encodeWhole(b, ways));
        const first = sign(ways[0] * compareValues(a[0], b[0]));
        const second = sign(ways[1] * compareValues(a[1], b[1]));
        assert.equal(order, first === 0 ? second : first);
      }),
      parameters,
    );
  });

  it("makes no key the beginning of another", function () {
    fc.assert(
      fc.property(arbitraryValue, arbitraryValue, (a, b) => {
        const [first, second] = [encodeWhole([a], [1]), encodeWhole([b], [1])];
        if (first.length < second.length)
          assert.ok(!second.subarray(0, first.length).equals(first));
      }),
      parameters,
    );
  });

  it("gives equal numbers of different types the same bytes", function () {
    const keys = [new Int32(1), new Double(1), Long.fromInt(1), new Decimal128("1.000")].map(
      equalityKey,
    );
    assert.equal(new Set(keys).size, 1);
  });

  it("cuts a long key to its first bytes and a digest, and says so", function () {
    const long = (end: string): Value => "x".repeat(2000) + end;
    const [a, b] = [encodeKey([long("a")], [1]), encodeKey([long("b")], [1])];
    assert.equal(a.bytes.length, MAX_KEY_BYTES);
    assert.ok(a.truncated && b.truncated && !a.bytes.equals(b.bytes));
    assert.ok(a.bytes.equals(encodeKey([long("a")], [1]).bytes));
    assert.equal(encodeKey(["short"], [1]).truncated, false);
  });
});
