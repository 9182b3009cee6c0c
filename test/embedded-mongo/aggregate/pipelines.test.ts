import assert from "node:assert/strict";
import { Double, Int32, Long } from "bson";
import { commandVariables } from "../../../server/embedded-mongo/aggregate/compile-expression.js";
import {
  runPipeline,
  type MergeEntry,
  type Namespace,
  type PipelineOutput,
} from "../../../server/embedded-mongo/aggregate/run-pipeline.js";
import { docOf } from "../../../server/embedded-mongo/bson/from-js.js";
import { serializeDoc } from "../../../server/embedded-mongo/bson/serialize-bson.js";
import type { Doc } from "../../../server/embedded-mongo/bson/value.js";
import { MongoError } from "../../../server/embedded-mongo/mongo-error.js";
import { compileFilter } from "../../../server/embedded-mongo/query/compile-filter.js";

type Fields = Record<string, unknown>;

const other = [
  { _id: 1, k: 1, n: "one" },
  { _id: 2, k: 2, n: "two" },
  { _id: 3, n: "none" },
].map(docOf);

/** Who stands above whom: in a circle, and more than one at a time. */
const people = [
  { _id: "a", boss: "c" },
  { _id: "b", boss: "c" },
  { _id: "c", boss: ["a", "c"] },
  { _id: "d", boss: null },
].map(docOf);

const graph = {
  from: "people",
  startWith: "$boss",
  connectFromField: "boss",
  connectToField: "_id",
  as: "above",
};

const collections: Readonly<Record<string, Doc[]>> = { other, people };

/** Collections in memory, for the stages that read and write others. */
class MemoryOutput implements PipelineOutput {
  readonly docs: Doc[];

  constructor(docs: readonly Fields[]) {
    this.docs = docs.map(docOf);
  }

  async replaceCollection(_namespace: Namespace, docs: AsyncIterable<Doc>): Promise<void> {
    this.docs.length = 0;
    for await (const doc of docs) this.docs.push(doc);
  }

  checkUnique(): void {
    // the collection in memory has no indexes to look at
  }

  async merge(_namespace: Namespace, entries: AsyncIterable<MergeEntry>): Promise<void> {
    for await (const { filter, decide } of entries) {
      const at = this.docs.findIndex((doc) => compileFilter(filter).matches(doc));
      const action = decide(this.docs[at]);
      if (action.kind === "insert") this.docs.push(action.doc);
      if (action.kind === "replace") this.docs[at] = action.doc;
    }
  }
}

interface Given {
  let?: Fields;
  output?: PipelineOutput;
  memoryLimit?: number;
}

async function run(pipeline: Fields[], docs: Fields[], given: Given = {}): Promise<Doc[]> {
  const results: Doc[] = [];
  const stream = runPipeline(pipeline.map(docOf), docs.map(docOf), {
    database: "db",
    variables: commandVariables(given.let && docOf(given.let)),
    readCollection: ({ collection }) => collections[collection] ?? [],
    ...(given.output === undefined ? {} : { output: given.output }),
    ...(given.memoryLimit === undefined ? {} : { memoryLimit: given.memoryLimit }),
  });
  for await (const doc of stream) results.push(doc);
  return results;
}

function shown(docs: readonly Doc[]): string[] {
  return docs.map((doc) => serializeDoc(doc).toString("hex"));
}

async function assertRuns(
  pipeline: Fields[],
  docs: Fields[],
  expected: Fields[],
  given?: Given,
): Promise<void> {
  assert.deepEqual(shown(await run(pipeline, docs, given)), shown(expected.map(docOf)));
}

const docs: Fields[] = [
  { _id: 1, a: 1, b: [1, 2], c: "x" },
  { _id: 2, a: new Double(1), b: [3], c: "y" },
  { _id: 3, a: Long.fromNumber(2), b: [], c: "x" },
  { _id: 4, c: null },
];

