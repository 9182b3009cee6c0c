import assert from "node:assert/strict";
import type { Collection, Document } from "mongodb";
import { openDatabase, type TestDatabase } from "../support/open-database.js";

describe("embedded-mongo collMod", () => {
  let database: TestDatabase;
  let rows: Collection;
  let turn = 0;

  before(async () => {
    database = await openDatabase();
  });
  after(() => database.close());
  beforeEach(async () => {
    rows = await database.db.createCollection(`rows${++turn}`);
  });

  const change = (fields: object): Promise<Document> =>
    database.db.command({ collMod: rows.collectionName, ...fields });
  const definition = async (name: string): Promise<Document | undefined> =>
    (await rows.indexes()).find((index) => index.name === name);

  it("changes when documents expire, and makes a plain index a TTL index", async () => {
    await rows.createIndexes([
      { key: { at: 1 }, name: "at", expireAfterSeconds: 60 },
      { key: { seen: -1 }, name: "seen" },
    ]);
    const byKey = await change({ index: { keyPattern: { at: 1 }, expireAfterSeconds: 120 } });
    assert.deepEqual([byKey["expireAfterSeconds_old"], byKey["expireAfterSeconds_new"]], [60, 120]);
    const byName = await change({ index: { name: "seen", expireAfterSeconds: 5 } });
    assert.deepEqual(
      ["expireAfterSeconds_old" in byName, byName["expireAfterSeconds_new"]],
      [false, 5],
    );
    assert.equal((await definition("at"))?.["expireAfterSeconds"], 120);
    assert.equal((await definition("seen"))?.["expireAfterSeconds"], 5);
  });

  it("hides an index from plans and hints, though it stays unique, and shows it again", async () => {
    await rows.createIndexes([{ key: { n: 1 }, name: "n", unique: true }]);
    await rows.insertMany([{ n: 1 }, { n: 2 }]);
    const plan = async (): Promise<string> => {
      const filter = { find: rows.collectionName, filter: { n: 1 } };
      return JSON.stringify(await database.db.command({ explain: filter }));
    };
    assert.match(await plan(), /IXSCAN/);
    const hidden = await change({ index: { name: "n", hidden: true } });
    assert.deepEqual([hidden["hidden_old"], hidden["hidden_new"]], [false, true]);
    assert.equal((await definition("n"))?.["hidden"], true);
    assert.doesNotMatch(await plan(), /IXSCAN/);
    await assert.rejects(rows.find({}, { hint: "n" }).toArray(), { code: 2 });
    await assert.rejects(rows.insertOne({ n: 1 }), { code: 11000 });
    await rows.insertOne({ n: 3 });
    await change({ index: { keyPattern: { n: 1 }, hidden: false } });
    assert.match(await plan(), /IXSCAN/);
    assert.equal(await rows.countDocuments({ n: 3 }), 1);
    await rows.createIndexes([{ key: { m: 1 }, name: "m", hidden: true }]);
    await assert.rejects(rows.find({}, { hint: { m: 1 } }).toArray(), { code: 2 });
  });

  it("refuses what is not there or makes no sense, and changes nothing then", async () => {
    await rows.createIndexes([{ key: { a: 1, b: 1 }, name: "ab" }]);
    const refuse = (fields: object, code: number): Promise<void> =>
      assert.rejects(change(fields), { code });
    await refuse({ index: { name: "none", hidden: true } }, 27);
    await refuse({ index: { name: "ab", expireAfterSeconds: 5 } }, 72);
    await refuse({ index: { name: "ab", expireAfterSeconds: -1 } }, 72);
    await refuse({ index: { name: "_id_", hidden: true } }, 2);
    await refuse({ index: { name: "_id_", expireAfterSeconds: 5 } }, 72);
    await refuse({ index: { name: "ab" } }, 72);
    await refuse({ index: { hidden: true } }, 72);
    await refuse({ index: { name: "ab", keyPattern: { a: 1, b: 1 }, hidden: true } }, 72);
    await refuse({ index: { name: "ab", prepareUnique: true } }, 238);
    await refuse({ index: { name: "ab", colour: 1 } }, 40415);
    await refuse({ viewOn: "x", pipeline: [] }, 72);
    await refuse({ validator: { a: 1 }, index: { name: "none", hidden: true } }, 27);
    await refuse({ cappedSize: 1 }, 238);
    await assert.rejects(database.db.command({ collMod: "none", validator: {} }), { code: 26 });
    const [info] = await database.db.listCollections({ name: rows.collectionName }).toArray();
    assert.deepEqual(info && "options" in info && info.options, {});
  });
});
