import assert from "node:assert/strict";
import type { Collection } from "mongodb";
import { openDatabase, type TestDatabase } from "../support/open-database.js";

describe("embedded-mongo views", () => {
  let database: TestDatabase;
  let orders: Collection;
  let turn = 0;
  let name: string;

  before(async () => {
    database = await openDatabase();
  });
  after(() => database.close());
  beforeEach(async () => {
    name = `orders${++turn}`;
    orders = database.db.collection(name);
    await orders.insertMany([
      { _id: 1, who: "ada", sum: 5, tags: ["a", "b"] },
      { _id: 2, who: "bob", sum: 7, tags: ["b"] },
      { _id: 3, who: "ada", sum: 9 },
    ] as object[]);
  });

  const makeView = (view: string, viewOn: string, pipeline: object[]): Promise<Collection> =>
    database.db.createCollection(view, { viewOn, pipeline });
  const big = (): Promise<Collection> =>
    makeView(`${name}.big`, name, [{ $match: { sum: { $gt: 5 } } }, { $set: { big: true } }]);

  it("answer find with filter, sort, skip, limit and projection", async () => {
    const view = await big();
    assert.deepEqual(await view.find({ who: "ada" }).toArray(), [
      { _id: 3, who: "ada", sum: 9, big: true },
    ]);
    const page = view.find({}, { sort: { sum: -1 }, skip: 1, limit: 1, projection: { who: 1 } });
    assert.deepEqual(await page.toArray(), [{ _id: 2, who: "bob" }]);
    await orders.insertOne({ _id: 4, who: "eve", sum: 11 } as object);
    assert.equal(await view.countDocuments(), 3);
  });

  it("go through batches like any collection", async () => {
    await orders.insertMany(Array.from({ length: 300 }, (_, n) => ({ sum: 100 + n })));
    const view = await big();
    const sums = await view.find({ sum: { $gte: 100 } }, { batchSize: 7 }).toArray();
    assert.equal(sums.length, 300);
  });

  it("answer count, distinct and aggregate", async () => {
    const view = await big();
    assert.equal(await view.estimatedDocumentCount(), 2);
    assert.equal((await database.db.command({ count: view.collectionName, limit: 1 }))["n"], 1);
    assert.equal(await view.countDocuments({ who: "nobody" }), 0);
    const none = await database.db.command({ count: view.collectionName, query: { who: "no" } });
    assert.equal(none["n"], 0);
    assert.deepEqual(await view.distinct("who", { sum: 9 }), ["ada"]);
    const groups = await view
      .aggregate([{ $group: { _id: null, all: { $sum: "$sum" } } }])
      .toArray();
    assert.deepEqual(groups, [{ _id: null, all: 16 }]);
  });

  it("stand on views, and are joined by $lookup and $unionWith", async () => {
    const view = await big();
    const nested = await makeView(`${name}.nested`, view.collectionName, [
      { $match: { who: "ada" } },
      { $project: { sum: 1 } },
    ]);
    assert.deepEqual(await nested.find().toArray(), [{ _id: 3, sum: 9 }]);
    const joined = await orders
      .aggregate([
        { $match: { _id: 1 } },
        {
          $lookup: { from: nested.collectionName, localField: "none", foreignField: "x", as: "n" },
        },
        { $project: { n: 1 } },
        { $unionWith: nested.collectionName },
      ])
      .toArray();
    assert.deepEqual(joined, [
      { _id: 1, n: [{ _id: 3, sum: 9 }] },
      { _id: 3, sum: 9 },
    ]);
  });

  it("use the collection's indexes, and explain says so", async () => {
    await orders.createIndexes([{ key: { sum: 1 } }]);
    const view = await makeView(`${name}.indexed`, name, [{ $match: { sum: { $gt: 5 } } }]);
    const plan = await database.db.command({
      explain: { find: view.collectionName, filter: { who: "ada" } },
    });
    assert.match(JSON.stringify(plan), /"IXSCAN".*"nReturned":1.*"totalDocsExamined":2/);
  });

  it("are listed as views with their definition", async () => {
    const view = await big();
    const [info] = await database.db.listCollections({ name: view.collectionName }).toArray();
    assert.deepEqual(info, {
      name: view.collectionName,
      type: "view",
      options: {
        viewOn: name,
        pipeline: [{ $match: { sum: { $gt: 5 } } }, { $set: { big: true } }],
      },
      info: { readOnly: true },
    });
    const types = await database.db.listCollections({ type: "view" }, { nameOnly: true }).toArray();
    assert.equal(
      types.some((entry) => entry.name === view.collectionName),
      true,
    );
    assert.equal((await database.db.stats())["views"] > 0, true);
  });

  it("refuse writes and what only a collection can do (166)", async () => {
    const view = await big();
    const refused = { code: 166 };
    await assert.rejects(view.insertOne({ sum: 1 }), refused);
    await assert.rejects(view.updateOne({}, { $set: { x: 1 } }), refused);
    await assert.rejects(view.updateMany({}, { $set: { x: 1 } }, { upsert: true }), refused);
    await assert.rejects(view.replaceOne({}, { x: 1 }), refused);
    await assert.rejects(view.deleteOne({}), refused);
    await assert.rejects(view.deleteMany({}), refused);
    await assert.rejects(view.findOneAndUpdate({}, { $set: { x: 1 } }), refused);
    await assert.rejects(view.findOneAndDelete({}), refused);
    await assert.rejects(view.createIndexes([{ key: { x: 1 } }]), refused);
    await assert.rejects(view.indexes(), refused);
    await assert.rejects(view.dropIndex("x_1"), refused);
    await assert.rejects(view.rename(`${name}.other`), refused);
    await assert.rejects(database.db.command({ validate: view.collectionName }), refused);
    await assert.rejects(database.db.command({ collStats: view.collectionName }), refused);
    await assert.rejects(view.aggregate([{ $collStats: { count: {} } }]).toArray(), refused);
    await assert.rejects(orders.aggregate([{ $out: view.collectionName }]).toArray(), refused);
    await assert.rejects(orders.aggregate([{ $merge: view.collectionName }]).toArray(), refused);
    await assert.rejects(database.db.collection("system.views").deleteMany({}), { code: 73 });
    assert.equal(await view.countDocuments(), 2);
    assert.equal(await orders.countDocuments(), 3);
  });

  it("are dropped without their collection, which leaves views on nothing empty", async () => {
    const view = await big();
    const nested = await makeView(`${name}.nested`, view.collectionName, []);
    await view.drop();
    assert.deepEqual(await nested.find().toArray(), []);
    assert.equal(await orders.countDocuments(), 3);
    await orders.drop();
    assert.equal(await nested.countDocuments(), 0);
  });

  it("give up their name, and take no name that is taken (48)", async () => {
    const view = await big();
    await assert.rejects(big(), { code: 48 });
    await assert.rejects(makeView(name, "other", []), { code: 48 });
    await assert.rejects(database.db.createCollection(view.collectionName), { code: 48 });
    await assert.rejects(orders.rename(view.collectionName), { code: 48 });
    await view.drop();
    await database.db.collection(view.collectionName).insertOne({ now: "a collection" });
  });

  it("refuse a cycle (5), also through $lookup, and more than 20 on one another (165)", async () => {
    await makeView(`${name}.a`, `${name}.b`, []);
    await assert.rejects(makeView(`${name}.b`, `${name}.a`, []), { code: 5 });
    await assert.rejects(makeView(`${name}.self`, `${name}.self`, []), { code: 5 });
    const lookup = { from: `${name}.a`, localField: "x", foreignField: "y", as: "z" };
    await assert.rejects(makeView(`${name}.b`, name, [{ $facet: { f: [{ $lookup: lookup }] } }]), {
      code: 5,
    });
    let under = name;
    for (let n = 1; n <= 20; n++) {
      await makeView(`${name}.v${n}`, under, []);
      under = `${name}.v${n}`;
    }
    await assert.rejects(makeView(`${name}.v21`, under, []), { code: 165 });
    assert.equal(await database.db.collection(under).countDocuments(), 3);
    const below = database.db.command({ collMod: `${name}.v1`, viewOn: `${name}.a`, pipeline: [] });
    await assert.rejects(below, { code: 165 });
  });

  it("refuse definitions that make no sense", async () => {
    const make = (fields: object) => database.db.command({ create: `${name}.bad`, ...fields });
    await assert.rejects(make({ pipeline: [] }), { code: 72 });
    await assert.rejects(make({ viewOn: name, validator: { a: 1 } }), { code: 72 });
    await assert.rejects(make({ viewOn: "" }), { code: 2 });
    await assert.rejects(make({ viewOn: name, pipeline: [{ $out: "x" }] }), { code: 167 });
    await assert.rejects(make({ viewOn: name, pipeline: [{ $bad: 1 }] }), { code: 40324 });
    await assert.rejects(make({ viewOn: name, collation: { locale: "de" } }), /collation/);
  });

  it("refuse what a find on a view cannot do in MongoDB either", async () => {
    const view = await big();
    await assert.rejects(view.find().sort({ $natural: 1 }).toArray(), { code: 168 });
    await assert.rejects(
      view.find({}, { projection: { tags: { $elemMatch: { $eq: "a" } } } }).toArray(),
      /elemMatch/,
    );
    await assert.rejects(view.find({ tags: "b" }, { projection: { "tags.$": 1 } }).toArray());
  });

  it("can be redefined by collMod", async () => {
    const view = await big();
    await database.db.command({
      collMod: view.collectionName,
      viewOn: name,
      pipeline: [{ $match: { who: "bob" } }],
    });
    assert.deepEqual(await view.distinct("_id"), [2]);
  });
});
