import assert from "node:assert/strict";
import { Decimal128, Double, Int32, Long } from "bson";
import fc from "fast-check";
import { compilePipelineUpdate } from "../../../server/embedded-mongo/aggregate/update-pipeline.js";
import { identicalValues } from "../../../server/embedded-mongo/bson/compare.js";
import { docOf, fromJs } from "../../../server/embedded-mongo/bson/from-js.js";
import { serializeDoc } from "../../../server/embedded-mongo/bson/serialize-bson.js";
import { cloneDoc, type Doc } from "../../../server/embedded-mongo/bson/value.js";
import { MongoError } from "../../../server/embedded-mongo/mongo-error.js";
import { compileUpdate } from "../../../server/embedded-mongo/update/compile-update.js";
import { upsertDoc } from "../../../server/embedded-mongo/update/upsert-document.js";
import { arbitraryDoc, arbitraryValue, seed } from "../support/arbitrary-values.js";

type Fields = Record<string, unknown>;
interface Given {
  position?: number;
  filters?: Fields[];
}

function update(spec: Fields, doc: Fields, { position, filters = [] }: Given = {}) {
  return compileUpdate(docOf(spec), filters.map(docOf)).apply(docOf(doc), position);
}

function assertDoc(actual: Doc, expected: Fields): void {
  assert.equal(serializeDoc(actual).toString("hex"), serializeDoc(docOf(expected)).toString("hex"));
}

const long = (n: number) => Long.fromNumber(n);

/** [title, update, before, after]: field order and number types count. */
const cases: [title: string, spec: Fields, before: Fields, after: Fields, given?: Given][] = [
  [
    "$set in place, new fields in order of name",
    { $set: { c: 1, b: 1, a: 2 } },
    { _id: 1, a: 1, z: 1 },
    { _id: 1, a: 2, z: 1, b: 1, c: 1 },
  ],
  [
    "$set makes documents on the way",
    { $set: { "a.b.c": 1 } },
    { _id: 1 },
    { _id: 1, a: { b: { c: 1 } } },
  ],
  [
    "$set past the end of an array pads with null",
    { $set: { "a.3": 1 } },
    { a: [0] },
    { a: [0, null, null, 1] },
  ],
  ["$set of a numeric name in a document", { $set: { "a.0": 1 } }, { a: {} }, { a: { 0: 1 } }],
  [
    "$unset of fields, elements and nothing",
    { $unset: { a: 1, "b.0": 1, "c.d": 1 } },
    { a: 1, b: [1, 2], c: 5 },
    { b: [null, 2], c: 5 },
  ],
  ["$inc keeps int32", { $inc: { a: 2 } }, { a: 1 }, { a: 3 }],
  ["$inc grows int32 to int64", { $inc: { a: 1 } }, { a: 2 ** 31 - 1 }, { a: long(2 ** 31) }],
  ["$inc of int64 by int32", { $inc: { a: 1 } }, { a: long(1) }, { a: long(2) }],
  ["$inc by a double", { $inc: { a: new Double(1) } }, { a: 1 }, { a: new Double(2) }],
  [
    "$inc by a Decimal128",
    { $inc: { a: new Decimal128("0.1") } },
    { a: 1 },
    { a: new Decimal128("1.1") },
  ],
  ["$inc of a missing field", { $inc: { a: long(5) } }, {}, { a: long(5) }],
  [
    "$mul",
    { $mul: { a: 3, b: new Double(2), c: long(4) } },
    { a: 2, b: 2 },
    { a: 6, b: new Double(4), c: long(0) },
  ],
  [
    "$mul of a missing field multiplies 0",
    { $mul: { a: new Decimal128("5.00"), b: new Double(-5) } },
    {},
    { a: new Decimal128("0.00"), b: new Double(-0) },
  ],
  [
    "$min and $max over types",
    { $min: { a: 5, b: "x" }, $max: { c: "x", d: 1 } },
    { a: 9, b: 1, c: 1 },
    { a: 5, b: 1, c: "x", d: 1 },
  ],
  ["$rename", { $rename: { a: "b.c" } }, { a: 1, z: 1 }, { z: 1, b: { c: 1 } }],
  ["$rename onto a field", { $rename: { a: "b" } }, { a: 1, b: 2 }, { b: 1 }],
  ["$push", { $push: { a: 1, b: [1] } }, { a: [0] }, { a: [0, 1], b: [[1]] }],
  [
    "$push with its modifiers",
    { $push: { a: { $each: [5, 1], $position: 1, $sort: -1, $slice: 3 } } },
    { a: [3, 2] },
    { a: [5, 3, 2] },
  ],
  [
    "$push sorting documents",
    { $push: { a: { $each: [{ n: 1 }], $sort: { n: 1 } } } },
    { a: [{ n: 2 }] },
    { a: [{ n: 1 }, { n: 2 }] },
  ],
  [
    "$push keeping the last",
    { $push: { a: { $each: [3], $slice: -2 } } },
    { a: [1, 2] },
    { a: [2, 3] },
  ],
  [
    "$addToSet by value",
    { $addToSet: { a: new Double(1), b: { $each: [1, 2, 2] } } },
    { a: [1], b: [1] },
    { a: [1], b: [1, 2] },
  ],
  ["$pop", { $pop: { a: 1, b: -1, c: 1 } }, { a: [1, 2], b: [1, 2] }, { a: [1], b: [2] }],
  [
    "$pull by value, filter and operators",
    { $pull: { a: 1, b: { x: 1 }, c: { $gte: 2 } } },
    { a: [1, 2, 1], b: [{ x: 1, y: 1 }, { x: 2 }], c: [1, 2, 3] },
    { a: [2], b: [{ x: 2 }], c: [1] },
  ],
  ["$pullAll", { $pullAll: { a: [1, 3] } }, { a: [1, 2, 3, 1] }, { a: [2] }],
  [
    "$bit",
    { $bit: { a: { and: 6, or: 8 }, b: { xor: 1 } } },
    { a: 5, b: long(3) },
    { a: 12, b: long(2) },
  ],
  [
    "the positional $",
    { $set: { "a.$.n": 1 } },
    { a: [{}, {}] },
    { a: [{}, { n: 1 }] },
    { position: 1 },
  ],
  ["$[]", { $inc: { "a.$[].n": 1 } }, { a: [{ n: 1 }, { n: 2 }] }, { a: [{ n: 2 }, { n: 3 }] }],
  [
    "$[identifier]",
    { $set: { "a.$[big]": 0 } },
    { a: [1, 5, 9] },
    { a: [1, 0, 0] },
    { filters: [{ big: { $gt: 4 } }] },
  ],
  [
    "$[identifier] on two levels",
    { $set: { "a.$[x].b.$[y]": 0 } },
    {
      a: [
        { k: 1, b: [1, 2] },
        { k: 2, b: [2] },
      ],
    },
    {
      a: [
        { k: 1, b: [1, 0] },
        { k: 2, b: [2] },
      ],
    },
    { filters: [{ "x.k": 1 }, { y: 2 }] },
  ],
  ["a replacement keeps _id in front", { b: 1 }, { _id: 7, a: 1 }, { _id: 7, b: 1 }],
];

