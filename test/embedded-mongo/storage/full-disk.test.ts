import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MongoClient, MongoServerError, type Collection, type Db } from "mongodb";
import { maySmallDisk } from "../../faults/small-disk.js";
import {
  startDatabaseProcess,
  temporaryFolder,
  type DatabaseProcess,
} from "../support/database-process.js";

const outOfDiskSpace = 14031;
const megabyte = 1024 * 1024;
/** How long the disk stays full. */
const fullMs = Number(process.env["FULL_DISK_SECONDS"] ?? 2) * 1_000;

interface Row {
  _id: number;
  group: number;
  text: string;
}

describe("embedded-mongo on a disk that is full (needs a user namespace with a tmpfs)", function () {
  this.timeout(30_000 + 10 * fullMs);
  const folder = temporaryFolder();
  let server: DatabaseProcess | undefined;
  let client: MongoClient | undefined;
  let db: Db;
  let inside: string;
  let rows: Collection<Row>;
  let last = 0;
  const stored = new Set<number>();

  before(async function () {
    const reason = maySmallDisk();
    if (reason !== null) {
      process.stdout.write(`    skipped: ${reason}\n`);
      this.skip();
    }
    server = await startDatabaseProcess(folder.path, { diskBytes: 10 * megabyte });
    inside = server.inside;
    writeFileSync(join(inside, "ballast"), Buffer.alloc(3 * megabyte, 1));
    client = new MongoClient(server.url);
    db = client.db("x");
    rows = db.collection<Row>("rows");
    await rows.createIndexes([{ key: { group: 1, text: 1 } }]);
  });
  after(async () => {
    await client?.close();
    await server?.kill("SIGTERM");
    folder.remove();
  });

  const row = (bytes: number): Row => {
    last += 1;
    return { _id: last, group: last % 10, text: "x".repeat(bytes) };
  };

  /** Inserts a few rows; false when the disk was full. Every other error is one. */
  async function insert(count: number, bytes: number): Promise<boolean> {
    const some = Array.from({ length: count }, () => row(bytes));
    try {
      await rows.insertMany(some);
      for (const { _id } of some) stored.add(_id);
      return true;
    } catch (error) {
      assert.ok(error instanceof MongoServerError, String(error));
      assert.equal(error.code, outOfDiskSpace, error.message);
      // a slice of them may have gone in before
      const found = await rows.find({ _id: { $in: some.map(({ _id }) => _id) } }).toArray();
      for (const { _id } of found) stored.add(_id);
      return false;
    }
  }

  async function fill(): Promise<void> {
    for (const [count, bytes] of [
      [20, 3_900],
      [1, 3_900],
      [1, 300],
    ] as const)
      while (await insert(count, bytes));
  }

  async function readEveryWay(): Promise<void> {
    const one = Math.min(...stored);
    assert.equal((await rows.findOne({ _id: one }))?.group, one % 10);
    assert.equal(await rows.countDocuments({ text: /x$/ }), stored.size);
    let found = 0;
    for await (const { group } of rows.find({ group: 3 }).batchSize(7))
      found += group === 3 ? 1 : 0;
    assert.equal(found, [...stored].filter((id) => id % 10 === 3).length);
    const plan = await rows.find({ group: 4 }).explain("executionStats");
    assert.match(JSON.stringify(plan), /IXSCAN/);
    const groups = await rows.aggregate([{ $group: { _id: "$group" } }]).toArray();
    assert.equal(groups.length, new Set([...stored].map((id) => id % 10)).size);
    const another = new MongoClient(server?.url ?? "");
    await another.db("x").command({ ping: 1 });
    await another.close();
  }

  it("refuses writes with code 14031 and goes on reading in every way", async () => {
    await fill();
    assert.ok(stored.size > 100, `${stored.size} rows went in`);
    const until = Date.now() + fullMs;
    let refused = 0;
    const writers = [1, 3, 20].map(async (count) => {
      while (Date.now() < until || refused <= 10)
        refused += (await insert(count, (count * 997) % 20_000)) ? 0 : 1;
    });
    const updater = async (): Promise<void> => {
      while (Date.now() < until)
        await rows
          .updateMany({ group: 5 }, { $set: { text: "y".repeat(9_000) } })
          .catch((error: unknown) => {
            assert.ok(error instanceof MongoServerError && error.code === outOfDiskSpace);
          });
    };
    await Promise.all([...writers, updater()]);
    do await readEveryWayAsStored();
    while (Date.now() < until + fullMs / 2);
    assert.doesNotMatch(server?.output() ?? "", /Write error|mdb_/);
  });

  /** Updates that went through changed texts. */
  async function readEveryWayAsStored(): Promise<void> {
    const changed = await rows.countDocuments({ text: /y$/ });
    assert.equal(changed + (await rows.countDocuments({ text: /x$/ })), stored.size);
    if (changed === 0) await readEveryWay();
    else assert.equal(await rows.countDocuments({ text: { $exists: true } }), stored.size);
  }

  it("takes deletes, also by findAndModify, and then writes in the room that they made", async () => {
    await fill();
    const gone = await rows.findOneAndDelete({ group: 3 }, { sort: { _id: 1 } });
    assert.ok(gone !== null && stored.delete(gone._id));
    assert.equal(await rows.findOne({ _id: gone._id }), null);
    await rows.deleteMany({ text: /y$/ });
    for (const { _id } of await rows.find({ text: /y$/ }).toArray()) assert.fail(`${_id} is left`);
    const { deletedCount } = await rows.deleteMany({ group: { $in: [1, 2, 5, 6, 7] } });
    assert.ok(deletedCount > 20);
    for (const id of stored) if ([1, 2, 5, 6, 7].includes(id % 10)) stored.delete(id);
    let wrote = 0;
    while (wrote < 20 && (await insert(1, 1_000))) wrote += 1;
    assert.equal(wrote, 20);
    await readEveryWay();
  });

  it("writes again by itself when there is room, with nothing lost", async () => {
    await fill();
    const trying = (async () => {
      while (!(await insert(5, 3_900)));
    })();
    rmSync(join(inside, "ballast"));
    await trying;
    for (let turn = 0; turn < 20; turn++) assert.ok(await insert(5, 3_900));
    await readEveryWay();
    const ids = await rows.find({}, { projection: { _id: 1 } }).toArray();
    assert.deepEqual(
      ids.map(({ _id }) => _id),
      [...stored].sort((a, b) => a - b),
    );
    const check: { valid?: unknown } = await db.command({ validate: "rows" });
    assert.equal(check.valid, true);
  });
});
