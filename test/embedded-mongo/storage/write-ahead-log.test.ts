import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { KeySpace } from "../../../server/embedded-mongo/storage/key-space.js";
import { Store } from "../../../server/embedded-mongo/storage/store.js";
import {
  newRun,
  runsAt,
  WriteAheadLog,
  type Run,
} from "../../../server/embedded-mongo/storage/write-ahead-log.js";
import { temporaryFolder } from "../support/database-process.js";

const key = (n: number) => Buffer.from(`key ${String(n).padStart(6, "0")}`);
const firstRun = newRun(1);
const secondRun = newRun(2);
const thirdRun = newRun(3);

function append(log: WriteAheadLog, ...numbers: number[]): void {
  log.begin();
  for (const n of numbers) log.put(key(n), Buffer.from(`value ${n}`));
  assert.equal(log.append(), true);
}

function keysOf(log: WriteAheadLog, run: Run): string[] {
  return [...log.read(run)].map((change) => change.key.toString());
}

describe("embedded-mongo: the write-ahead log", () => {
  const folder = temporaryFolder();
  let path = "";
  let log: WriteAheadLog;
  beforeEach(() => {
    path = join(folder.path, "store.log");
    rmSync(path, { force: true });
    log = new WriteAheadLog(path);
    log.restart(firstRun);
  });
  afterEach(() => log.close());
  after(() => folder.remove());

  it("gives back what was appended, in order, removals too", () => {
    append(log, 1, 2);
    log.begin();
    log.remove(key(1));
    log.put(key(3), Buffer.alloc(0));
    assert.equal(log.append(), true);
    const changes = [...log.read(firstRun)].map(({ key, value }) => [
      key.toString(),
      value?.toString(),
    ]);
    assert.deepEqual(changes, [
      ["key 000001", "value 1"],
      ["key 000002", "value 2"],
      ["key 000001", undefined],
      ["key 000003", ""],
    ]);
  });

  it("leaves out a group that was begun and not appended, and what runs before the last two left behind", () => {
    append(log, 1);
    append(log, 2);
    log.restart(secondRun);
    append(log, 3);
    assert.deepEqual(keysOf(log, firstRun), ["key 000001", "key 000002"]);
    log.restart(thirdRun);
    append(log, 4);
    log.begin();
    log.put(key(5), Buffer.alloc(9));
    assert.deepEqual(keysOf(log, thirdRun), ["key 000004"]);
    assert.deepEqual(keysOf(log, secondRun), ["key 000003"]);
    assert.deepEqual(keysOf(log, firstRun), []);
  });

  it("goes on from a run to the one of the next transaction, and to no other", () => {
    append(log, 1);
    log.restart(secondRun);
    append(log, 2);
    const from = (run: Run) => [...log.readFrom(run)].map((change) => change.key.toString());
    assert.deepEqual(from(firstRun), ["key 000001", "key 000002"]);
    assert.deepEqual(from(secondRun), ["key 000002"]);
    log.restart(newRun(4));
    append(log, 4);
    assert.deepEqual(from(secondRun), ["key 000002"]);
    assert.deepEqual(from(newRun(2)), [], "another run of the same number");
  });

  it("forgets everything when it is told to, and a beginning that is damaged", () => {
    append(log, 1);
    log.restart(secondRun);
    append(log, 2);
    assert.deepEqual(log.runs(), [firstRun, secondRun]);
    assert.deepEqual(runsAt(path), [firstRun, secondRun]);
    log.clear();
    assert.deepEqual(runsAt(path), []);
    assert.deepEqual(keysOf(log, firstRun), []);
    assert.deepEqual(runsAt(`${path} that is not there`), []);
  });

  it("ends at a record that is cut short or changed, wherever", () => {
    append(log, 1);
    const first = readFileSync(path).length;
    append(log, 2, 3);
    const whole = readFileSync(path);
    for (let length = first; length < whole.length; length += 3) {
      writeFileSync(path, whole.subarray(0, length));
      assert.deepEqual(keysOf(log, firstRun), ["key 000001"], `${length} bytes`);
    }
    for (let at = first; at < whole.length; at++) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      writeFileSync(path, damaged);
      assert.deepEqual(keysOf(log, firstRun), ["key 000001"], `byte ${at}`);
    }
  });

  it("takes no group that is too large, and goes on with the next", () => {
    log.begin();
    for (let n = 0; n < 30; n++) log.put(key(n), Buffer.alloc(100_000));
    assert.equal(log.append(), false);
    append(log, 1);
    assert.deepEqual(keysOf(log, firstRun), ["key 000001"]);
  });
});

