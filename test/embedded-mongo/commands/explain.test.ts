import assert from "node:assert/strict";
import type { Collection, Document } from "mongodb";
import { openDatabase, type TestDatabase } from "../support/open-database.js";

const count = 20_000;
const megabyte = 1024 * 1024;

describe("embedded-mongo explain", () => {
  let database: TestDatabase;
  let rows: Collection<Document & { _id: number }>;

  before(async () => {
    database = await openDatabase();
    rows = database.db.collection("rows");
    await rows.insertMany(
      Array.from({ length: count }, (_, n) => ({ _id: n, n: n % 100, text: "ab".repeat(60) })),
    );
  });
  after(() => database.close());

  const explain = (inner: Document, options: Document = {}): Promise<Document> =>
    database.db.command({ explain: inner, ...options });

  it("counts what a query that no index covers reads, also with a sort", async () => {
    const plan = await explain({ find: "rows", filter: { n: 7 }, sort: { text: 1 }, limit: 5 });
    const { nReturned, totalDocsExamined } = plan["executionStats"] as Document;
    assert.deepEqual([nReturned, totalDocsExamined], [5, count]);
    const whole = await explain({ find: "rows", sort: { n: 1 }, skip: 10 });
    assert.equal((whole["executionStats"] as Document)["nReturned"], count - 10);
  });

  it("only plans with queryPlanner, and knows no other words than MongoDB's", async () => {
    const plan = await explain({ find: "rows", filter: { n: 7 } }, { verbosity: "queryPlanner" });
    assert.equal("executionStats" in plan, false);
    assert.match(JSON.stringify(plan["queryPlanner"]), /COLLSCAN/);
    await assert.rejects(explain({ find: "rows" }, { verbosity: "all" }), { code: 2 });
  });

  it("does not keep point reads waiting", async () => {
    const running = { slow: true };
    const slow = Promise.all(
      Array.from({ length: 3 }, () =>
        explain({ find: "rows", filter: { text: /a.*b.*nothing/ }, sort: { n: -1 } }),
      ),
    ).finally(() => {
      running.slow = false;
    });
    let reads = 0;
    for (; running.slow; reads += 1)
      assert.equal((await rows.findOne({ _id: reads }))?.["n"], reads % 100);
    for (const plan of await slow)
      assert.equal((plan["executionStats"] as Document)["totalDocsExamined"], count);
    assert.ok(reads > 20, `${reads} point reads went through meanwhile`);
  });

  it("ends with code 50 at maxTimeMS, which may stand inside or outside", async () => {
    const find = { find: "rows", filter: { text: /a.*b.*nothing/ } };
    await assert.rejects(explain(find, { maxTimeMS: 1 }), { code: 50 });
    await assert.rejects(explain({ ...find, maxTimeMS: 1 }), { code: 50 });
    assert.equal((await explain(find, { maxTimeMS: 20_000 }))["ok"], 1);
  });

  it("ends an expression that does not give way, with its thread", async () => {
    const range = { $range: [0, 100_000] };
    const endless = {
      $expr: {
        $reduce: { input: range, initialValue: 0, in: { $add: ["$$value", { $size: range }] } },
      },
    };
    await assert.rejects(explain({ find: "rows", filter: endless }, { maxTimeMS: 100 }), {
      code: 50,
    });
    assert.equal((await rows.findOne({ _id: 3 }))?.["n"], 3);
  });

  it("holds no more than 100 MB for a sort (292), as a find does", async () => {
    const large = database.db.collection("large");
    const text = "x".repeat(15 * megabyte);
    for (let n = 0; n < 7; n++) await large.insertOne({ n, text });
    await assert.rejects(large.find().sort({ n: 1 }).toArray(), { code: 292 });
    await assert.rejects(explain({ find: "large", sort: { n: 1 } }), { code: 292 });
    const few = await explain({ find: "large", sort: { n: 1 }, limit: 2 });
    assert.equal((few["executionStats"] as Document)["nReturned"], 2);
    await large.drop();
  });

  it("shows what of a pipeline is a query, and the stages behind it", async () => {
    const group = { $group: { _id: "$n" } };
    const pipeline = [{ $match: { _id: { $lt: 50 } } }, group];
    const plan = await explain({ aggregate: "rows", pipeline, cursor: {} });
    const [first, second] = plan["stages"] as [Document, Document];
    assert.match(JSON.stringify(first), /"IXSCAN".*"nReturned":50/);
    assert.deepEqual(second, group);
    const bare = await explain({ aggregate: "rows", pipeline: pipeline.slice(0, 1), cursor: {} });
    assert.match(JSON.stringify(bare["queryPlanner"]), /IXSCAN/);
  });

  it("of a write says how its documents are found, and changes nothing", async () => {
    const statement = { q: { n: 7 }, u: { $set: { n: 8 } }, multi: true };
    const plan = await explain({ update: "rows", updates: [statement] });
    assert.equal((plan["executionStats"] as Document)["nReturned"], count / 100);
    await explain({ delete: "rows", deletes: [{ q: {}, limit: 0 }] });
    assert.equal(await rows.countDocuments({ n: 7 }), count / 100);
    await assert.rejects(explain({ update: "rows", updates: [statement, statement] }), {
      code: 72,
    });
  });

  it("refuses what the command itself would refuse", async () => {
    const pipeline = [{ $bogus: 1 }];
    await assert.rejects(explain({ aggregate: "rows", pipeline, cursor: {} }), { code: 40324 });
    await assert.rejects(explain({ find: "rows", filter: { $bogus: 1 } }), { code: 2 });
    await assert.rejects(explain({ find: "rows", collation: { locale: "de" } }), { code: 2 });
    await assert.rejects(explain({ find: "rows", hint: "nowhere" }), { code: 2 });
    await assert.rejects(explain({ insert: "rows" }), { code: 59 });
  });
});
