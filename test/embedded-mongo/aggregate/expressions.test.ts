import assert from "node:assert/strict";
import { Decimal128, Double, Int32, Long, ObjectId } from "bson";
import fc from "fast-check";
import {
  commandVariables,
  compileExpression,
} from "../../../server/embedded-mongo/aggregate/compile-expression.js";
import { equalValues } from "../../../server/embedded-mongo/bson/compare.js";
import { docOf, fromJs } from "../../../server/embedded-mongo/bson/from-js.js";
import { serializeDoc } from "../../../server/embedded-mongo/bson/serialize-bson.js";
import type { Doc, Value } from "../../../server/embedded-mongo/bson/value.js";
import { MongoError } from "../../../server/embedded-mongo/mongo-error.js";
import {
  arbitraryDoc,
  arbitraryNumber,
  arbitraryValue,
  seed,
} from "../support/arbitrary-values.js";

function evaluate(expression: unknown, doc: Doc = new Map()): Value | undefined {
  const { frame, now } = commandVariables();
  return compileExpression(fromJs(expression))({ root: doc, frame, now });
}

/** Shows a value with its types; `undefined` is a missing value. */
function shown(value: Value | undefined): string {
  return value === undefined ? "missing" : serializeDoc(new Map([["v", value]])).toString("hex");
}

const date = new Date("2024-03-10T12:34:56.789Z");
const doc = {
  a: 5,
  b: [1, 2, 3],
  c: "Text",
  d: date,
  e: { x: [{ y: 1 }, { y: 2 }, 3] },
  n: null,
  f: 2.5,
};
const long = (n: number) => Long.fromNumber(n);
const decimal = (text: string) => new Decimal128(text);
const double = (n: number) => new Double(n);