describe("embedded-mongo: a key space with a log", () => {
  const folder = temporaryFolder();
  let space: KeySpace;
  let path = "";
  let counter = 0;
  beforeEach(() => {
    path = join(folder.path, `space-${++counter}.mdb`);
    space = new KeySpace(path);
    space.attach(new WriteAheadLog(`${path}.log`));
  });
  afterEach(() => space.close());
  after(() => folder.remove());
  const put = (...numbers: number[]) =>
    space.commit(() => {
      for (const n of numbers) space.put(key(n), Buffer.from(`value ${n}`));
    });
  const range = { from: Buffer.from("key"), to: Buffer.from("kez") };
  const keys = (from: KeySpace) => [...from.walk(range)].map(({ key }) => key.toString("utf8", 4));

  it("shows what was written at once here, and to others when it is settled", async () => {
    const other = new KeySpace(path);
    put(1, 2);
    assert.deepEqual(keys(space), ["000001", "000002"]);
    other.refresh();
    assert.deepEqual(keys(other), []);
    space.settle();
    other.refresh();
    assert.deepEqual(keys(other), ["000001", "000002"]);
    await other.close();
  });

  it("undoes a step that throws and keeps those before it", () => {
    put(1, 2);
    assert.throws(
      () =>
        space.commit(() => {
          space.remove(key(1));
          space.put(key(3), Buffer.alloc(3));
          throw new Error("halfway");
        }),
      /halfway/,
    );
    assert.deepEqual(keys(space), ["000001", "000002"]);
    put(4);
    space.settle();
    assert.deepEqual(keys(space), ["000001", "000002", "000004"]);
  });

  it("goes on with a walk that was under way when everything was settled or undone", () => {
    put(...Array.from({ length: 9 }, (_, n) => n));
    const walk = space.walk(range);
    const next = () => {
      const step = walk.next();
      return step.done === true ? undefined : step.value.key.toString("utf8", 4);
    };
    assert.equal(next(), "000000");
    space.settle();
    assert.equal(next(), "000001");
    put(20);
    assert.equal(next(), "000002");
    assert.throws(() =>
      space.commit(() => {
        throw new Error("undone");
      }),
    );
    assert.deepEqual([next(), next()], ["000003", "000004"]);
    walk.return(undefined);
  });

  it("writes a group that is too large for the log into the file at once", () => {
    put(1);
    space.commit(() => {
      for (let n = 2; n < 30; n++) space.put(key(n), Buffer.alloc(100_000));
    });
    assert.equal(space.unsettled, false);
    assert.equal(keys(space).length, 29);
  });
});

describe("embedded-mongo: a store and its log", () => {
  const folder = temporaryFolder();
  after(() => folder.remove());

  /** A copy of an open store's files: what a crash would leave. */
  async function crashed(name: string): Promise<string> {
    const original = temporaryFolder();
    const store = await Store.open(original.path);
    await store.write(() => store.space.put(key(1), Buffer.from("acknowledged")));
    const copy = join(folder.path, name);
    mkdirSync(copy);
    for (const file of ["store.mdb", "store.log"])
      copyFileSync(join(original.path, file), join(copy, file));
    await store.close();
    original.remove();
    return copy;
  }

  it("brings into the file what a crash left in the log", async () => {
    const copy = await crashed("replayed");
    const store = await Store.open(copy);
    assert.equal(store.space.get(key(1))?.toString(), "acknowledged");
    assert.ok(store.changesRecovered > 0);
    await store.close();
    assert.equal(existsSync(join(copy, "store.log")), false);
    const again = await Store.open(copy);
    assert.deepEqual([again.changesRecovered, again.space.get(key(1)) !== undefined], [0, true]);
    await again.close();
  });

  it("refuses a file whose log is gone, and names both", async () => {
    const copy = await crashed("gone");
    rmSync(join(copy, "store.log"));
    await assert.rejects(Store.open(copy), (error) => {
      assert.ok(error instanceof Error);
      assert.match(error.message, /store\.mdb was not closed cleanly and needs .*store\.log/);
      return true;
    });
  });
});
