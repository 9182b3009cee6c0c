import assert from "node:assert/strict";
import { BSONRegExp, Decimal128, Double, Long, MaxKey, MinKey } from "bson";
import { docOf } from "../../../server/embedded-mongo/bson/from-js.js";
import { MongoError } from "../../../server/embedded-mongo/mongo-error.js";
import { compileFilter } from "../../../server/embedded-mongo/query/compile-filter.js";

type Fields = Record<string, unknown>;

function matches(filter: Fields, doc: Fields): boolean {
  return compileFilter(docOf(filter)).matches(docOf(doc));
}

/** What the MongoDB manual and server say: [filter, documents that match, documents that do not]. */
const cases: [title: string, filter: Fields, yes: Fields[], no: Fields[]][] = [
  [
    "equality by value over number types",
    { a: 1 },
    [{ a: 1 }, { a: Long.fromInt(1) }, { a: new Double(1) }, { a: new Decimal128("1.0") }],
    [{ a: "1" }, { a: true }, {}],
  ],
  [
    "null matches null and missing",
    { a: null },
    [{ a: null }, {}, { a: [null] }],
    [{ a: 0 }, { a: [] }, { a: "" }],
  ],
  [
    "null under a path",
    { "a.b": null },
    [{}, { a: 5 }, { a: {} }, { a: [{}] }, { a: { b: null } }],
    [{ a: [] }, { a: [1] }, { a: { b: 1 } }],
  ],
  ["an element of an array", { a: 1 }, [{ a: [1, 2] }, { a: 1 }], [{ a: [[1]] }, { a: [2] }]],
  [
    "a whole array",
    { a: [1, 2] },
    [{ a: [1, 2] }, { a: [[1, 2], 3] }],
    [{ a: [2, 1] }, { a: [1, 2, 3] }],
  ],
  [
    "a whole document, with its field order",
    { a: { x: 1, y: 2 } },
    [{ a: { x: 1, y: 2 } }, { a: [{ x: 1, y: 2 }] }],
    [{ a: { y: 2, x: 1 } }, { a: { x: 1 } }],
  ],
  [
    "a path through an array of documents",
    { "a.b": 1 },
    [{ a: [{ b: 2 }, { b: 1 }] }, { a: { b: [1] } }],
    [{ a: [1] }, { a: [[{ b: 1 }]] }],
  ],
  [
    "a path with an index",
    { "a.1": 2 },
    [{ a: [1, 2] }, { a: { 1: 2 } }, { a: [{ 1: 2 }] }],
    [{ a: [2, 1] }, { a: [1, [2]] }],
  ],
  [
    "a path through an index",
    { "a.0.b": 1 },
    [{ a: [{ b: 1 }] }, { a: [[{ b: 1 }]] }],
    [{ a: [{ b: 2 }, { b: 1 }] }],
  ],
  [
    "comparison within the type",
    { a: { $gt: 1 } },
    [{ a: 2 }, { a: [0, 5] }],
    [{ a: "2" }, { a: null }, {}, { a: [] }],
  ],
  [
    "each comparison for itself on arrays",
    { a: { $gt: 1, $lt: 3 } },
    [{ a: [0, 5] }, { a: 2 }],
    [{ a: [0, 1] }],
  ],
  ["$gte null as equality with null", { a: { $gte: null } }, [{ a: null }, {}], [{ a: 1 }]],
  ["NaN", { a: NaN }, [{ a: NaN }], [{ a: 1 }]],
  ["$lt with NaN among the values", { a: { $lt: 5 } }, [{ a: 4 }], [{ a: NaN }]],
  [
    "MinKey and MaxKey compare with every type",
    { a: { $gt: new MinKey() } },
    [{ a: 1 }, { a: "x" }, { a: null }],
    [{ a: new MinKey() }],
  ],
  ["$lt MaxKey", { a: { $lt: new MaxKey() } }, [{ a: 1 }, {}], [{ a: new MaxKey() }]],
  ["$ne", { a: { $ne: 1 } }, [{ a: 2 }, {}, { a: [2] }], [{ a: 1 }, { a: [1, 2] }]],
  [
    "$in with a regular expression and null",
    { a: { $in: [1, /^x/, null] } },
    [{ a: 1 }, { a: "xy" }, {}, { a: [3, "x"] }],
    [{ a: 2 }, { a: "yx" }],
  ],
  ["$in of nothing", { a: { $in: [] } }, [], [{ a: 1 }, {}]],
  ["$nin", { a: { $nin: [1, 2] } }, [{ a: 3 }, {}], [{ a: [3, 1] }]],
  ["$not", { a: { $not: { $gt: 1 } } }, [{ a: 1 }, {}, { a: "x" }], [{ a: 2 }, { a: [0, 2] }]],
  ["$exists", { a: { $exists: true } }, [{ a: null }, { a: [] }], [{}]],
  [
    "$exists false under a path",
    { "a.b": { $exists: false } },
    [{}, { a: [] }, { a: [{}] }],
    [{ a: [{ b: 1 }, {}] }],
  ],
  [
    "$type by name, number and alias",
    { a: { $type: ["string", 16, "array"] } },
    [{ a: "x" }, { a: 1 }, { a: [] }, { a: [true, "x"] }],
    [{ a: 1.5 }, {}],
  ],
  [
    "$type number",
    { a: { $type: "number" } },
    [{ a: 1 }, { a: 1.5 }, { a: Long.ONE }, { a: new Decimal128("1") }],
    [{ a: "1" }],
  ],
  [
    "$mod truncates",
    { a: { $mod: [4, 1] } },
    [{ a: 5 }, { a: 5.9 }, { a: [2, 9] }],
    [{ a: 4 }, { a: "5" }, { a: NaN }],
  ],
  [
    "$size",
    { a: { $size: 2 } },
    [{ a: [1, 2] }, { a: [[], []] }],
    [{ a: [1] }, { a: [[1, 2]] }, {}],
  ],
  ["$all", { a: { $all: [1, 2] } }, [{ a: [2, 1, 3] }], [{ a: [1] }, { a: 1 }]],
  ["$all of one value matches a plain field", { a: { $all: [1] } }, [{ a: 1 }], [{ a: 2 }]],
  ["$all of nothing", { a: { $all: [] } }, [], [{ a: [] }, {}]],
  [
    "$all with $elemMatch",
    { a: { $all: [{ $elemMatch: { x: 1 } }, { $elemMatch: { x: 2 } }] } },
    [{ a: [{ x: 1 }, { x: 2 }] }],
    [{ a: [{ x: 1 }] }],
  ],
  [
    "$elemMatch on one document",
    { a: { $elemMatch: { b: 1, c: 2 } } },
    [{ a: [{ b: 1, c: 2 }] }],
    [{ a: [{ b: 1 }, { c: 2 }] }, { a: { b: 1, c: 2 } }],
  ],
  [
    "$elemMatch on one value",
    { a: { $elemMatch: { $gt: 1, $lt: 3 } } },
    [{ a: [2] }],
    [{ a: [0, 5] }, { a: 2 }],
  ],
  [
    "$elemMatch with $or",
    { a: { $elemMatch: { $or: [{ b: 1 }, { c: 1 }] } } },
    [{ a: [{ c: 1 }] }],
    [{ a: [{ d: 1 }] }],
  ],
  [
    "$and, $or, $nor",
    { $or: [{ a: 1 }, { $and: [{ b: 1 }, { $nor: [{ c: 1 }] }] }] },
    [{ a: 1 }, { b: 1 }],
    [{ b: 1, c: 1 }, {}],
  ],
  [
    "regular expressions on text and on equal expressions",
    { a: /^ab/ },
    [{ a: "abc" }, { a: ["x", "ab"] }, { a: new BSONRegExp("^ab", "") }],
    [{ a: "cab" }, { a: 1 }],
  ],
  [
    "$regex with options",
    { a: { $regex: "B C", $options: "ix" } },
    [{ a: "xbcx" }],
    [{ a: "b c" }],
  ],
  ["$ before a last line feed", { a: /b$/ }, [{ a: "ab" }, { a: "ab\n" }], [{ a: "ab\n\n" }]],
  [
    "$bitsAllSet",
    { a: { $bitsAllSet: [0, 2] } },
    [{ a: 5 }, { a: 7 }],
    [{ a: 4 }, { a: 5.5 }, { a: "5" }],
  ],
  ["$bitsAnyClear on negative numbers", { a: { $bitsAnyClear: 1 } }, [{ a: -2 }], [{ a: -1 }]],
  [
    "a DBRef as a value",
    { a: { $ref: "c", $id: 1 } },
    [{ a: { $ref: "c", $id: 1 } }],
    [{ a: { $ref: "c", $id: 2 } }],
  ],
  ["$comment says nothing", { a: 1, $comment: "why" }, [{ a: 1 }], [{ a: 2 }]],
];