describe("embedded-mongo aggregate: pipelines", function () {
  it("$match, $sort, $skip, $limit", async function () {
    await assertRuns(
      [
        { $match: { a: { $exists: true } } },
        { $sort: { c: 1, _id: -1 } },
        { $skip: 1 },
        { $limit: 1 },
        { $project: { c: 1 } },
      ],
      docs,
      [{ _id: 1, c: "x" }],
    );
  });

  it("$sort with $limit keeps the first ones of many", async function () {
    const many = Array.from({ length: 1000 }, (_, i) => ({ _id: i, n: (i * 7919) % 1000 }));
    await assertRuns([{ $sort: { n: 1 } }, { $limit: 2 }, { $project: { _id: 0 } }], many, [
      { n: 0 },
      { n: 1 },
    ]);
  });

  it("$group takes equal numbers of different types, null and missing, for one group", async function () {
    await assertRuns(
      [{ $group: { _id: "$a", n: { $sum: 1 } } }],
      [...docs, { _id: 5, a: null }],
      [
        { _id: 1, n: 2 },
        { _id: Long.fromNumber(2), n: 1 },
        { _id: null, n: 2 },
      ],
    );
  });

  it("$group accumulates with MongoDB's number types", async function () {
    await assertRuns(
      [
        {
          $group: {
            _id: null,
            sum: { $sum: "$a" },
            avg: { $avg: "$a" },
            min: { $min: "$c" },
            max: { $max: "$a" },
            first: { $first: "$c" },
            last: { $last: "$c" },
            all: { $push: "$a" },
            set: { $addToSet: "$a" },
            n: { $count: {} },
          },
        },
      ],
      docs,
      [
        {
          _id: null,
          sum: new Double(4),
          avg: new Double(4 / 3),
          min: "x",
          max: Long.fromNumber(2),
          first: "x",
          last: null,
          all: [1, new Double(1), Long.fromNumber(2)],
          set: [1, Long.fromNumber(2)],
          n: 4,
        },
      ],
    );
  });

  it("$group with $top, $firstN and $maxN", async function () {
    await assertRuns(
      [
        {
          $group: {
            _id: "$c",
            top: { $top: { sortBy: { _id: -1 }, output: "$_id" } },
            two: { $firstN: { n: 2, input: "$_id" } },
            most: { $maxN: { n: 1, input: "$_id" } },
          },
        },
        { $match: { _id: "x" } },
      ],
      docs,
      [{ _id: "x", top: 3, two: [1, 3], most: [3] }],
    );
  });

  it("$unwind, with index and with what has no elements", async function () {
    await assertRuns([{ $unwind: "$b" }, { $project: { b: 1 } }], docs, [
      { _id: 1, b: 1 },
      { _id: 1, b: 2 },
      { _id: 2, b: 3 },
    ]);
    await assertRuns(
      [
        { $unwind: { path: "$b", includeArrayIndex: "i", preserveNullAndEmptyArrays: true } },
        { $project: { b: 1, i: 1 } },
      ],
      docs.slice(1),
      [
        { _id: 2, b: 3, i: Long.fromNumber(0) },
        { _id: 3, i: null },
        { _id: 4, i: null },
      ],
    );
  });

  it("$project, $addFields, $unset, $replaceWith keep the order of fields", async function () {
    await assertRuns([{ $project: { c: 1, sum: { $add: ["$a", 1] }, _id: 0 } }], docs.slice(0, 1), [
      { c: "x", sum: 2 },
    ]);
    await assertRuns(
      [{ $addFields: { a: 9, "z.y": "$a", gone: "$$REMOVE" } }],
      [{ _id: 1, a: 1, c: 2 }],
      [{ _id: 1, a: 9, c: 2, z: { y: 1 } }],
    );
    await assertRuns(
      [{ $unset: ["a", "z.x"] }],
      [{ _id: 1, a: 1, z: [{ x: 1, y: 2 }] }],
      [{ _id: 1, z: [{ y: 2 }] }],
    );
    await assertRuns(
      [{ $replaceWith: { $mergeObjects: [{ k: 0 }, "$z"] } }],
      [{ _id: 1, z: { k: 1 } }],
      [{ k: 1 }],
    );
  });

  it("$lookup by field: arrays, and null for missing", async function () {
    await assertRuns(
      [
        { $lookup: { from: "other", localField: "b", foreignField: "k", as: "o" } },
        { $project: { o: "$o.n" } },
      ],
      [{ _id: 1, b: [1, 2] }, { _id: 2 }, { _id: 3, b: [] }],
      [
        { _id: 1, o: ["one", "two"] },
        { _id: 2, o: ["none"] },
        { _id: 3, o: ["none"] },
      ],
    );
  });

  it("$lookup by pipeline with variables", async function () {
    await assertRuns(
      [
        {
          $lookup: {
            from: "other",
            let: { v: "$a" },
            pipeline: [
              { $match: { $expr: { $gt: ["$k", "$$v"] } } },
              { $project: { _id: 0, n: 1 } },
            ],
            as: "o",
          },
        },
        { $project: { o: 1 } },
      ],
      [{ _id: 1, a: 1 }],
      [{ _id: 1, o: [{ n: "two" }] }],
    );
  });

  it("$graphLookup follows references, each document once, to a depth, through a filter", async function () {
    const hierarchy = { ...graph, depthField: "at.depth" };
    const names = { $set: { above: { $sortArray: { input: "$above", sortBy: { _id: 1 } } } } };
    await assertRuns(
      [{ $graphLookup: hierarchy }, names],
      [{ _id: 1, boss: "b" }, { _id: 2, boss: ["c", "none"] }, { _id: 3, boss: null }, { _id: 4 }],
      [
        {
          _id: 1,
          boss: "b",
          above: [
            { _id: "a", boss: "c", at: { depth: 2n } },
            { _id: "b", boss: "c", at: { depth: 0n } },
            { _id: "c", boss: ["a", "c"], at: { depth: 1n } },
          ],
        },
        {
          _id: 2,
          boss: ["c", "none"],
          above: [
            { _id: "a", boss: "c", at: { depth: 1n } },
            { _id: "c", boss: ["a", "c"], at: { depth: 0n } },
          ],
        },
        { _id: 3, boss: null, above: [] },
        { _id: 4, above: [] },
      ],
    );
    await assertRuns(
      [{ $graphLookup: { ...graph, maxDepth: 0 } }],
      [{ _id: 1, boss: "b" }],
      [{ _id: 1, boss: "b", above: [{ _id: "b", boss: "c" }] }],
    );
    await assertRuns(
      [{ $graphLookup: { ...graph, restrictSearchWithMatch: { _id: { $ne: "c" } } } }],
      [{ _id: 1, boss: "b" }],
      [{ _id: 1, boss: "b", above: [{ _id: "b", boss: "c" }] }],
    );
    await assert.rejects(
      run([{ $graphLookup: graph }], [{ _id: 1, boss: "b" }], { memoryLimit: 30 }),
      { code: 292 },
    );
  });

  it("$redact prunes, keeps or goes into documents, also those in arrays", async function () {
    const level = {
      $switch: {
        branches: [
          { case: { $eq: ["$level", "secret"] }, then: "$$PRUNE" },
          { case: { $eq: ["$level", "open"] }, then: "$$KEEP" },
        ],
        default: "$$DESCEND",
      },
    };
    const secret = { level: "secret", x: 1 };
    await assertRuns(
      [{ $redact: level }],
      [
        { _id: 1, a: secret, b: [secret, { y: secret, z: 1 }, 5, [secret]] },
        { _id: 2, level: "secret" },
        { _id: 3, level: "open", a: secret },
      ],
      [
        { _id: 1, b: [{ z: 1 }, 5, []] },
        { _id: 3, level: "open", a: secret },
      ],
    );
    await assert.rejects(run([{ $redact: "yes" }], docs), { code: 17053 });
    const asWhole = { $cond: [{ $eq: ["$$ROOT.who", "$$CURRENT.who"] }, "$$DESCEND", "$$PRUNE"] };
    await assertRuns(
      [{ $redact: asWhole }],
      [{ _id: 1, who: "a", own: { who: "a" }, other: { who: "b" } }],
      [{ _id: 1, who: "a", own: { who: "a" } }],
    );
  });

  it("$unionWith, $facet, $count, $sortByCount, $documents", async function () {
    await assertRuns(
      [{ $unionWith: { coll: "other", pipeline: [{ $match: { k: 2 } }] } }, { $count: "n" }],
      docs,
      [{ n: 5 }],
    );
    await assertRuns(
      [{ $facet: { n: [{ $count: "n" }], top: [{ $sortByCount: "$c" }, { $limit: 1 }] } }],
      docs,
      [{ n: [{ n: 4 }], top: [{ _id: "x", count: 2 }] }],
    );
    await assertRuns([{ $documents: [{ a: 1 }, { a: 2 }] }, { $match: { a: 2 } }], [], [{ a: 2 }]);
  });

  it("$bucket and $bucketAuto", async function () {
    const numbers = [1, 2, 3, 4, 5].map((n) => ({ _id: n, n }));
    await assertRuns(
      [{ $bucket: { groupBy: "$n", boundaries: [0, 3], default: "more" } }],
      numbers,
      [
        { _id: 0, count: 2 },
        { _id: "more", count: 3 },
      ],
    );
    await assertRuns([{ $bucketAuto: { groupBy: "$n", buckets: 2 } }], numbers.slice(0, 4), [
      { _id: { min: 1, max: 3 }, count: 2 },
      { _id: { min: 3, max: 4 }, count: 2 },
    ]);
  });

  it("$sample gives as many different documents as asked", async function () {
    const found = await run([{ $sample: { size: 3 } }], docs);
    assert.equal(new Set(shown(found)).size, 3);
  });

  it("uses the variables of the command", async function () {
    await assertRuns(
      [{ $match: { $expr: { $eq: ["$a", "$$x"] } } }, { $project: { y: "$$x" } }],
      docs,
      [{ _id: 3, y: 2 }],
      { let: { x: 2 } },
    );
  });

  it("$out replaces a collection, $merge changes it", async function () {
    const out = new MemoryOutput([{ _id: 9 }]);
    assert.deepEqual(
      await run([{ $project: { a: 1 } }, { $out: "target" }], docs.slice(0, 1), { output: out }),
      [],
    );
    assert.deepEqual(shown(out.docs), shown([docOf({ _id: 1, a: 1 })]));

    const merged = new MemoryOutput([{ _id: 1, old: true }]);
    await run([{ $project: { a: 1 } }, { $merge: "target" }], docs.slice(0, 2), { output: merged });
    assert.deepEqual(
      shown(merged.docs),
      shown([docOf({ _id: 1, old: true, a: 1 }), docOf({ _id: 2, a: new Double(1) })]),
    );

    const counted = new MemoryOutput([{ _id: 1, n: 1 }]);
    const whenMatched = [{ $set: { n: { $add: ["$n", "$$new.a"] } } }];
    await run(
      [{ $merge: { into: "target", whenMatched, whenNotMatched: "discard" } }],
      docs.slice(0, 2),
      { output: counted },
    );
    assert.deepEqual(shown(counted.docs), shown([docOf({ _id: 1, n: 2 })]));

    const kept = new MemoryOutput([{ _id: 1, n: 1 }]);
    await assert.rejects(
      run([{ $merge: { into: "target", whenMatched: "fail" } }], docs.slice(0, 1), {
        output: kept,
      }),
      (error) =>
        error instanceof MongoError &&
        error.code === 11000 &&
        error.extra?.has("keyValue") === true,
    );
  });

  it("stays within its memory", async function () {
    const many = Array.from({ length: 200 }, (_, i) => ({ _id: i, text: "x".repeat(100) }));
    for (const stage of [
      { $sort: { text: 1 } },
      { $group: { _id: null, all: { $push: "$text" } } },
    ])
      await assert.rejects(
        run([stage], many, { memoryLimit: 10_000 }),
        (error) => error instanceof MongoError && error.code === 292,
      );
    await run([{ $group: { _id: null, n: { $sum: 1 } } }], many, { memoryLimit: 10_000 });
    await run([{ $sort: { _id: 1 } }, { $limit: 2 }], many, { memoryLimit: 30_000 });
  });

  const refusals: [title: string, pipeline: Fields[], code: number][] = [
    ["an unknown stage", [{ $foo: 1 }], 40324],
    ["$setWindowFields, by name", [{ $setWindowFields: {} }], 238],
    ["$graphLookup without its fields", [{ $graphLookup: { from: "x" } }], 40105],
    ["$graphLookup with a depth below 0", [{ $graphLookup: { ...graph, maxDepth: -1 } }], 40101],
    ["$graphLookup with an unknown field", [{ $graphLookup: { ...graph, to: 1 } }], 40104],
    ["$$KEEP outside of $redact", [{ $set: { a: "$$KEEP" } }], 238],
    ["$densify, by name", [{ $densify: {} }], 238],
    ["$changeStream, by name", [{ $changeStream: {} }], 238],
    ["a stage with two names", [{ $match: {}, $limit: 1 }], 40323],
    ["$out before the end", [{ $out: "x" }, { $limit: 1 }], 40601],
    ["$documents after the start", [{ $limit: 1 }, { $documents: [] }], 40602],
    ["$where inside $match", [{ $match: { $where: "1" } }], 238],
    ["an unknown accumulator", [{ $group: { _id: null, x: { $foo: 1 } } }], 15952],
    ["$accumulator, by name", [{ $group: { _id: null, x: { $accumulator: {} } } }], 238],
    ["$group without _id", [{ $group: { n: { $sum: 1 } } }], 15955],
    ["a limit of nothing", [{ $limit: 0 }], 15958],
    ["an empty sort", [{ $sort: {} }], 15976],
    [
      "$out inside $lookup",
      [{ $lookup: { from: "other", pipeline: [{ $out: "x" }], as: "o" } }],
      51047,
    ],
    ["$facet inside $facet", [{ $facet: { x: [{ $facet: {} }] } }], 40600],
  ];
  for (const [title, pipeline, code] of refusals)
    it(`refuses ${title}, before it reads a document`, function () {
      assert.throws(
        () => {
          const stages = pipeline.map(docOf);
          const source = {
            [Symbol.iterator]: () => assert.fail("read a document"),
          };
          runPipeline(stages, source, {
            database: "db",
            variables: commandVariables(),
            readCollection: () => [],
            output: new MemoryOutput([]),
          });
        },
        (error) => error instanceof MongoError && error.code === code,
      );
    });

  it("gives int64 counts only where int32 ends", async function () {
    const [found] = await run([{ $count: "n" }], docs);
    assert.ok(found?.get("n") instanceof Int32);
  });
});
