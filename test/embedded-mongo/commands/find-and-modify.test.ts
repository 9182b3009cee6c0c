import assert from "node:assert/strict";
import type { Collection, Document } from "mongodb";
import { openDatabase, type TestDatabase } from "../support/open-database.js";

interface Row {
  _id: number;
  n: number;
  items?: { k: number }[];
  at?: number;
}

describe("embedded-mongo findAndModify", () => {
  let database: TestDatabase;
  let rows: Collection<Row>;

  before(async () => {
    database = await openDatabase();
    rows = database.db.collection("rows");
  });
  after(() => database.close());
  beforeEach(async () => {
    await rows.deleteMany({});
    await rows.insertOne({ _id: 1, n: 1, items: [{ k: 1 }, { k: 2 }] });
  });

  const run = async (options: Document): Promise<unknown> =>
    (await database.db.command({ findAndModify: "rows", ...options }))["value"];

  it("answers with fields: picked, by position, computed, with the command's variables", async () => {
    const change = { query: { _id: 1, "items.k": 2 }, update: { $inc: { n: 1 } } };
    assert.deepEqual(await run({ ...change, fields: { n: 1 } }), { _id: 1, n: 1 });
    assert.deepEqual(await run({ ...change, fields: { "items.$": 1 } }), {
      _id: 1,
      items: [{ k: 2 }],
    });
    const computed = { twice: { $multiply: ["$n", "$$by"] } };
    assert.deepEqual(await run({ ...change, fields: computed, let: { by: 2 }, new: true }), {
      _id: 1,
      twice: 8,
    });
    assert.deepEqual(await run({ query: {}, remove: true, fields: { n: 1 } }), { _id: 1, n: 4 });
  });

  it("finds by $expr with the command's variables, and answers with fields", async () => {
    const query = { $expr: { $eq: ["$_id", "$$id"] } };
    const update = [{ $set: { at: "$$id" } }];
    const fields = { at: 1 };
    assert.deepEqual(await run({ query, update, fields, let: { id: 1 }, new: true }), {
      _id: 1,
      at: 1,
    });
  });

  it("changes nothing where its fields make no sense", async () => {
    for (const fields of [{ n: 1, items: 0 }, { n: { $bogus: 1 } }, { n: "$$unknown" }]) {
      await assert.rejects(run({ query: {}, update: { $inc: { n: 1 } }, fields }));
      await assert.rejects(run({ query: {}, remove: true, fields }));
    }
    assert.equal((await rows.findOne({ _id: 1 }))?.n, 1);
  });
});

describe("embedded-mongo: read and write concerns", () => {
  let database: TestDatabase;

  before(async () => {
    database = await openDatabase();
  });
  after(() => database.close());

  it("are those of one server: more is refused as a stand-alone refuses it", async () => {
    const insert = (writeConcern: object): Promise<Document> =>
      database.db.command({ insert: "rows", documents: [{}], writeConcern });
    for (const w of [1, "majority"]) assert.equal((await insert({ w, j: true }))["n"], 1);
    for (const w of [2, "elsewhere"]) await assert.rejects(insert({ w }), { code: 2 });
    const find = (level: unknown): Promise<Document> =>
      database.db.command({ find: "rows", readConcern: { level } });
    for (const level of ["local", "available", "majority"])
      assert.equal((await find(level))["ok"], 1);
    for (const level of ["snapshot", "linearizable"])
      await assert.rejects(find(level), { code: 123 });
    for (const level of ["nearest", 1]) await assert.rejects(find(level), { code: 2 });
    assert.equal(await database.db.collection("rows").countDocuments(), 2);
  });
});
