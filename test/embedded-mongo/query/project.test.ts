import assert from "node:assert/strict";
import { expressionOptions } from "../../../server/embedded-mongo/aggregate/compile-expression.js";
import { docOf } from "../../../server/embedded-mongo/bson/from-js.js";
import { serializeDoc } from "../../../server/embedded-mongo/bson/serialize-bson.js";
import { MongoError } from "../../../server/embedded-mongo/mongo-error.js";
import { compileFilter } from "../../../server/embedded-mongo/query/compile-filter.js";
import { compileProjection } from "../../../server/embedded-mongo/query/project.js";

type Fields = Record<string, unknown>;

function project(projection: Fields, doc: Fields, filter: Fields = {}) {
  const compiled = compileProjection(
    docOf(projection),
    compileFilter(docOf(filter)),
    expressionOptions(),
  );
  return compiled(docOf(doc));
}

function assertProjects(projection: Fields, doc: Fields, expected: Fields, filter?: Fields): void {
  const bytes = serializeDoc(project(projection, doc, filter));
  assert.ok(bytes.equals(serializeDoc(docOf(expected))), JSON.stringify({ projection, expected }));
}

const doc = { _id: 1, a: { x: 1, y: 2 }, b: [{ x: 1, y: 2 }, 3, [{ x: 4 }]], c: [1, 2, 3, 4] };

describe("embedded-mongo query: projections", function () {
  it("includes fields in the document's order, with _id unless it is excluded", function () {
    assertProjects({ c: 1, a: 1 }, doc, { _id: 1, a: doc.a, c: doc.c });
    assertProjects({ a: 1, _id: 0 }, doc, { a: doc.a });
    assertProjects({ _id: 1 }, doc, { _id: 1 });
  });

  it("includes paths through arrays, dropping what is no document", function () {
    assertProjects({ "a.x": 1, "b.x": 1 }, doc, { _id: 1, a: { x: 1 }, b: [{ x: 1 }, [{ x: 4 }]] });
    assertProjects({ "c.x": 1 }, doc, { _id: 1, c: [] });
    assertProjects({ a: { x: 1 } }, doc, { _id: 1, a: { x: 1 } });
  });

  it("excludes fields and paths", function () {
    assertProjects({ "b.x": 0, c: 0 }, doc, { _id: 1, a: doc.a, b: [{ y: 2 }, 3, [{}]] });
    assertProjects({ _id: 0 }, { _id: 1, a: 1 }, { a: 1 });
  });

  it("slices arrays, and keeps the other fields", function () {
    assertProjects({ c: { $slice: 2 } }, { _id: 1, c: doc.c, d: 1 }, { _id: 1, c: [1, 2], d: 1 });
    assertProjects({ c: { $slice: -1 } }, { c: doc.c }, { c: [4] });
    assertProjects({ c: { $slice: [1, 2] } }, { c: doc.c }, { c: [2, 3] });
    assertProjects({ c: { $slice: [-3, 2] } }, { c: doc.c }, { c: [2, 3] });
  });

  it("keeps the first element that $elemMatch accepts", function () {
    assertProjects({ b: { $elemMatch: { y: 2 } } }, doc, { _id: 1, b: [{ x: 1, y: 2 }] });
    assertProjects({ b: { $elemMatch: { y: 9 } } }, doc, { _id: 1 });
    assertProjects({ c: { $elemMatch: { $gt: 2 } } }, doc, { _id: 1, c: [3] });
  });

  it("keeps the element that the filter matched at the positional $", function () {
    assertProjects({ "c.$": 1 }, doc, { _id: 1, c: [3] }, { c: { $gt: 2 } });
    assertProjects(
      { "b.$": 1 },
      { _id: 1, b: [{ x: 1 }, { x: 2 }] },
      { _id: 1, b: [{ x: 2 }] },
      { "b.x": 2 },
    );
  });

  it("computes expressions", function () {
    assertProjects({ sum: { $add: ["$a.x", "$a.y"] }, _id: 0 }, doc, { sum: 3 });
    assertProjects({ copy: "$a.x" }, doc, { _id: 1, copy: 1 });
  });

  const refusals: [Fields, number][] = [
    [{ a: 1, b: 0 }, 31254],
    [{ a: 0, b: 1 }, 31253],
    [{ a: 1, "a.x": 1 }, 31249],
    [{ "a.x": 1, a: 1 }, 31250],
    [{ a: { $meta: "textScore" } }, 238],
    [{ "a..b": 1 }, 15998],
  ];
  for (const [projection, code] of refusals)
    it(`refuses ${JSON.stringify(projection)} with ${code}`, function () {
      assert.throws(
        () => project(projection, doc),
        (error) => error instanceof MongoError && error.code === code,
      );
    });

  it("refuses the positional $ when the filter went through no array", function () {
    assert.throws(() => project({ "c.$": 1 }, doc, { _id: 1 }), /couldn't find a matching element/);
  });
});
