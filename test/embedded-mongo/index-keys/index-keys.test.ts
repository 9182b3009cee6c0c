import assert from "node:assert/strict";
import { Int32 } from "bson";
import fc from "fast-check";
import { docOf } from "../../../server/embedded-mongo/bson/from-js.js";
import { orderOf } from "../../../server/embedded-mongo/bson/compare.js";
import { encodeWhole } from "../../../server/embedded-mongo/index-keys/encode-key.js";
import { indexKeys, indexKeyValues } from "../../../server/embedded-mongo/index-keys/index-keys.js";
import type { IndexSpec } from "../../../server/embedded-mongo/index-keys/index-spec.js";
import { compileFilter } from "../../../server/embedded-mongo/query/compile-filter.js";
import type { Comparison } from "../../../server/embedded-mongo/query/filter-node.js";
import { comparisonTest } from "../../../server/embedded-mongo/query/value-tests.js";
import { arbitraryDoc, arbitraryValue, seed } from "../support/arbitrary-values.js";

function spec(paths: Record<string, 1 | -1>, options: Partial<IndexSpec> = {}): IndexSpec {
  return { name: "test", key: Object.entries(paths), unique: false, sparse: false, ...options };
}

function valuesOf(paths: Record<string, 1 | -1>, doc: Record<string, unknown>): unknown {
  return indexKeyValues(spec(paths), docOf(doc)).map((values) =>
    values.map((value) => (value instanceof Int32 ? value.value : value)),
  );
}

describe("embedded-mongo index keys: the entries of a document", function () {
  it("has one entry for each element of an array, and says that it is multikey", function () {
    assert.deepEqual(valuesOf({ a: 1 }, { a: [1, 2] }), [[1], [2]]);
    assert.equal(indexKeys(spec({ a: 1 }), docOf({ a: [1, 2, 2] })).keys.length, 2);
    assert.equal(indexKeys(spec({ a: 1 }), docOf({ a: [1] })).multikey, true);
    assert.equal(indexKeys(spec({ a: 1 }), docOf({ a: 1 })).multikey, false);
  });

  it("goes through an array of documents once for all fields of a compound key", function () {
    assert.deepEqual(valuesOf({ "a.b": 1, "a.c": 1 }, { a: [{ b: 1, c: 2 }, { b: 3 }] }), [
      [1, 2],
      [3, null],
    ]);
  });

  it("indexes an element by its position", function () {
    assert.deepEqual(new Set([valuesOf({ "a.1": 1 }, { a: [5] })].flat(3)), new Set([null]));
    assert.equal(indexKeys(spec({ "a.1": 1 }), docOf({ a: [5, 6, 7] })).keys.length, 1);
  });

  it("counts a missing field as null", function () {
    assert.deepEqual(valuesOf({ a: 1, b: -1 }, { b: 2 }), [[null, 2]]);
  });

  it("refuses two arrays side by side", function () {
    assert.throws(
      () => indexKeys(spec({ a: 1, b: 1 }), docOf({ a: [1], b: [2] })),
      /parallel arrays/,
    );
  });

  it("leaves a document out of a sparse index only if every field is missing", function () {
    const sparse = spec({ a: 1, b: 1 }, { sparse: true });
    assert.equal(indexKeys(sparse, docOf({ c: 1 })).keys.length, 0);
    assert.equal(indexKeys(sparse, docOf({ b: null })).keys.length, 1);
  });

  it("leaves out of a partial index what its filter does not match", function () {
    const partial = spec({ a: 1 }, { partial: compileFilter(docOf({ b: { $gt: 1 } })) });
    assert.equal(indexKeys(partial, docOf({ a: 1, b: 1 })).keys.length, 0);
    assert.equal(indexKeys(partial, docOf({ a: 1, b: 2 })).keys.length, 1);
  });

  it("has an entry that satisfies every comparison that the document matches", function () {
    const comparison = fc.constantFrom<Comparison>("$eq", "$gt", "$gte", "$lt", "$lte");
    const path = fc.constantFrom("a", "b", "a.b", "a.0", "a.b.c");
    fc.assert(
      fc.property(arbitraryDoc, path, comparison, arbitraryValue, (doc, name, cmp, value) => {
        fc.pre(orderOf(value) !== 2 && orderOf(value) !== 50 && !Array.isArray(value));
        let keys;
        try {
          keys = indexKeyValues(spec({ [name]: 1 }), doc);
        } catch {
          return; // a name that is both an index and a field: such documents cannot be indexed
        }
        const filter = compileFilter(new Map([[name, new Map([[cmp, value]])]]));
        const test = comparisonTest(cmp, value);
        if (filter.matches(doc)) assert.ok(keys.some(([key]) => test(key)));
      }),
      { seed, numRuns: 5000 },
    );
  });

  it("puts equal entries of different documents at the same bytes", function () {
    const one = indexKeys(spec({ a: -1 }), docOf({ a: 1 })).keys;
    assert.deepEqual(one, [
      encodeWhole([indexKeyValues(spec({ a: -1 }), docOf({ a: 1.0 }))[0]?.[0] ?? null], [-1]),
    ]);
  });
});
