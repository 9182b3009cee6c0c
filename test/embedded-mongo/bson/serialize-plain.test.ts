import assert from "node:assert/strict";
import { Binary, ObjectId, serialize } from "bson";
import fc from "fast-check";
import { serializePlain } from "../../../server/embedded-mongo/bson/serialize-plain.js";

const leaf = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.string({ maxLength: 80 }),
  fc.integer(),
  fc.double(),
  fc.constantFrom(0, -0, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), -(2 ** 31) - 1, NaN, Infinity, 2 ** 53),
  fc.boolean(),
  fc.constantFrom(null, undefined),
  fc.date({ noInvalidDate: true }),
);
const name = fc
  .string({ unit: "binary", maxLength: 70 })
  .filter((text) => !text.includes("\0") && text !== "__proto__" && text !== "toBSON");
const { object } = fc.letrec<{ object: Record<string, unknown>; value: unknown }>((tie) => ({
  value: fc.oneof({ depthSize: "small" }, leaf, tie("object"), fc.array(tie("value"))),
  object: fc.dictionary(name, tie("value"), { noNullPrototype: true, maxKeys: 6 }),
}));

describe("the writer of plain objects as BSON", () => {
  it("writes what the bson package writes, behind the bytes asked for", () => {
    fc.assert(
      fc.property(object, fc.nat(40), (value, headBytes) => {
        const written = serializePlain(value, headBytes);
        assert.ok(written !== null);
        assert.deepEqual(written.subarray(0, headBytes), Buffer.alloc(headBytes));
        assert.deepEqual(written.subarray(headBytes), Buffer.from(serialize(value)));
      }),
      { numRuns: 500 },
    );
  });

  it("grows for what is large, and is as before for what comes next", () => {
    const large = {
      list: Array.from({ length: 3000 }, (_, at) => ({ at, text: "é".repeat(500) })),
    };
    for (const value of [large, { small: 1 }, large])
      assert.deepEqual(serializePlain(value, 0), Buffer.from(serialize(value)));
  });

  it("leaves to the bson package what it does not write", () => {
    let deep: Record<string, unknown> = {};
    for (let depth = 0; depth < 30; depth += 1) deep = { deep };
    class Point {
      x = 1;
    }
    const unusual: unknown[] = [
      new ObjectId(),
      new Binary(Buffer.from("bytes")),
      Buffer.from("bytes"),
      1n,
      /pattern/,
      new Map([["a", 1]]),
      new Date(NaN),
      new Point(),
      { toBSON: () => 1 },
      () => 1,
      Symbol("s"),
      deep,
      { "a\0b": 1 },
    ];
    for (const value of unusual) {
      assert.equal(serializePlain({ value }, 0), null, String(value));
      assert.equal(serializePlain({ list: [{ value }] }, 0), null, String(value));
    }
    assert.deepEqual(serializePlain({ plain: 1 }, 0), Buffer.from(serialize({ plain: 1 })));
  });
});
