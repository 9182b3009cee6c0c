import assert from "node:assert/strict";
import type { Collection, Document, Filter, Sort } from "mongodb";
import { openDatabase, type TestDatabase } from "../support/open-database.js";

interface Explained {
  stage: string;
  index: string | undefined;
  keys: number;
  documents: number;
  returned: number;
  sorts: boolean;
}

function stagesOf(stage: Document | undefined): Document[] {
  if (stage === undefined) return [];
  const inputs = (stage["inputStages"] ?? [stage["inputStage"]]) as (Document | undefined)[];
  return [stage, ...inputs.flatMap(stagesOf)];
}

async function explained(
  rows: Collection,
  filter: Filter<Document>,
  options: { sort?: Sort; limit?: number; hint?: string } = {},
): Promise<Explained> {
  const plan = await rows.find(filter, options).explain();
  const stages = stagesOf((plan["queryPlanner"] as Document)["winningPlan"] as Document);
  const scan = stages.find(({ stage }) => stage === "IXSCAN" || stage === "COLLSCAN");
  const stats = plan["executionStats"] as Document;
  return {
    stage: String(scan?.["stage"]),
    index: scan?.["indexName"] as string | undefined,
    keys: stats["totalKeysExamined"] as number,
    documents: stats["totalDocsExamined"] as number,
    returned: stats["nReturned"] as number,
    sorts: stages.some(({ stage }) => stage === "SORT"),
  };
}

describe("embedded-mongo planner", () => {
  let database: TestDatabase;
  let rows: Collection;

  before(async () => {
    database = await openDatabase();
    rows = database.db.collection("rows");
    await rows.insertMany(
      Array.from({ length: 1_000 }, (_, n) => ({
        n,
        group: n % 10,
        name: `name ${String(n).padStart(4, "0")}`,
        tags: [`t${n % 5}`, `u${n % 7}`],
        ...(n % 4 === 0 ? { rare: n } : {}),
        active: n % 2 === 0,
      })),
    );
    await rows.createIndexes([
      { key: { n: 1 }, name: "n" },
      { key: { group: 1, n: -1 }, name: "group_n" },
      { key: { name: 1 }, name: "name" },
      { key: { tags: 1 }, name: "tags" },
      { key: { rare: 1 }, sparse: true, name: "rare" },
      { key: { n: 1, name: 1 }, partialFilterExpression: { active: true }, name: "active" },
    ]);
  });
  after(() => database.close());

  it("reads one document for a point, by _id and by another field", async () => {
    const one = await rows.findOne({ n: 7 });
    assert.deepEqual(await explained(rows, one === null ? {} : { _id: one._id }), {
      stage: "IXSCAN",
      index: "_id_",
      keys: 1,
      documents: 1,
      returned: 1,
      sorts: false,
    });
    const { index, documents } = await explained(rows, { n: 7 });
    assert.deepEqual({ index, documents }, { index: "n", documents: 1 });
  });

  it("reads only the range, and only up to the limit, in the order of the index", async () => {
    const range = await explained(rows, { n: { $gte: 100, $lt: 200 } }, { sort: { n: -1 } });
    assert.deepEqual([range.keys, range.returned, range.sorts], [100, 100, false]);
    const page = await explained(rows, { group: 3 }, { sort: { n: -1 }, limit: 5 });
    assert.deepEqual([page.index, page.keys, page.returned, page.sorts], ["group_n", 5, 5, false]);
    const found = await rows.find({ group: 3 }).sort({ n: -1 }).limit(3).toArray();
    assert.deepEqual(
      found.map((row) => row["n"] as number),
      [993, 983, 973],
    );
  });

  it("uses an index for $in, anchored regular expressions and every branch of $or", async () => {
    const several = await explained(rows, { n: { $in: [1, 5, 9] } });
    assert.deepEqual([several.index, several.keys], ["n", 3]);
    const prefix = await explained(rows, { name: /^name 00/ });
    assert.deepEqual([prefix.index, prefix.keys, prefix.returned], ["name", 100, 100]);
    const either = await explained(rows, { $or: [{ n: 3 }, { name: "name 0003" }, { n: 4 }] });
    assert.deepEqual([either.stage, either.documents, either.returned], ["IXSCAN", 2, 2]);
    assert.equal((await explained(rows, { $or: [{ n: 3 }, { active: true }] })).stage, "COLLSCAN");
  });

  it("finds a document of a multikey index once, and does not narrow its bounds wrongly", async () => {
    const both = await explained(rows, { tags: { $in: ["t1", "u1"] } });
    assert.equal(both.index, "tags");
    assert.equal(
      both.returned,
      await rows.countDocuments({ n: { $gte: 0 }, $or: [{ tags: "t1" }, { tags: "u1" }] }),
    );
    const across = { tags: { $gt: "t3", $lt: "t2" } };
    assert.equal(
      (await rows.find(across, { hint: "tags" }).toArray()).length,
      (await rows.find(across, { hint: { $natural: 1 } }).toArray()).length,
    );
    await rows.insertOne({ tags: ["a", "z"] });
    assert.equal((await rows.find({ tags: { $gt: "v", $lt: "b" } }).toArray()).length, 1);
    await rows.deleteOne({ tags: "a" });
  });

  it("leaves a sparse or partial index alone where it would miss documents", async () => {
    assert.equal((await explained(rows, { rare: 8 })).index, "rare");
    assert.equal((await explained(rows, { rare: null })).stage, "COLLSCAN");
    assert.equal((await explained(rows, {}, { sort: { rare: 1 } })).sorts, true);
    assert.equal(
      (await explained(rows, { n: 4, active: true }, { hint: "active" })).index,
      "active",
    );
    await assert.rejects(rows.find({ n: 4 }, { hint: "active" }).toArray(), { code: 291 });
    await assert.rejects(rows.find({ n: 4 }, { hint: "nothing" }).toArray(), { code: 2 });
  });

  it("gives with every hint what it gives without an index", async () => {
    for (const hint of ["n", "group_n", "name", "tags", "_id_"]) {
      const found = await rows.find({ n: { $gt: 990 } }, { hint, sort: { n: 1 } }).toArray();
      assert.deepEqual(
        found.map((row) => row["n"] as number),
        [991, 992, 993, 994, 995, 996, 997, 998, 999],
        hint,
      );
    }
  });
});
