import assert from "node:assert/strict";
import { MongoBulkWriteError, type Collection } from "mongodb";
import { mongoError } from "../../../server/embedded-mongo/mongo-error.js";
import {
  runStatements,
  type Statement,
} from "../../../server/embedded-mongo/commands/run-statements.js";
import { openDatabase, type TestDatabase } from "../support/open-database.js";

/** A store that only counts its units. */
class CountingStore {
  units = 0;
  full = false;
  write<T>(unit: () => T): Promise<T> {
    this.units += 1;
    if (this.full) return Promise.reject(mongoError(14031, "full"));
    return Promise.resolve(unit());
  }
  free<T>(unit: () => T): Promise<T> {
    return this.write(unit);
  }
}

describe("embedded-mongo: statements of one command", () => {
  const log: string[] = [];
  const quick = (name: string) => (): Statement<string> => ({
    quickly: () => {
      log.push(name);
      return { value: name };
    },
    slowly: () => Promise.reject(new Error(`${name} is quick`)),
  });
  const slow = (name: string) => (): Statement<string> => ({
    quickly: () => undefined,
    slowly: () => {
      log.push(name);
      return Promise.resolve(name);
    },
  });
  const refused = (): Statement<string> => ({
    quickly: () => {
      throw mongoError(66, "immutable");
    },
    slowly: () => Promise.reject(new Error("not reached")),
  });
  beforeEach(() => {
    log.length = 0;
  });

  it("share one unit, and so one flush, as long as they are quick", async () => {
    const store = new CountingStore();
    const { values } = await runStatements(store, ["a", "b", "c"].map(quick), {
      ordered: true,
      frees: false,
    });
    assert.deepEqual([values, store.units], [["a", "b", "c"], 1]);
  });

  it("run in order where one is slow, if they are ordered, else that one last", async () => {
    const statements = [quick("a"), slow("b"), quick("c")];
    for (const [ordered, order] of [
      [true, "abc"],
      [false, "acb"],
    ] as const) {
      log.length = 0;
      const { values } = await runStatements(new CountingStore(), statements, {
        ordered,
        frees: false,
      });
      assert.deepEqual([values, log.join("")], [["a", "b", "c"], order]);
    }
  });

  it("stop at the first error if they are ordered, and only then", async () => {
    const statements = [quick("a"), refused, quick("c")];
    const ordered = await runStatements(new CountingStore(), statements, {
      ordered: true,
      frees: false,
    });
    assert.deepEqual(ordered.values, ["a"]);
    assert.equal(ordered.errors[1]?.get("errmsg"), "immutable");
    const unordered = await runStatements(new CountingStore(), statements, {
      ordered: false,
      frees: false,
    });
    assert.deepEqual([unordered.values[0], unordered.values[2]], ["a", "c"]);
    assert.equal(unordered.errors.length, 2);
  });

  it("go through in small pieces where the disk is full, if they delete; else they are refused", async () => {
    const store = new CountingStore();
    store.full = true;
    const either = (): Statement<string> => ({
      quickly: () => ({ value: "quick" }),
      slowly: () => Promise.resolve("slow"),
    });
    const { values } = await runStatements(store, [either], { ordered: true, frees: true });
    assert.deepEqual(values, ["slow"]);
    await assert.rejects(runStatements(store, [either], { ordered: true, frees: false }), {
      code: 14031,
    });
  });
});

interface Row {
  _id: number;
  n?: number;
  other?: number;
}

