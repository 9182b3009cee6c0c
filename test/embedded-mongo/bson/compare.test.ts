import assert from "node:assert/strict";
import { Binary, Decimal128, Double, Int32, Long, MaxKey, MinKey, ObjectId, Timestamp } from "bson";
import fc from "fast-check";
import {
  compareStrings,
  compareValues,
  equalValues,
} from "../../../server/embedded-mongo/bson/compare.js";
import { docOf } from "../../../server/embedded-mongo/bson/from-js.js";
import { undefinedValue, type Value } from "../../../server/embedded-mongo/bson/value.js";
import {
  arbitraryNumber,
  arbitraryText,
  arbitraryValue,
  seed,
} from "../support/arbitrary-values.js";

const parameters = { seed, numRuns: 2000 };
const sign = (order: number) => Math.sign(order) + 0; // no negative zero

describe("embedded-mongo bson: the order of values", function () {
  it("is total: antisymmetric and transitive", function () {
    fc.assert(
      fc.property(arbitraryValue, arbitraryValue, arbitraryValue, (a, b, c) => {
        assert.equal(sign(compareValues(a, b)) + sign(compareValues(b, a)), 0);
        assert.equal(compareValues(a, a), 0);
        if (compareValues(a, b) <= 0 && compareValues(b, c) <= 0)
          assert.ok(compareValues(a, c) <= 0);
      }),
      parameters,
    );
  });

  it("is transitive over numbers of all types", function () {
    fc.assert(
      fc.property(arbitraryNumber, arbitraryNumber, arbitraryNumber, (a, b, c) => {
        if (compareValues(a, b) <= 0 && compareValues(b, c) <= 0)
          assert.ok(compareValues(a, c) <= 0);
      }),
      parameters,
    );
  });

  it("puts the types in MongoDB's order", function () {
    const values: Value[] = [
      new MinKey(),
      undefinedValue,
      null,
      new Int32(5),
      "text",
      docOf({ a: 1 }),
      [new Int32(1)],
      new Binary(Buffer.from("x")),
      new ObjectId(),
      false,
      new Date(),
      new Timestamp({ t: 1, i: 1 }),
      new MaxKey(),
    ];
    assert.deepEqual(values.toReversed().sort(compareValues), values);
  });

  it("compares numbers by value, whatever their type", function () {
    const ones = [new Int32(1), new Double(1), Long.fromInt(1), new Decimal128("1.00")];
    for (const a of ones) for (const b of ones) assert.ok(equalValues(a, b));
    assert.ok(compareValues(new Double(2 ** 53), Long.fromString("9007199254740993")) < 0);
    assert.ok(compareValues(new Double(0.1), new Decimal128("0.1")) > 0);
    assert.ok(compareValues(new Double(NaN), new Double(-Infinity)) < 0);
    assert.ok(equalValues(new Double(-0), new Int32(0)));
  });

  it("compares text by code point, not by UTF-16 unit", function () {
    assert.ok(compareStrings("\uffff", "\u{1f600}") < 0);
    fc.assert(
      fc.property(arbitraryText, arbitraryText, (a, b) => {
        assert.equal(sign(compareStrings(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
      parameters,
    );
  });

  it("counts the order of fields, and types before names", function () {
    assert.ok(!equalValues(docOf({ a: 1, b: 2 }), docOf({ b: 2, a: 1 })));
    assert.ok(compareValues(docOf({ z: 1 }), docOf({ a: "text" })) < 0);
    assert.ok(compareValues(docOf({ a: 1 }), docOf({ a: 1, b: 1 })) < 0);
  });

  it("orders binary data by length first", function () {
    assert.ok(compareValues(new Binary(Buffer.from("z")), new Binary(Buffer.from("aa"))) < 0);
  });
});