const cases: [expression: unknown, expected: unknown][] = [
  ["$a", 5],
  ["$e.x.y", [1, 2]],
  ["$$ROOT.a", 5],
  [{ $literal: "$a" }, "$a"],
  [{ k: "$a", gone: "$zz" }, { k: 5 }],
  [
    ["$a", "$zz"],
    [5, null],
  ],
  // arithmetic keeps MongoDB's types
  [{ $add: [1, 2] }, 3],
  [{ $add: [2147483647, 1] }, long(2147483648)],
  [{ $add: [1, long(2)] }, long(3)],
  [{ $add: [1, double(2)] }, double(3)],
  [{ $add: [decimal("0.1"), 1] }, decimal("1.1")],
  [{ $add: ["$d", 1000] }, new Date(date.getTime() + 1000)],
  [{ $add: ["$n", 1] }, null],
  [
    { $add: [0.1, 0.2, 0.3, -0.6] },
    double(0.1 + 0.2 + 0.3 - 0.6 === 0 ? 0 : 2.7755575615628914e-17),
  ],
  [{ $subtract: ["$d", new Date(0)] }, long(date.getTime())],
  [{ $subtract: [1, 3] }, -2],
  [{ $multiply: ["$a", double(2)] }, double(10)],
  [{ $divide: [6, 4] }, double(1.5)],
  [{ $divide: [decimal("1"), 3] }, decimal("0.3333333333333333333333333333333333")],
  [{ $divide: [decimal("6"), decimal("2")] }, decimal("3")],
  [{ $mod: [-7, 3] }, -1],
  [{ $mod: [7.5, 2] }, double(1.5)],
  [{ $abs: -3 }, 3],
  [{ $ceil: 1.2 }, double(2)],
  [{ $floor: -1.2 }, double(-2)],
  [{ $round: [2.5, 0] }, double(2)],
  [{ $round: [3.5, 0] }, double(4)],
  [{ $round: [1234, -2] }, 1200],
  [{ $round: [1.255, 2] }, double(1.25)],
  [{ $trunc: [-1.99, 1] }, double(-1.9)],
  [{ $pow: [2, 10] }, 1024],
  [{ $pow: [2, 40] }, long(2 ** 40)],
  [{ $pow: [2, -1] }, double(0.5)],
  [{ $sqrt: 9 }, double(3)],
  [{ $exp: 0 }, double(1)],
  [{ $log10: 1000 }, double(3)],
  [{ $sin: 0 }, double(0)],
  [{ $atan2: [0, 1] }, double(0)],
  [{ $bitAnd: [6, 3] }, 2],
  // comparison over types, logic, conditions
  [{ $eq: [1, double(1)] }, true],
  [{ $gt: ["a", 1] }, true],
  [{ $lt: ["$zz", null] }, true],
  [
    {
      $cmp: [
        [1, 2],
        [1, 3],
      ],
    },
    -1,
  ],
  [{ $and: [1, "x", []] }, true],
  [{ $or: [0, null, false] }, false],
  [{ $not: [0] }, true],
  [{ $cond: [{ $gt: ["$a", 3] }, "big", "small"] }, "big"],
  [{ $cond: { if: false, then: { $divide: [1, 0] }, else: 1 } }, 1],
  [{ $ifNull: ["$zz", "$n", 7] }, 7],
  [{ $switch: { branches: [{ case: { $eq: ["$a", 5] }, then: "five" }], default: "no" } }, "five"],
  // arrays and sets
  [{ $arrayElemAt: ["$b", -1] }, 3],
  [{ $first: "$b" }, 1],
  [{ $lastN: { n: 2, input: "$b" } }, [2, 3]],
  [{ $maxN: { n: 2, input: [1, 9, null, 5] } }, [9, 5]],
  [{ $concatArrays: ["$b", [4]] }, [1, 2, 3, 4]],
  [{ $filter: { input: "$b", as: "i", cond: { $gte: ["$$i", 2] } } }, [2, 3]],
  [{ $map: { input: "$b", in: { $multiply: ["$$this", "$a"] } } }, [5, 10, 15]],
  [
    {
      $reduce: {
        input: "$b",
        initialValue: "",
        in: { $concat: ["$$value", { $toString: "$$this" }] },
      },
    },
    "123",
  ],
  [{ $in: [double(2), "$b"] }, true],
  [{ $indexOfArray: ["$b", 3] }, 2],
  [{ $range: [0, 6, 2] }, [0, 2, 4]],
  [{ $reverseArray: "$b" }, [3, 2, 1]],
  [{ $size: "$b" }, 3],
  [{ $slice: ["$b", -2] }, [2, 3]],
  [{ $slice: ["$b", 1, 1] }, [2]],
  [
    { $zip: { inputs: [[1, 2], [3]], useLongestLength: true, defaults: [0, 9] } },
    [
      [1, 3],
      [2, 9],
    ],
  ],
  [{ $sortArray: { input: [{ k: 2 }, { k: 1 }], sortBy: { k: 1 } } }, [{ k: 1 }, { k: 2 }]],
  [{ $arrayToObject: [[["k", 1]]] }, { k: 1 }],
  [{ $objectToArray: { k: 1 } }, [{ k: "k", v: 1 }]],
  [
    {
      $setUnion: [
        [3, 1],
        [1, 2],
      ],
    },
    [1, 2, 3],
  ],
  [{ $setDifference: [[1, 2, double(1)], [2]] }, [1]],
  [{ $setIsSubset: [[1], [1, 2]] }, true],
  [{ $isArray: "$b" }, true],
  [{ $sum: "$b" }, 6],
  [{ $avg: ["$a", 2] }, double(3.5)],
  [{ $max: "$b" }, 3],
  [{ $stdDevPop: [1, 3] }, double(1)],
  // objects
  [{ $mergeObjects: [{ x: 1 }, null, { x: 2, y: 3 }] }, { x: 2, y: 3 }],
  [{ $getField: "a" }, 5],
  [{ $getField: { field: { $literal: "$p" }, input: { $literal: { $p: 1 } } } }, 1],
  [{ $setField: { field: { $literal: "x.y" }, input: { x: 1 }, value: 2 } }, { x: 1, "x.y": 2 }],
  [{ $unsetField: { field: "x", input: { x: 1, y: 2 } } }, { y: 2 }],
  [{ $let: { vars: { s: { $add: ["$a", 1] } }, in: { $multiply: ["$$s", 2] } } }, 12],
  // text
  [{ $concat: ["$c", "!"] }, "Text!"],
  [{ $concat: ["x", "$n"] }, null],
  [{ $toUpper: "äb" }, "äB"],
  [{ $substrCP: ["héllo", 1, 3] }, "éll"],
  [{ $strLenBytes: "hé" }, 3],
  [{ $strLenCP: "\u{1f600}" }, 1],
  [{ $indexOfCP: ["\u{1f600}ab", "b"] }, 2],
  [{ $split: ["a-b-c", "-"] }, ["a", "b", "c"]],
  [{ $trim: { input: "  x " } }, "x"],
  [{ $ltrim: { input: "xxa", chars: "x" } }, "a"],
  [{ $replaceAll: { input: "a.a", find: ".", replacement: { $literal: "$&" } } }, "a$&a"],
  [{ $regexMatch: { input: "$c", regex: "^te", options: "i" } }, true],
  [
    { $regexFind: { input: "éa1", regex: "(a)(\\d)?" } },
    { match: "a1", idx: 1, captures: ["a", "1"] },
  ],
  [
    { $regexFindAll: { input: "a1a2", regex: "a." } },
    [
      { match: "a1", idx: 0, captures: [] },
      { match: "a2", idx: 2, captures: [] },
    ],
  ],
  // conversion
  [{ $type: "$zz" }, "missing"],
  [{ $type: long(1) }, "long"],
  [{ $toInt: "12" }, 12],
  [{ $toInt: 2.9 }, 2],
  [{ $toLong: "$d" }, long(date.getTime())],
  [{ $toDecimal: double(0.1) }, decimal("0.100000000000000")],
  [{ $toString: double(1.5) }, "1.5"],
  [{ $toString: double(100) }, "100"],
  [{ $toString: double(1e15) }, "1000000000000000"],
  [{ $toString: double(-0.00012) }, "-0.00012"],
  [{ $toString: double(1e16) }, "1e+16"],
  [{ $toString: double(1.25e-7) }, "1.25e-07"],
  [{ $toString: double(0.1 + 0.2) }, "0.3"],
  [{ $toString: "$d" }, "2024-03-10T12:34:56.789Z"],
  [{ $toBool: "false" }, true],
  [{ $toDate: long(0) }, new Date(0)],
  [{ $toObjectId: "0123456789abcdef01234567" }, new ObjectId("0123456789abcdef01234567")],
  [{ $convert: { input: "x", to: "int", onError: -1 } }, -1],
  [{ $convert: { input: null, to: "int", onNull: 0 } }, 0],
  // dates
  [{ $year: "$d" }, 2024],
  [{ $dayOfWeek: "$d" }, 1],
  [{ $dayOfYear: "$d" }, 70],
  [{ $isoWeek: new Date("2021-01-03") }, 53],
  [{ $isoWeekYear: new Date("2021-01-03") }, long(2020)],
  [{ $week: new Date("2023-01-01") }, 1],
  [{ $week: new Date("2022-01-01") }, 0],
  [{ $hour: { date: "$d", timezone: "America/New_York" } }, 8],
  [{ $hour: { date: new Date("2024-03-10T06:30:00Z"), timezone: "America/New_York" } }, 1],
  [
    { $dateToString: { date: "$d", format: "%Y-%m-%d %H:%M:%S.%L %j %z", timezone: "+02:30" } },
    "2024-03-10 15:04:56.789 070 +0230",
  ],
  [{ $dateToString: { date: new Date("2021-01-03"), format: "%G-W%V-%u" } }, "2020-W53-7"],
  [{ $dateToString: { date: "$d" } }, "2024-03-10T12:34:56.789Z"],
  [
    { $dateFromString: { dateString: "2024-03-10T12:34:56.789+01:00" } },
    new Date("2024-03-10T11:34:56.789Z"),
  ],
  [
    { $dateFromString: { dateString: "2024-07-01", timezone: "Europe/Berlin" } },
    new Date("2024-06-30T22:00:00Z"),
  ],
  [{ $dateFromString: { dateString: "2020-13-01", onError: "bad" } }, "bad"],
  [{ $convert: { input: "soon", to: "date", onError: "bad" } }, "bad"],
  [{ $dateFromParts: { year: 2024, month: 14, day: 1 } }, new Date("2025-02-01")],
  [{ $dateFromParts: { isoWeekYear: 2020, isoWeek: 53, isoDayOfWeek: 7 } }, new Date("2021-01-03")],
  [
    { $dateToParts: { date: new Date(0) } },
    { year: 1970, month: 1, day: 1, hour: 0, minute: 0, second: 0, millisecond: 0 },
  ],
  [
    { $dateAdd: { startDate: new Date("2024-01-31"), unit: "month", amount: 1 } },
    new Date("2024-02-29"),
  ],
  [
    { $dateSubtract: { startDate: new Date("2024-03-31"), unit: "month", amount: 1 } },
    new Date("2024-02-29"),
  ],
  [
    {
      $dateAdd: {
        startDate: new Date("2024-03-09T12:00:00Z"),
        unit: "day",
        amount: 1,
        timezone: "America/New_York",
      },
    },
    new Date("2024-03-10T11:00:00Z"),
  ],
  [
    {
      $dateDiff: {
        startDate: new Date("2024-01-06"),
        endDate: new Date("2024-01-07"),
        unit: "week",
      },
    },
    long(1),
  ],
  [
    {
      $dateDiff: {
        startDate: new Date("2023-12-31T23:59:59Z"),
        endDate: new Date("2024-01-01"),
        unit: "year",
      },
    },
    long(1),
  ],
  [{ $dateTrunc: { date: "$d", unit: "week" } }, new Date("2024-03-10")],
  [{ $dateTrunc: { date: "$d", unit: "week", startOfWeek: "monday" } }, new Date("2024-03-04")],
  [{ $dateTrunc: { date: "$d", unit: "hour", binSize: 6 } }, new Date("2024-03-10T12:00:00Z")],
  [
    { $dateTrunc: { date: "$d", unit: "day", timezone: "America/New_York" } },
    new Date("2024-03-10T05:00:00Z"),
  ],
  [{ $dateTrunc: { date: "$d", unit: "quarter" } }, new Date("2024-01-01")],
];

