import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Decimal128, Double, Int32, Long, ObjectId, Timestamp } from "mongodb";
import { dumpDatabase } from "../../../server/embedded-mongo/dump/dump-database.js";
import { restoreDatabase } from "../../../server/embedded-mongo/dump/restore-database.js";
import { openDatabase, type TestDatabase } from "../support/open-database.js";
import { temporaryFolder } from "../support/database-process.js";

describe("embedded-mongo db:dump and db:restore", () => {
  let source: TestDatabase;
  let target: TestDatabase;
  const out = temporaryFolder();

  before(async () => {
    [source, target] = await Promise.all([openDatabase(), openDatabase()]);
  });
  after(async () => {
    await Promise.all([source.close(), target.close()]);
    out.remove();
  });

  it("brings documents back byte for byte, and indexes, while both servers run", async () => {
    const things = source.db.collection("odd/name");
    await things.createIndexes([
      { key: { code: 1 }, unique: true, name: "code" },
      { key: { when: -1 }, expireAfterSeconds: 3_600, name: "when" },
    ]);
    const ordered = new Map<string, unknown>([
      ["_id", new ObjectId()],
      ["b", new Double(1)],
      ["10", new Int32(1)],
      ["9", Long.fromNumber(1)],
      ["code", "ä\u0000"],
      ["d", Decimal128.fromString("1.50")],
      ["t", new Timestamp({ t: 1, i: 2 })],
      ["n", new Map([["7", [new Map([["1", null]])]]])],
    ]);
    await source.db.command({ insert: "odd/name", documents: [ordered] });
    await things.insertMany(Array.from({ length: 3_000 }, (_, n) => ({ code: `c${n}`, n })));

    const dumped = await dumpDatabase(source.client, "test", out.path);
    assert.deepEqual(dumped, [{ name: "odd/name", documents: 3_001 }]);
    const lines = readFileSync(join(out.path, "odd%2Fname.json"), "utf8").trimEnd().split("\n");
    assert.equal(lines.length, 3_001);

    await restoreDatabase(target.client, "test", out.path, { drop: false });
    const restored = target.db.collection("odd/name");
    const raw = async (collection: typeof things): Promise<string[]> => {
      const documents: unknown[] = await collection
        .find({}, { raw: true, sort: { _id: 1 } })
        .toArray();
      return documents.map((document) => Buffer.from(document as Uint8Array).toString("hex"));
    };
    assert.deepEqual(await raw(restored), await raw(things));
    assert.deepEqual(await restored.indexes(), await things.indexes());
  });

  it("says so when documents are there already, and replaces them when asked to", async () => {
    await assert.rejects(
      restoreDatabase(target.client, "test", out.path, { drop: false }),
      /3001 documents were not stored, the first: E11000/,
    );
    const { collections } = await restoreDatabase(target.client, "test", out.path, { drop: true });
    assert.deepEqual(collections, [{ name: "odd/name", documents: 3_001 }]);
    assert.equal(await target.db.collection("odd/name").countDocuments(), 3_001);
  });

  it("keeps validators, which let in what was there before, and views", async () => {
    const [from, to] = [source.client.db("shop"), target.client.db("shop")];
    const validator = { total: { $gte: new Int32(0) } };
    const orders = from.collection("orders.options");
    await orders.insertMany([
      { _id: 1, total: -1 },
      { _id: 2, total: 5 },
    ] as object[]);
    await from.command({ collMod: orders.collectionName, validator, validationLevel: "moderate" });
    const open = await from.createCollection("a view", {
      viewOn: orders.collectionName,
      pipeline: [{ $match: { total: { $gt: 1 } } }],
    });
    const folder = temporaryFolder();
    try {
      const dumped = await dumpDatabase(source.client, "shop", folder.path);
      assert.deepEqual(dumped, [
        { name: "a view", documents: 0, view: true },
        { name: "orders.options", documents: 2 },
      ]);
      for (const drop of [false, true]) {
        const { collections } = await restoreDatabase(target.client, "shop", folder.path, { drop });
        assert.deepEqual(collections, dumped.toReversed());
      }
      const listed = async (db: typeof from): Promise<unknown[]> =>
        (await db.listCollections().toArray()).map((info) => "options" in info && info.options);
      assert.deepEqual(await listed(to), await listed(from));
      assert.deepEqual(await to.collection("a view").find().toArray(), await open.find().toArray());
      const refused = to.collection(orders.collectionName).insertOne({ total: -5 });
      await assert.rejects(refused, { code: 121 });
    } finally {
      folder.remove();
    }
  });

  it("says which collection the server cannot have", async () => {
    const folder = temporaryFolder();
    try {
      writeFileSync(join(folder.path, "log.options.json"), `{"capped":true,"size":4096}`);
      await assert.rejects(
        restoreDatabase(target.client, "other", folder.path, { drop: false }),
        /log: The option 'capped'/,
      );
    } finally {
      folder.remove();
    }
  });
});