describe("embedded-mongo query: filters", function () {
  for (const [title, filter, yes, no] of cases)
    it(title, function () {
      for (const doc of yes) assert.equal(matches(filter, doc), true, JSON.stringify(doc));
      for (const doc of no) assert.equal(matches(filter, doc), false, JSON.stringify(doc));
    });

  const refusals: [title: string, filter: Fields, code: number, text: RegExp][] = [
    ["an unknown operator", { a: { $foo: 1 } }, 2, /unknown operator: \$foo/],
    ["an unknown operator at the top", { $foo: 1 }, 2, /unknown top level operator: \$foo/],
    ["$where, by name", { $where: "true" }, 238, /\$where/],
    ["$text, by name", { $text: { $search: "x" } }, 238, /\$text/],
    ["$near, by name", { a: { $near: [0, 0] } }, 238, /\$near/],
    ["a $jsonSchema that is none", { $jsonSchema: { a: 1 } }, 9, /Unknown \$jsonSchema keyword/],
    ["$in without an array", { a: { $in: 1 } }, 2, /\$in needs an array/],
    ["an empty $or", { $or: [] }, 2, /nonempty array/],
    ["a regular expression in $gt", { a: { $gt: /x/ } }, 2, /Can't have RegEx/],
    ["$mod by zero", { a: { $mod: [0, 1] } }, 2, /divisor cannot be 0/],
    ["look-behind", { a: { $regex: "(?<=a)b" } }, 51091, /linear-time/],
    ["a back-reference", { a: { $regex: "(a)\\1" } }, 51091, /linear-time/],
    ["an unknown flag", { a: { $regex: "a", $options: "g" } }, 51108, /invalid flag/],
    ["an unknown type", { a: { $type: "integer" } }, 2, /Unknown type name alias: integer/],
  ];
  for (const [title, filter, code, text] of refusals)
    it(`refuses ${title}`, function () {
      assert.throws(
        () => compileFilter(docOf(filter)),
        (error) => error instanceof MongoError && error.code === code && text.test(error.message),
      );
    });

  it("refuses nesting that would exhaust the stack", function () {
    let filter: Fields = { a: 1 };
    for (let i = 0; i < 150; i++) filter = { $and: [filter] };
    assert.throws(() => compileFilter(docOf(filter)), /maximum query tree depth/);
  });

  it("answers a catastrophic expression at once", function () {
    const filter = compileFilter(docOf({ a: { $regex: "^(a+)+$" } }));
    const started = performance.now();
    assert.equal(filter.matches(docOf({ a: `${"a".repeat(20_000)}!` })), false);
    assert.ok(performance.now() - started < 2000);
  });

  it("refuses an expression that would take long to compile, and takes large ones that do not", function () {
    const compile = (pattern: string) => compileFilter(docOf({ a: { $regex: pattern } }));
    for (const pattern of [
      "a?".repeat(5000),
      "a{1000}".repeat(30),
      "(".repeat(5000),
      "((a{30}){30}){30}",
    ])
      assert.throws(() => compile(pattern), /too large for this server/);
    for (const pattern of ["[a-z]{1000}", "(ab|cd){100}", "x{2,}\\{999}[{500}]", "a".repeat(1900)])
      compile(pattern);
  });

  it("gives the position in the outermost array for the positional $", function () {
    const position = (filter: Fields, doc: Fields) =>
      compileFilter(docOf(filter)).arrayPosition(docOf(doc));
    assert.equal(position({ a: 5 }, { a: [4, 5] }), 1);
    assert.equal(position({ "a.b": 2 }, { a: [{ b: [1] }, { b: [3, 2] }] }), 1);
    assert.equal(position({ a: { $elemMatch: { b: 2 } } }, { a: [{ b: 1 }, { b: 2 }] }), 1);
    assert.equal(position({ a: 5 }, { a: 5 }), undefined);
  });

  it("tells the planner what an index can answer", function () {
    const { node } = compileFilter(docOf({ a: { $gt: 1 }, b: /^x/, c: { $in: [1] } }));
    assert.deepEqual(node.op === "and" && node.children.map(({ op }) => op), [
      "cmp",
      "regex",
      "in",
    ]);
    const regex = compileFilter(docOf({ b: /^abc?/ })).node;
    assert.equal(regex.op === "regex" && regex.prefix, "ab");
    for (const source of [/^a|b/, /^a/i, /^a/m, /a/, /^.a/])
      assert.equal("prefix" in compileFilter(docOf({ b: source })).node, false, String(source));
  });
});