describe("embedded-mongo: bulk writes", () => {
  let database: TestDatabase;
  let rows: Collection<Row>;

  before(async () => {
    database = await openDatabase();
  });
  after(() => database.close());
  beforeEach(async () => {
    rows = database.db.collection("rows");
    await rows.deleteMany({});
    await rows.createIndexes([{ key: { n: 1 }, unique: true, sparse: true }]);
  });

  for (const size of [10, 3_000])
    it(`see what the statements before them did (${size} documents)`, async () => {
      // the larger collection is searched in the second thread: no index leads to `other`
      await rows.insertMany(Array.from({ length: size }, (_, n) => ({ _id: n + 100, other: n })));
      const result = await rows.bulkWrite([
        { updateOne: { filter: { _id: 1 }, update: { $set: { n: 1 } }, upsert: true } },
        { updateOne: { filter: { n: 1 }, update: { $inc: { n: 1 } } } },
        { updateOne: { filter: { other: 7 }, update: { $set: { n: 7 } } } },
        { updateMany: { filter: { n: { $gt: 0 } }, update: { $inc: { n: 10 } } } },
        { updateMany: { filter: { other: { $lt: 5 } }, update: { $set: { other: -1 } } } },
        { replaceOne: { filter: { n: 17 }, replacement: { n: 18 } } },
        { deleteOne: { filter: { other: -1 } } },
        { deleteMany: { filter: { other: -1 } } },
        { updateOne: { filter: { n: 99 }, update: { $set: { n: 1 } } } },
      ]);
      assert.deepEqual(
        [result.upsertedCount, result.matchedCount, result.modifiedCount, result.deletedCount],
        [1, 10, 10, 5],
      );
      assert.deepEqual(result.upsertedIds, { 0: 1 });
      assert.deepEqual(
        await rows
          .find({ n: { $exists: true } })
          .sort({ n: 1 })
          .toArray(),
        [
          { _id: 1, n: 12 },
          { _id: 107, n: 18 },
        ],
      );
      assert.equal(await rows.countDocuments(), size + 1 - 5);
    });

  for (const ordered of [true, false])
    it(`keep what came before an error, and go on behind it only unordered (${ordered})`, async () => {
      await rows.insertMany([
        { _id: 1, n: 1 },
        { _id: 2, n: 2 },
        { _id: 3, n: 3 },
      ]);
      const writes = rows.bulkWrite(
        [
          { updateOne: { filter: { _id: 1 }, update: { $set: { other: 1 } } } },
          { updateOne: { filter: { _id: 2 }, update: { $set: { n: 1 } } } },
          { updateOne: { filter: { _id: 3 }, update: { $set: { _id: 4 } } } },
          { updateOne: { filter: { _id: 3 }, update: { $set: { other: 3 } } } },
        ],
        { ordered },
      );
      await assert.rejects(writes, (error) => {
        assert.ok(error instanceof MongoBulkWriteError);
        const errors = [error.writeErrors].flat().map(({ index, code }) => [index, code]);
        const all = [
          [1, 11000],
          [2, 66],
        ];
        assert.deepEqual(errors, ordered ? all.slice(0, 1) : all);
        return true;
      });
      assert.deepEqual(await rows.find().sort({ _id: 1 }).toArray(), [
        { _id: 1, n: 1, other: 1 },
        { _id: 2, n: 2 },
        ordered ? { _id: 3, n: 3 } : { _id: 3, n: 3, other: 3 },
      ]);
    });

  it("keep of an update of many what came before its error, as MongoDB does", async () => {
    await rows.insertMany(Array.from({ length: 5 }, (_, n) => ({ _id: n, other: n })));
    await assert.rejects(rows.updateMany({}, [{ $set: { n: { $min: ["$other", 2] } } }]), {
      code: 11000,
    });
    assert.deepEqual(
      (await rows.find().sort({ _id: 1 }).toArray()).map(({ n }) => n),
      [0, 1, 2, undefined, undefined],
    );
  });

  it("take thousands of statements of one command", async () => {
    await rows.insertMany(Array.from({ length: 5_000 }, (_, n) => ({ _id: n })));
    const result = await rows.bulkWrite(
      Array.from({ length: 5_000 }, (_, n) => ({
        updateOne: { filter: { _id: n }, update: { $set: { n } } },
      })),
    );
    assert.equal(result.modifiedCount, 5_000);
    assert.equal(await rows.countDocuments({ $expr: { $eq: ["$_id", "$n"] } }), 5_000);
  });
});
