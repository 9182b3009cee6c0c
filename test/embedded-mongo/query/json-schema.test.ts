import assert from "node:assert/strict";
import { Decimal128, Double, Int32, Long } from "bson";
import { docOf } from "../../../server/embedded-mongo/bson/from-js.js";
import { compileFilter } from "../../../server/embedded-mongo/query/compile-filter.js";
import { compileSchema } from "../../../server/embedded-mongo/query/schema/compile-schema.js";

type Fields = Record<string, unknown>;

function matches(schema: Fields, doc: Fields): boolean {
  return compileFilter(docOf({ $jsonSchema: schema })).matches(docOf(doc));
}

/** A schema on the field `a`, with values that it takes and values that it does not. */
const cases: readonly [schema: Fields, taken: readonly unknown[], refused: readonly unknown[]][] = [
  [{ bsonType: "int" }, [1], [1.5, "1", null]],
  [{ bsonType: ["long", "string"] }, [Long.fromNumber(1), "x"], [1]],
  [{ bsonType: "number" }, [1, 1.5, Decimal128.fromString("1")], ["1"]],
  [{ type: "number" }, [1, 1.5], ["1"]],
  [{ type: ["boolean", "null"] }, [true, null], [0]],
  [{ enum: [1, "x", { p: 1, q: 2 }] }, [1, new Double(1), "x", { q: 2, p: 1 }], [2, { p: 1 }]],
  [{ minimum: 2, maximum: 3 }, [2, 2.5, 3, "other types pass", [9]], [1.9, 3.1]],
  [{ minimum: 2, exclusiveMinimum: true }, [2.1], [2]],
  [{ maximum: 2, exclusiveMaximum: true }, [1.9], [2]],
  [{ multipleOf: 0.1 }, [0.3, 1, new Int32(7), "x"], [0.35, Infinity]],
  [{ multipleOf: 3 }, [Long.fromString("9007199254740993"), 0, -6], [4, 3.5]],
  [{ minLength: 2, maxLength: 3 }, ["ab", "äöü", "𝄞𝄞", 1], ["a", "abcd"]],
  [{ pattern: "^a.c" }, ["abcd", 7], ["bc", "ac"]],
  [{ minItems: 1, maxItems: 2 }, [[1], [1, 2], "x"], [[], [1, 2, 3]]],
  [{ uniqueItems: true }, [[1, 2], [], [{ p: 1 }, { p: 2 }]], [[1, new Double(1)]]],
  [
    { uniqueItems: true },
    [],
    [
      [
        { p: 1, q: 2 },
        { q: 2, p: 1 },
      ],
    ],
  ],
  [{ uniqueItems: false }, [[1, 1]], []],
  [{ items: { type: "string" } }, [["a"], [], 4], [["a", 1]]],
  [{ items: [{ type: "string" }, { type: "number" }] }, [["a"], ["a", 1, null]], [["a", "b"]]],
  [{ items: [{}], additionalItems: false }, [[1], []], [[1, 2]]],
  [{ items: [{}], additionalItems: { type: "string" } }, [[1, "x"]], [[1, 2]]],
  [{ items: {}, additionalItems: false }, [[1, 2]], []],
  [{ required: ["p", "q"] }, [{ p: 1, q: null }, "x"], [{ p: 1 }]],
  [{ minProperties: 1, maxProperties: 2 }, [{ p: 1 }], [{}, { p: 1, q: 1, r: 1 }]],
  [{ properties: { p: { type: "string" } } }, [{ p: "x" }, { q: 1 }], [{ p: 1 }]],
  [{ patternProperties: { "^n": { type: "number" } } }, [{ n: 1, x: "x" }], [{ nn: "x" }]],
  [{ properties: { p: {} }, additionalProperties: false }, [{ p: 1 }, {}], [{ q: 1 }]],
  [
    { patternProperties: { "^p": {} }, additionalProperties: { type: "number" } },
    [{ pp: "x", q: 1 }],
    [{ q: "x" }],
  ],
  [{ dependencies: { p: ["q"] } }, [{ q: 1 }, { p: 1, q: 1 }], [{ p: 1 }]],
  [{ dependencies: { p: { required: ["q"] } } }, [{}, { p: 1, q: 1 }], [{ p: 1 }]],
  [{ allOf: [{ minimum: 1 }, { maximum: 2 }] }, [1], [0, 3]],
  [{ anyOf: [{ type: "string" }, { minimum: 5 }] }, ["x", 5], [4]],
  [{ oneOf: [{ type: "number" }, { minimum: 5 }] }, [4, "x"], [5]],
  [{ not: { type: "string" } }, [1, {}], ["x"]],
  [{ title: "t", description: "d" }, [1], []],
];

describe("embedded-mongo $jsonSchema", () => {
  for (const [schema, taken, refused] of cases)
    it(`reads ${JSON.stringify(schema)} as MongoDB does`, () => {
      const whole = { properties: { a: schema } };
      for (const a of taken) assert.equal(matches(whole, { a }), true, JSON.stringify(a));
      for (const a of refused) assert.equal(matches(whole, { a }), false, JSON.stringify(a));
      assert.equal(matches(whole, {}), true, "a field that is not there");
    });

  it("does not go through arrays, unlike other operators of a query", () => {
    assert.equal(matches({ properties: { a: { type: "number" } } }, { a: [1] }), false);
  });

  it("stands beside and under other operators", () => {
    const schema = { $jsonSchema: { required: ["a"] } };
    const filter = compileFilter(docOf({ b: 1, $nor: [schema], $or: [{ b: 1 }, schema] }));
    assert.equal(filter.matches(docOf({ b: 1 })), true);
    assert.equal(filter.matches(docOf({ b: 1, a: 1 })), false);
  });

  const malformed: readonly [schema: Fields, code: number][] = [
    [{ colour: 1 }, 9],
    [{ $ref: "#" }, 9],
    [{ format: "date" }, 9],
    [{ encrypt: {} }, 238],
    [{ type: "integer" }, 9],
    [{ type: "int" }, 9],
    [{ type: "object", bsonType: "object" }, 9],
    [{ bsonType: "colour" }, 2],
    [{ bsonType: 2 }, 14],
    [{ required: [] }, 9],
    [{ required: ["a", "a"] }, 9],
    [{ required: "a" }, 14],
    [{ properties: { a: 1 } }, 14],
    [{ minimum: "1" }, 14],
    [{ exclusiveMinimum: true }, 9],
    [{ minimum: 1, exclusiveMinimum: 2 }, 14],
    [{ minLength: -1 }, 9],
    [{ multipleOf: 0 }, 9],
    [{ pattern: "(" }, 51091],
    [{ enum: [] }, 9],
    [{ enum: [1, 1] }, 9],
    [{ allOf: [] }, 9],
    [{ not: 1 }, 14],
    [{ additionalProperties: 1 }, 14],
    [{ dependencies: { a: 1 } }, 9],
    [{ title: 1 }, 14],
  ];
  for (const [schema, code] of malformed)
    it(`refuses ${JSON.stringify(schema)} with ${code}`, () => {
      assert.throws(() => compileSchema(docOf(schema)), { code });
    });
});