const refusals: [title: string, spec: Fields, doc: Fields, code: number, given?: Given][] = [
  ["an unknown operator", { $foo: { a: 1 } }, {}, 9],
  ["an operator without fields", { $set: 1 }, {}, 9],
  ["$inc of text", { $inc: { a: 1 } }, { a: "x" }, 14],
  ["$inc by text", { $inc: { a: "x" } }, {}, 14],
  ["$inc out of int64", { $inc: { a: 1 } }, { a: Long.MAX_VALUE }, 2],
  ["a path through a number", { $set: { "a.b": 1 } }, { a: 5 }, 28],
  ["a name in an array", { $set: { "a.b": 1 } }, { a: [1] }, 28],
  ["the same path twice", { $set: { a: 1 }, $inc: { a: 1 } }, {}, 40],
  ["a path and one below it", { $set: { a: 1, "a.b": 1 } }, {}, 40],
  ["another _id", { $set: { _id: 2 } }, { _id: 1 }, 66],
  ["removing _id", { $unset: { _id: 1 } }, { _id: 1 }, 66],
  ["a replacement with another _id", { _id: 2 }, { _id: 1 }, 66],
  ["an empty name", { $set: { "a..b": 1 } }, {}, 56],
  ["a name with a dollar", { $set: { "a.$x": 1 } }, {}, 52],
  ["$push onto a number", { $push: { a: 1 } }, { a: 5 }, 2],
  ["$pull from a number", { $pull: { a: 1 } }, { a: 5 }, 2],
  ["$pop of a number", { $pop: { a: 1 } }, { a: 5 }, 14],
  ["$addToSet onto text", { $addToSet: { a: 1 } }, { a: "x" }, 2],
  ["the positional $ without a match", { $set: { "a.$": 1 } }, { a: [1] }, 2],
  ["$[] on a number", { $set: { "a.$[]": 1 } }, { a: 5 }, 2],
  ["$[] on nothing", { $set: { "a.$[]": 1 } }, {}, 2],
  ["an identifier without a filter", { $set: { "a.$[x]": 1 } }, { a: [] }, 2],
  ["a filter that is not used", { $set: { a: 1 } }, {}, 9, { filters: [{ x: 1 }] }],
  ["filters for a replacement", { a: 1 }, {}, 9, { filters: [{ x: 1 }] }],
  ["$rename to itself", { $rename: { a: "a" } }, { a: 1 }, 2],
  ["$rename of an element", { $rename: { "a.0": "b" } }, { a: [1] }, 2],
  ["$where inside $pull", { $pull: { a: { $where: "1" } } }, { a: [] }, 2],
  ["padding without end", { $set: { "a.99999999": 1 } }, { a: [] }, 2],
];

