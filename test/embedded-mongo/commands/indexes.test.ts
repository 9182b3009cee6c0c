import assert from "node:assert/strict";
import { ObjectId, type Collection } from "mongodb";
import { openDatabase, type TestDatabase } from "../support/open-database.js";

describe("embedded-mongo indexes", () => {
  let database: TestDatabase;
  let rows: Collection;
  let turn = 0;

  before(async () => {
    database = await openDatabase();
  });
  after(() => database.close());
  beforeEach(() => {
    rows = database.db.collection(`rows${++turn}`);
  });

  const names = async (): Promise<string[]> => (await rows.indexes()).map(({ name }) => name ?? "");

  it("build over what is there, while writes go on", async () => {
    await rows.insertMany(Array.from({ length: 3_000 }, (_, n) => ({ n })));
    const building = rows.createIndexes([{ key: { n: 1 }, name: "n" }]);
    await Promise.all(Array.from({ length: 50 }, (_, n) => rows.insertOne({ n: 10_000 + n })));
    await rows.deleteMany({ n: { $lt: 100 } });
    await building;
    const check = await database.db.command({ validate: rows.collectionName });
    assert.deepEqual([check["valid"], check["errors"]], [true, []]);
    assert.deepEqual(check["keysPerIndex"], { _id_: 2_950, n: 2_950 });
  });

  it("refuse a unique build over duplicates, and leave nothing of it", async () => {
    await rows.insertMany([{ n: 1 }, { n: 1 }]);
    await assert.rejects(rows.createIndexes([{ key: { n: 1 }, unique: true }]), { code: 11000 });
    assert.deepEqual(await names(), ["_id_"]);
    await rows.insertOne({ n: 1 });
  });

  it("tell which key clashed, of a compound and of a multikey index", async () => {
    await rows.createIndexes([
      { key: { a: 1, b: -1 }, unique: true },
      { key: { tags: 1 }, unique: true, sparse: true },
    ]);
    await rows.insertOne({ a: 1, b: "x", tags: ["p", "q"] });
    await assert.rejects(rows.insertOne({ a: 1, b: "x" }), {
      code: 11000,
      keyPattern: { a: 1, b: -1 },
      keyValue: { a: 1, b: "x" },
    });
    await assert.rejects(rows.insertOne({ a: 2, tags: ["z", "q"] }), {
      code: 11000,
      keyPattern: { tags: 1 },
      keyValue: { tags: "q" },
    });
    await rows.insertOne({ a: 3, tags: ["r", "r"] });
    await rows.insertMany([{ a: 4 }, { a: 5 }]);
  });

  it("leave nothing of a document that a later one of them refuses, alone or among others", async () => {
    await rows.createIndexes([
      { key: { a: 1 }, unique: true },
      { key: { c: 1 } },
      { key: { tags: 1 }, unique: true, sparse: true },
    ]);
    await rows.insertOne({ _id: new ObjectId(), a: 1, c: 1, tags: ["p", "q"] });
    await assert.rejects(rows.insertOne({ a: 2, c: 2, tags: ["y", "z", "q"] }), { code: 11000 });
    const mixed = [
      { a: 3, c: 3, tags: ["r"] },
      { a: 2, c: 2, tags: ["s", "r"] },
      { a: 4, c: 4, tags: ["t"] },
    ];
    await assert.rejects(rows.insertMany(mixed, { ordered: false }), {
      code: 11000,
      insertedCount: 2,
    });
    const check = await database.db.command({ validate: rows.collectionName });
    assert.deepEqual([check["valid"], check["errors"]], [true, []]);
    assert.deepEqual(check["keysPerIndex"], { _id_: 3, a_1: 3, c_1: 3, tags_1: 4 });
    // What it would have taken is free.
    await rows.insertOne({ a: 2, c: 2, tags: ["y", "z", "s"] });
  });

  it("of equal numbers of different types clash, and updates into a clash change nothing", async () => {
    await rows.createIndexes([{ key: { n: 1 }, unique: true }]);
    await database.db.command({
      insert: rows.collectionName,
      documents: [
        { _id: 1, n: 5 },
        { _id: 2, n: 6.5 },
      ],
    });
    await assert.rejects(rows.updateOne({ n: 6.5 }, { $set: { n: 5 } }), { code: 11000 });
    assert.equal(await rows.countDocuments({ n: 6.5 }), 1);
    assert.equal(await rows.countDocuments({ n: 5 }), 1);
  });

  it("that exist already are no error; same name or key with other options are 86 and 85", async () => {
    await rows.createIndexes([{ key: { a: 1 }, name: "a" }]);
    await rows.createIndexes([{ key: { a: 1 }, name: "a" }]);
    await assert.rejects(rows.createIndexes([{ key: { b: 1 }, name: "a" }]), { code: 86 });
    await assert.rejects(rows.createIndexes([{ key: { a: 1 }, name: "other" }]), { code: 85 });
    const expiring = { key: { a: 1 }, expireAfterSeconds: 60 };
    await assert.rejects(rows.createIndexes([{ ...expiring, name: "a" }]), { code: 85 });
    await assert.rejects(rows.createIndexes([{ ...expiring, name: "other" }]), { code: 85 });
    const unique = { key: { a: 1 }, unique: true };
    await assert.rejects(rows.createIndexes([{ ...unique, name: "a" }]), { code: 86 });
    assert.deepEqual(await names(), ["_id_", "a"]);
  });

  it("may have one key and be unique or not, sparse or not; a drop by key then asks for the name", async () => {
    await rows.createIndexes([
      { key: { a: 1 }, name: "plain" },
      { key: { a: 1 }, name: "unique", unique: true },
      { key: { a: 1 }, name: "both", unique: true, sparse: true },
    ]);
    await rows.insertMany([{ a: 1 }, { a: 2 }, {}]);
    await assert.rejects(rows.insertOne({ a: 1 }), { code: 11000 });
    await assert.rejects(rows.insertOne({}), { code: 11000 });
    for (const hint of ["plain", "unique"])
      assert.equal((await rows.find({ a: null }, { hint }).toArray()).length, 1);
    const drop = (index: unknown) =>
      database.db.command({ dropIndexes: rows.collectionName, index });
    await assert.rejects(drop({ a: 1 }), { code: 181, codeName: "AmbiguousIndexKeyPattern" });
    await drop(["unique", "both"]);
    await drop({ a: 1 });
    assert.deepEqual(await names(), ["_id_"]);
  });

  const refused: Record<string, [object, number]> = {
    hashed: [{ key: { a: "hashed" }, name: "x" }, 67],
    text: [{ key: { a: "text" }, name: "x" }, 67],
    wildcard: [{ key: { "$**": 1 }, name: "x" }, 67],
    "zero direction": [{ key: { a: 0 }, name: "x" }, 67],
    "a compound TTL": [{ key: { a: 1, b: 1 }, name: "x", expireAfterSeconds: 5 }, 67],
    "partial and sparse": [
      { key: { a: 1 }, name: "x", sparse: true, partialFilterExpression: { a: 1 } },
      67,
    ],
    "a collation": [{ key: { a: 1 }, name: "x", collation: { locale: "de" } }, 67],
    "an unknown option": [{ key: { a: 1 }, name: "x", colour: "red" }, 197],
    "no key": [{ name: "x" }, 9],
  };
  for (const [what, [definition, code]] of Object.entries(refused))
    it(`refuse ${what} with code ${code}`, async () => {
      const command = { createIndexes: rows.collectionName, indexes: [definition] };
      await assert.rejects(database.db.command(command), { code });
    });

  it("can be dropped by name and by key, all but that on _id; unknown ones are 27", async () => {
    await rows.createIndexes([
      { key: { a: 1 }, name: "a" },
      { key: { b: 1 }, name: "b" },
      { key: { c: 1 }, name: "c" },
    ]);
    await rows.dropIndex("a");
    await database.db.command({ dropIndexes: rows.collectionName, index: { b: 1 } });
    await assert.rejects(rows.dropIndex("zzz"), { code: 27 });
    await assert.rejects(rows.dropIndex("_id_"), { code: 72 });
    await rows.dropIndexes();
    assert.deepEqual(await names(), ["_id_"]);
    await assert.rejects(database.db.command({ listIndexes: "nothing" }), { code: 26 });
  });

  it("hold keys longer than lmdb takes, and still tell them apart", async () => {
    const long = "x".repeat(5_000);
    await rows.createIndexes([{ key: { text: 1 }, unique: true }]);
    await rows.insertMany([{ text: `${long}a` }, { text: `${long}b` }, { text: `${long}c` }]);
    await assert.rejects(rows.insertOne({ text: `${long}b` }), { code: 11000 });
    assert.equal(await rows.countDocuments({ text: `${long}b` }), 1);
    assert.equal(await rows.countDocuments({ text: { $gt: `${long}a`, $lte: `${long}c` } }), 2);
    const sorted = await rows.find().sort({ text: -1 }).toArray();
    assert.deepEqual(
      sorted.map((row) => String(row["text"]).at(-1)),
      ["c", "b", "a"],
    );
  });

  it("refuse two arrays side by side with code 171", async () => {
    await rows.createIndexes([{ key: { a: 1, b: 1 } }]);
    await assert.rejects(rows.insertOne({ a: [1], b: [2] }), { code: 171 });
    assert.equal(await rows.countDocuments(), 0);
  });
});
