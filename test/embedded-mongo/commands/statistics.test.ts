import assert from "node:assert/strict";
import { openDatabase, type TestDatabase } from "../support/open-database.js";

describe("embedded-mongo statistics", () => {
  let database: TestDatabase;
  before(async () => {
    database = await openDatabase();
  });
  after(() => database.close());

  it("measure every index, which grows and shrinks with what is in it", async () => {
    const rows = database.db.collection("rows");
    await rows.createIndexes([
      { key: { text: 1 }, name: "text" },
      { key: { n: 1 }, name: "n", sparse: true },
    ]);
    const sizes = async (): Promise<Record<string, number>> => {
      const stats = await database.db.command({ collStats: "rows" });
      const each = stats["indexSizes"] as Record<string, number>;
      const total = Object.values(each).reduce((sum, size) => sum + size, 0);
      assert.equal(stats["totalIndexSize"], total);
      assert.equal(stats["totalSize"], (stats["size"] as number) + total);
      return each;
    };
    assert.deepEqual(await sizes(), { _id_: 0, text: 0, n: 0 });
    await rows.insertMany(Array.from({ length: 100 }, () => ({ text: "x".repeat(200) })));
    const { _id_: ids = 0, text = 0, n } = await sizes();
    assert.ok(ids >= 1_200 && ids < 4_000, String(ids));
    assert.ok(text >= 20_000 && text < 30_000, String(text));
    assert.equal(n, 0);
    await rows.insertMany(Array.from({ length: 100 }, () => ({ text: "x".repeat(200) })));
    assert.equal((await sizes())["text"], 2 * text);
    await rows.deleteMany({});
    assert.deepEqual(await sizes(), { _id_: 0, text: 0, n: 0 });
  });

  it("of a large index are in proportion to a sample of it", async () => {
    const rows = database.db.collection("many");
    await rows.createIndexes([{ key: { n: 1 }, name: "n" }]);
    const docs = Array.from({ length: 24_000 }, (_, n) => ({ n }));
    await rows.insertMany(docs.slice(0, 8_000));
    const sizeOfN = async (): Promise<number> => {
      const stats = await database.db.command({ collStats: "many", scale: 1 });
      return (stats["indexSizes"] as Record<string, number>)["n"] ?? 0;
    };
    const third = await sizeOfN();
    await rows.insertMany(docs.slice(8_000));
    const ratio = (await sizeOfN()) / third;
    assert.ok(ratio > 2.9 && ratio < 3.1, String(ratio));
  });

  it("of a database add up its collections", async () => {
    const stats = await database.db.stats();
    const one = await database.db.command({ collStats: "rows" });
    const other = await database.db.command({ collStats: "many" });
    assert.equal(
      stats["indexSize"],
      (one["totalIndexSize"] as number) + (other["totalIndexSize"] as number),
    );
    assert.equal(stats["indexes"], 5);
    const scaled = await database.db.command({ collStats: "many", scale: 1024 });
    assert.equal(scaled["totalIndexSize"], Math.floor((other["totalIndexSize"] as number) / 1024));
  });

  it("of a collection that is not there are zero", async () => {
    const stats = await database.db.command({ collStats: "none" });
    assert.deepEqual([stats["count"], stats["nindexes"], stats["totalIndexSize"]], [0, 0, 0]);
  });
});