const refusals: [expression: unknown, code: number][] = [
  [{ $foo: 1 }, 168],
  [{ $function: {} }, 238],
  [{ $dateFromString: { dateString: "May 5, 2020", onError: 1 } }, 238],
  [{ $convert: { input: "5/5/2020", to: "date", onError: 1 } }, 238],
  [{ $dateFromString: { dateString: "2020-13-01" } }, 241],
  [{ $meta: "textScore" }, 238],
  [{ $add: ["x", 1] }, 14],
  [{ $add: ["$d", "$d"] }, 16612],
  [{ $divide: [1, 0] }, 2],
  [{ $subtract: ["x", 1] }, 14],
  [{ $concat: [1] }, 16702],
  [{ $size: 5 }, 17124],
  [{ $range: [0, 2_000_000] }, 292],
  [{ $sqrt: -1 }, 28714],
  [{ $ln: 0 }, 28766],
  [{ $sin: decimal("1") }, 238],
  [{ $toInt: "x" }, 241],
  [{ $toInt: 3e9 }, 241],
  ["$$nobody", 17276],
  [{ $cond: [1, 2] }, 16020],
  [{ $add: 1, $subtract: 2 }, 15983],
  [{ $hour: { date: "$d", timezone: "Nowhere/Else" } }, 40485],
  [{ $arrayElemAt: [5, 0] }, 28689],
  [{ $regexMatch: { input: "a", regex: "(?=a)" } }, 51091],
  ["$a..b", 15998],
];