describe("embedded-mongo update: operators", function () {
  for (const [title, spec, before, after, given] of cases)
    it(title, function () {
      const given0 = docOf(before);
      const compiled = compileUpdate(docOf(spec), (given?.filters ?? []).map(docOf));
      const result = compiled.apply(given0, given?.position);
      assertDoc(result.doc, after);
      assert.equal(result.changed, !identicalValues(docOf(before), docOf(after)));
      assertDoc(given0, before); // what is given stays as it is
    });

  for (const [title, spec, doc, code, given] of refusals)
    it(`refuses ${title}`, function () {
      assert.throws(
        () => update(spec, doc, given),
        (error) => error instanceof MongoError && error.code === code,
      );
    });

  it("says whether anything changed, and 1 is not 1.0", function () {
    assert.equal(update({ $set: { a: 1 } }, { a: 1 }).changed, false);
    assert.equal(update({ $set: { a: new Double(1) } }, { a: new Int32(1) }).changed, true);
    assert.equal(update({ $inc: { a: 0 } }, { a: 1 }).changed, false);
    assert.equal(update({ $pull: { a: 9 } }, { a: [1] }).changed, false);
  });

  it("applies $setOnInsert only on insert", function () {
    const compiled = compileUpdate(docOf({ $set: { a: 1 }, $setOnInsert: { b: 2 } }));
    assertDoc(compiled.apply(new Map()).doc, { a: 1 });
    assertDoc(compiled.apply(new Map(), undefined, true).doc, { a: 1, b: 2 });
  });

  it("sets the date or the timestamp of now", function () {
    const { doc } = update({ $currentDate: { a: true, b: { $type: "timestamp" } } }, {});
    const date = doc.get("a");
    assert.ok(date instanceof Date && Math.abs(date.getTime() - Date.now()) < 5000);
  });

  it("changes nothing but the fields it names", function () {
    const path = fc.constantFrom("q", "q.r", "a", "b.0");
    fc.assert(
      fc.property(arbitraryDoc, path, arbitraryValue, (doc, name, value) => {
        const copy = cloneDoc(doc);
        let after: Doc;
        try {
          after = compileUpdate(new Map([["$set", new Map([[name, value]])]])).apply(doc).doc;
        } catch (error) {
          assert.ok(error instanceof MongoError && error.code === 28);
          return;
        }
        assert.ok(identicalValues(doc, copy));
        const [root = ""] = name.split(".");
        for (const [field, old] of doc)
          if (field !== root) assert.ok(identicalValues(old, after.get(field) ?? null));
        assert.equal(
          compileUpdate(new Map([["$set", new Map([[name, value]])]])).apply(after).changed,
          false,
        );
      }),
      { seed, numRuns: 1000 },
    );
  });
});

describe("embedded-mongo update: upserts and pipelines", function () {
  const upsert = (filter: Fields, spec: Fields) =>
    upsertDoc(docOf(filter), compileUpdate(docOf(spec)));

  it("starts from what the filter says fields equal", function () {
    assertDoc(
      upsert(
        { b: { $eq: 2 }, "c.d": 3, e: { $gt: 1 }, f: /x/, $and: [{ g: 4 }], h: { $in: [5] } },
        { $set: { z: 1 } },
      ),
      { b: 2, c: { d: 3 }, g: 4, h: 5, z: 1 },
    );
  });

  it("puts _id first", function () {
    assertDoc(upsert({ a: 1 }, { $setOnInsert: { _id: 5 } }), { _id: 5, a: 1 });
    assertDoc(upsert({ a: 1, _id: 5 }, { b: 1 }), { _id: 5, b: 1 });
  });

  it("refuses a path that is equal to two values, and another _id than the filter's", function () {
    assert.throws(() => upsert({ a: 1, $and: [{ a: 1 }] }, { $set: { b: 1 } }), /matched twice/);
    assert.throws(() => upsert({ _id: 1 }, { _id: 2 }), /_id/);
  });

  it("runs pipelines of $set, $unset and $replaceWith", function () {
    const pipeline = fromJs([{ $set: { b: { $add: ["$a", 1] } } }, { $unset: "a" }]);
    assert.ok(Array.isArray(pipeline));
    assertDoc(compilePipelineUpdate(pipeline).apply(docOf({ _id: 1, a: 1 })).doc, { _id: 1, b: 2 });
    assert.throws(
      () => compilePipelineUpdate([docOf({ $group: { _id: 1 } })]),
      /\$group is not allowed/,
    );
  });
});
