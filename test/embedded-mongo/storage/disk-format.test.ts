import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { docOf } from "../../../server/embedded-mongo/bson/from-js.js";
import { serializeDoc } from "../../../server/embedded-mongo/bson/serialize-bson.js";
import { checkCollection } from "../../../server/embedded-mongo/storage/check-collection.js";
import { currentFormat } from "../../../server/embedded-mongo/storage/disk-format.js";
import { buildIndexes } from "../../../server/embedded-mongo/storage/index-build.js";
import { Store } from "../../../server/embedded-mongo/storage/store.js";
import {
  entryIdKey,
  systemTable,
  tableKey,
  tableRange,
} from "../../../server/embedded-mongo/storage/table-keys.js";
import { temporaryFolder } from "../support/database-process.js";
import { laterFormat, table } from "../support/upgrade-steps.js";

const rows = 500;
const script = fileURLToPath(new URL("../support/die-in-upgrade.js", import.meta.url));

describe("embedded-mongo: a file of an older format", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let file: string;

  beforeEach(async () => {
    folder = temporaryFolder();
    file = join(folder.path, "store.mdb");
    const store = await Store.open(folder.path);
    await store.write(() => {
      const collection = store.catalog.create("db", "rows", new Map());
      for (let n = 0; n < rows; n++) {
        const doc = docOf({ _id: n });
        store.documents.insert(collection, doc, serializeDoc(doc));
        store.space.put(tableKey(table, Buffer.from(String(n))), Buffer.from("a"));
      }
    });
    await store.close();
  });
  afterEach(() => folder.remove());

  /** What every value of the steps' table is, and whether the documents are as they were. */
  async function look(format = currentFormat): Promise<{ values: string[]; log: string[] }> {
    const log: string[] = [];
    const store = await Store.open(folder.path, (_, message) => log.push(message), format);
    const values = [...store.space.walk(tableRange(table))].map(({ value }) => value.toString());
    const collection = store.catalog.find("db.rows");
    assert.ok(collection);
    const { documents, errors } = await checkCollection(store, collection);
    assert.deepEqual([documents, errors], [rows, []]);
    await store.close();
    assert.equal(values.length, rows);
    return { values: [...new Set(values)], log };
  }

  it("is upgraded step by step at start, once, and says so", async () => {
    const first = await look(laterFormat());
    assert.deepEqual(first.values, ["abcd"]);
    assert.ok(first.log.includes("upgraded the file"));
    const second = await look(laterFormat());
    assert.deepEqual(second.values, ["abcd"]);
    assert.equal(second.log.includes("upgraded the file"), false);
  });

  it("is refused, untouched, by the older server afterwards, which says what to do", async () => {
    await look(laterFormat());
    await assert.rejects(look(), (error) => {
      assert.ok(error instanceof Error && error.message.includes(file));
      assert.match(error.message, /newer version.*format \d+, known here: \d+.*start it with that/);
      return true;
    });
    assert.deepEqual((await look(laterFormat())).values, ["abcd"]);
  });

  it("goes on where a kill in the middle of a step left it", async () => {
    for (let kill = 0; kill < 3; kill++) {
      const { signal } = spawnSync(process.execPath, [script, folder.path]);
      assert.equal(signal, "SIGKILL");
    }
    // two steps were done and are not done again; of the third nothing is there
    const between = { version: currentFormat.version + 2, upgrades: {} };
    assert.deepEqual((await look(between)).values, ["abc"]);
    assert.deepEqual((await look(laterFormat())).values, ["abcd"]);
  });

  it("stays as it was where a step fails, with an error that names file and step", async () => {
    const failing = laterFormat(() => {
      throw new Error("no idea what this is");
    });
    await assert.rejects(
      Store.open(folder.path, () => undefined, failing),
      (error) => {
        assert.ok(error instanceof Error && error.message.includes(file));
        assert.match(error.message, /from format \d+ to \d+: no idea what this is/);
        return true;
      },
    );
    assert.deepEqual((await look(laterFormat())).values, ["abcd"]);
  });

  it("is refused, untouched, where no step leads on from it", async () => {
    const gap = { version: currentFormat.version + 1, upgrades: {} };
    await assert.rejects(
      Store.open(folder.path, () => undefined, gap),
      /can no longer be upgraded/,
    );
    assert.deepEqual((await look()).values, ["a"]);
  });

  it("is not upgraded under another server that has it open", async () => {
    const owner = await Store.open(folder.path);
    await assert.rejects(look(laterFormat()), /is in use by process/);
    await owner.close();
    assert.deepEqual((await look()).values, ["a"]);
  });
});

describe("embedded-mongo: a file of format 1", () => {
  it("is upgraded: _id keys of unique indexes move into the values", async () => {
    const folder = temporaryFolder();
    let store = await Store.open(folder.path);
    const definition = docOf({ v: 2, key: { code: 1 }, name: "code", unique: true });
    await store.write(() => {
      const collection = store.catalog.create("db", "rows", new Map());
      for (let n = 0; n < 2_500; n++) {
        const doc = docOf({ _id: n, code: `code ${n % 2_400}${n < 2_400 ? "" : " again"}` });
        store.documents.insert(collection, doc, serializeDoc(doc));
      }
    });
    await buildIndexes(store, "db.rows", [definition]);
    const table = store.catalog.find("db.rows")?.indexes[0]?.table ?? 0;
    await store.write(() => {
      const entries = [...store.space.walk(tableRange(table))].map(({ key, value }) => ({
        key: Buffer.from(key),
        value: Buffer.from(value),
      }));
      for (const { key, value } of entries) {
        store.space.remove(key);
        store.space.put(Buffer.concat([key, entryIdKey(key, value)]), value.subarray(0, 2));
      }
      store.space.put(
        tableKey(systemTable, Buffer.from("format")),
        Buffer.from("porchlight embedded-mongo 1"),
      );
    });
    await store.close();

    store = await Store.open(folder.path);
    const collection = store.catalog.find("db.rows");
    assert.ok(collection);
    const { documents, errors, entries } = await checkCollection(store, collection);
    assert.deepEqual([documents, errors, entries.get("code")], [2_500, [], 2_500]);
    const taken = docOf({ _id: -1, code: "code 7" });
    await assert.rejects(
      store.write(() => store.documents.insert(collection, taken, serializeDoc(taken))),
      { code: 11000 },
    );
    await store.close();
    folder.remove();
  });
});
