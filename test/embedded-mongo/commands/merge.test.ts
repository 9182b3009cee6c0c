import assert from "node:assert/strict";
import type { Collection } from "mongodb";
import { openDatabase, type TestDatabase } from "../support/open-database.js";

describe("embedded-mongo $merge", () => {
  let database: TestDatabase;
  let rows: Collection;
  let target: Collection;
  let turn = 0;

  before(async () => {
    database = await openDatabase();
  });
  after(() => database.close());
  beforeEach(async () => {
    rows = database.db.collection(`rows${++turn}`);
    target = database.db.collection(`target${turn}`);
    await rows.insertMany([
      { code: "a", n: 1 },
      { code: "b", n: 2 },
    ]);
  });

  const merge = (on: unknown, more: object = {}): Promise<unknown> =>
    rows
      .aggregate([
        { $project: { _id: 0 } },
        { $merge: { into: target.collectionName, on, ...more } },
      ])
      .toArray();
  const held = () => target.find({}, { projection: { _id: 0 }, sort: { code: 1 } }).toArray();

  it("by other fields than _id wants a unique index on them, in any order (51183)", async () => {
    await assert.rejects(merge("code"), { code: 51183 });
    await target.createIndexes([{ key: { code: 1 } }]);
    await assert.rejects(merge("code"), { code: 51183 });
    await target.createIndexes([
      { key: { n: 1 }, unique: true, partialFilterExpression: { n: { $gt: 0 } } },
      { key: { code: -1 }, unique: true, name: "code" },
      { key: { n: 1, code: 1 }, unique: true, name: "both" },
    ]);
    await assert.rejects(merge("n"), { code: 51183 });
    assert.equal(await target.countDocuments(), 0);
    await merge("code");
    await target.updateOne({ code: "a" }, { $set: { extra: true } });
    await rows.updateOne({ code: "b" }, { $set: { n: 5 } });
    await merge(["code"]);
    assert.deepEqual(await held(), [
      { code: "a", n: 1, extra: true },
      { code: "b", n: 5 },
    ]);
    await merge(["code", "n"], { whenMatched: "keepExisting" });
    assert.equal(await target.countDocuments(), 2);
  });

  it("refuses an empty or doubled list of fields", async () => {
    await assert.rejects(merge([]), { code: 51187 });
    await assert.rejects(merge(["code", "code"]), { code: 31465 });
    await assert.rejects(merge([3]), { code: 51186 });
  });

  it("loses no write that others make to the target meanwhile", async () => {
    const many = Array.from({ length: 800 }, (_, n) => ({ _id: n }));
    await rows.deleteMany({});
    await rows.insertMany(many as object[]);
    await target.insertMany(many.map((doc) => ({ ...doc, hits: 0 })) as object[]);
    const others = Promise.all(
      many.map(({ _id }) => target.updateOne({ _id } as object, { $inc: { hits: 1 } })),
    );
    const whenMatched = [{ $set: { merged: { $add: [{ $ifNull: ["$merged", 0] }, 1] } } }];
    const into = { $merge: { into: target.collectionName, whenMatched } };
    await Promise.all([rows.aggregate([into]).toArray(), rows.aggregate([into]).toArray(), others]);
    assert.equal(await target.countDocuments({ hits: 1, merged: 2 }), 800);
  });
});