describe("embedded-mongo aggregate: expressions", function () {
  for (const [expression, expected] of cases)
    it(JSON.stringify(expression), function () {
      assert.equal(shown(evaluate(expression, docOf(doc))), shown(fromJs(expected)));
    });

  for (const [expression, code] of refusals)
    it(`refuses ${JSON.stringify(expression)} with ${code}`, function () {
      assert.throws(
        () => evaluate(expression, docOf(doc)),
        (error) => error instanceof MongoError && error.code === code,
      );
    });

  it("gives a missing value for a path that is not there", function () {
    assert.equal(evaluate("$zz.y", docOf(doc)), undefined);
    assert.equal(evaluate({ $arrayElemAt: ["$b", 9] }, docOf(doc)), undefined);
  });

  it("adds and subtracts integers of any size exactly, or as a double where int64 ends", function () {
    const integer = fc.oneof(
      fc.integer().map((n) => new Int32(n)),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((n) => Long.fromBigInt(n)),
    );
    const big = (value: Int32 | Long) => BigInt(value.toString());
    fc.assert(
      fc.property(integer, integer, (a, b) => {
        const sum = evaluate({ $add: [a, b] });
        const exact = big(a) + big(b);
        if (sum instanceof Double) assert.ok(BigInt.asIntN(64, exact) !== exact);
        else {
          assert.ok(sum instanceof Int32 || sum instanceof Long);
          assert.equal(big(sum), exact);
        }
      }),
      { seed, numRuns: 2000 },
    );
  });

  it("undoes what it did: parts and date, object and array", function () {
    const moment = fc.date({
      min: new Date("0001-01-02"),
      max: new Date("9998-12-30"),
      noInvalidDate: true,
    });
    const zone = fc.constantFrom("UTC", "Europe/Berlin", "Asia/Kathmandu", "-03:30");
    fc.assert(
      fc.property(moment, zone, fc.boolean(), (when, timezone, iso8601) => {
        const parts = evaluate({ $dateToParts: { date: when, timezone, iso8601 } });
        assert.ok(parts instanceof Map);
        const again = evaluate({ $dateFromParts: { ...Object.fromEntries(parts), timezone } });
        assert.ok(again instanceof Date);
        // In the hour that a clock shows twice the parts stand for either instant.
        assert.ok([0, 3_600_000].includes(Math.abs(again.getTime() - when.getTime())));
      }),
      { seed, numRuns: 500 },
    );
    fc.assert(
      fc.property(arbitraryDoc, (fields) => {
        const pairs = compileExpression(docOf({ $objectToArray: "$$ROOT" }));
        const env = { root: fields, frame: undefined, now: new Date() };
        const back = compileExpression(
          new Map([["$arrayToObject", new Map([["$literal", pairs(env) ?? null]])]]),
        );
        assert.ok(equalValues(back(env) ?? null, fields));
      }),
      { seed, numRuns: 300 },
    );
  });

  it("orders as $sort does", function () {
    fc.assert(
      fc.property(arbitraryValue, arbitraryNumber, (a, b) => {
        const literal = (value: Value): Value => new Map([["$literal", value]]);
        const compiled = compileExpression(new Map([["$cmp", [literal(a), literal(b)]]]));
        const sorted = compileExpression(
          new Map([
            [
              "$sortArray",
              new Map<string, Value>([
                ["input", literal([a, b])],
                ["sortBy", new Int32(1)],
              ]),
            ],
          ]),
        );
        const env = { root: new Map<string, Value>(), frame: undefined, now: new Date() };
        const order = compiled(env);
        const list = sorted(env);
        assert.ok(order instanceof Int32 && Array.isArray(list));
        assert.ok(equalValues(list[0] ?? null, order.value <= 0 ? a : b));
      }),
      { seed, numRuns: 1000 },
    );
  });
});
