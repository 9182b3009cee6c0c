import assert from "node:assert/strict";
import type { Collection } from "mongodb";
import { openDatabase, type TestDatabase } from "../support/open-database.js";

const count = 20_000;

describe("embedded-mongo: reads that no index covers", () => {
  let database: TestDatabase;
  let rows: Collection;

  before(async () => {
    database = await openDatabase();
    rows = database.db.collection("rows");
    await rows.insertMany(
      Array.from({ length: count }, (_, n) => ({ n, text: `${"ab".repeat(60)} ${n % 50}` })),
    );
  });
  after(() => database.close());

  it("give the same answers from the second thread: find, sort, count, distinct, aggregate", async () => {
    const end = await rows.find({ n: { $gte: count - 300 } }).toArray();
    assert.equal(end.length, 300);
    const sorted = await rows.find().sort({ n: -1 }).limit(3).toArray();
    assert.deepEqual(
      sorted.map((row) => row["n"] as number),
      [count - 1, count - 2, count - 3],
    );
    assert.equal(await rows.countDocuments({ text: / 49$/ }), count / 50);
    assert.equal((await rows.distinct("text")).length, 50);
    const groups = await rows
      .aggregate([{ $group: { _id: "$text", rows: { $sum: 1 } } }])
      .toArray();
    assert.deepEqual(
      new Set(groups.map((group) => group["rows"] as number)),
      new Set([count / 50]),
    );
  });

  it("see what was written just before", async () => {
    await rows.insertOne({ n: -1, text: "fresh" });
    assert.equal(await rows.countDocuments({ text: "fresh" }), 1);
    await rows.deleteOne({ text: "fresh" });
    assert.equal(await rows.countDocuments({ text: "fresh" }), 0);
  });

  it("update and upsert by a field without an index, one document each time", async () => {
    const wanted = { text: "only one" };
    await Promise.all(
      Array.from({ length: 10 }, () =>
        rows.updateOne(wanted, { $inc: { hits: 1 } }, { upsert: true }),
      ),
    );
    const found = await rows.find(wanted).toArray();
    assert.deepEqual(
      found.map((row) => row["hits"] as number),
      [10],
    );
    await rows.deleteOne(wanted);
  });

  it("end with code 50 at maxTimeMS", async () => {
    await assert.rejects(
      rows
        .find({ text: /nothing/ })
        .maxTimeMS(1)
        .toArray(),
      { code: 50 },
    );
  });

  it("that do not give way are ended with their thread, and others begin again unnoticed", async () => {
    const endless = {
      $reduce: {
        input: { $range: [0, 100_000] },
        initialValue: 0,
        in: { $add: ["$$value", { $size: { $range: [0, 100_000] } }] },
      },
    };
    const bomb = rows.aggregate([{ $project: { endless } }], { maxTimeMS: 200 }).toArray();
    const other = rows.aggregate([
      { $group: { _id: null, rows: { $sum: 1 } } },
      { $addFields: { a: 1 } },
    ]);
    const [ended, answered] = await Promise.allSettled([bomb, other.toArray()]);
    assert.equal(ended.status === "rejected" && (ended.reason as { code?: unknown }).code, 50);
    assert.deepEqual(answered.status === "fulfilled" && answered.value, [
      { _id: null, rows: count, a: 1 },
    ]);
    assert.equal(await rows.countDocuments({ text: / 49$/ }), count / 50);
  });

  it("do not keep point reads waiting", async () => {
    const one = await rows.findOne();
    const running = { slow: true };
    const slow = Promise.all(
      Array.from({ length: 3 }, () => rows.countDocuments({ text: /a.*b.*nothing/ })),
    ).finally(() => {
      running.slow = false;
    });
    let reads = 0;
    while (running.slow) {
      await rows.findOne(one === null ? {} : { _id: one._id });
      reads += 1;
    }
    assert.deepEqual(await slow, [0, 0, 0]);
    assert.ok(reads > 20, `${reads} point reads went through meanwhile`);
  });

  it("hold no place that a dropped collection could leave dangling", async () => {
    const cursor = rows.find({ n: { $gte: 0 } }).batchSize(10);
    await cursor.next();
    await rows.drop();
    await assert.rejects(
      async () => {
        while ((await cursor.next()) !== null);
      },
      { code: 43 },
    );
  });
});
