import assert from "node:assert/strict";
import { docOf } from "../../../server/embedded-mongo/bson/from-js.js";
import { MongoError } from "../../../server/embedded-mongo/mongo-error.js";
import { compileSort } from "../../../server/embedded-mongo/query/sort.js";

type Fields = Record<string, unknown>;

/** The `n` of the documents, sorted. */
function sorted(sort: Fields, docs: Fields[]): number[] {
  const indexed = docs.map((fields, n) => ({ doc: docOf(fields), n }));
  const compare = compileSort(docOf(sort));
  return indexed.sort((a, b) => compare(a.doc, b.doc)).map(({ n }) => n);
}

describe("embedded-mongo query: sorting", function () {
  it("goes by several fields and directions", function () {
    const docs = [
      { a: 1, b: 1 },
      { a: 1, b: 2 },
      { a: 0, b: 0 },
    ];
    assert.deepEqual(sorted({ a: 1, b: -1 }, docs), [2, 1, 0]);
  });

  it("puts missing with null, and an empty array before them", function () {
    assert.deepEqual(sorted({ a: 1 }, [{ a: 1 }, { a: [] }, {}, { a: null }]), [1, 2, 3, 0]);
  });

  it("takes the smallest element of an array ascending, the largest descending", function () {
    const docs = [{ a: [3, 10] }, { a: [1, 4] }, { a: 5 }];
    assert.deepEqual(sorted({ a: 1 }, docs), [1, 0, 2]);
    assert.deepEqual(sorted({ a: -1 }, docs), [0, 2, 1]);
  });

  it("takes fields of one array from the same element", function () {
    const docs = [
      {
        a: [
          { x: 2, y: 0 },
          { x: 1, y: 9 },
        ],
      },
      { a: [{ x: 1, y: 5 }] },
    ];
    assert.deepEqual(sorted({ "a.x": 1, "a.y": 1 }, docs), [1, 0]);
  });

  const refusals: [Fields, number][] = [
    [{ a: 2 }, 15975],
    [{ a: "up" }, 15974],
    [{ a: { $meta: "textScore" } }, 238],
    [{ "a.": 1 }, 15998],
  ];
  for (const [sort, code] of refusals)
    it(`refuses ${JSON.stringify(sort)} with ${code}`, function () {
      assert.throws(
        () => compileSort(docOf(sort)),
        (error) => error instanceof MongoError && error.code === code,
      );
    });

  it("refuses arrays side by side", function () {
    assert.throws(() => sorted({ a: 1, b: 1 }, [{ a: [1], b: [2] }, {}]), /parallel arrays/);
  });
});
