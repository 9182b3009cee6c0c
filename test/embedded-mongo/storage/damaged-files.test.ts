import assert from "node:assert/strict";
import { closeSync, openSync, statSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { open } from "lmdb";
import { MongoClient } from "mongodb";
import { startEmbeddedMongo } from "../../../server/embedded-mongo/start-embedded-mongo.js";
import { temporaryFolder } from "../support/database-process.js";

const pageBytes = 4096;

async function filledFolder(): Promise<ReturnType<typeof temporaryFolder>> {
  const folder = temporaryFolder();
  const server = await startEmbeddedMongo({ dataDir: folder.path });
  const client = new MongoClient(server.url);
  await client
    .db("x")
    .collection("y")
    .insertMany(Array.from({ length: 2_000 }, (_, n) => ({ n, text: "x".repeat(100) })));
  await client.close();
  await server.close();
  return folder;
}

async function refusesToStart(folder: string, why: RegExp): Promise<void> {
  const file = join(folder, "store.mdb");
  const before = statSync(file);
  await assert.rejects(startEmbeddedMongo({ dataDir: folder }), (error) => {
    assert.ok(error instanceof Error);
    assert.ok(error.message.includes(file), error.message);
    assert.match(error.message, why);
    assert.match(error.message, /backup|db:restore/);
    return true;
  });
  assert.equal(statSync(file).size, before.size);
}

describe("embedded-mongo: a file that is not a sound store of ours", () => {
  it("is refused when it is something else", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder.path, "store.mdb"), "SQLite format 3\0".repeat(2_000));
    await refusesToStart(folder.path, /is not a database of this server/);
    folder.remove();
  });

  it("is refused when it is another program's lmdb database", async () => {
    const folder = temporaryFolder();
    const other = open({ path: join(folder.path, "store.mdb"), noSubdir: true });
    await other.put("key", { of: "another" });
    await other.close();
    await refusesToStart(folder.path, /of another program/);
    folder.remove();
  });

  it("is refused when it was written by a newer version", async () => {
    const folder = await filledFolder();
    const store = open<Buffer, Uint8Array>({
      path: join(folder.path, "store.mdb"),
      noSubdir: true,
      keyEncoding: "binary",
      encoding: "binary",
    });
    await store.put(
      Buffer.from("\0\0\0\0format", "latin1"),
      Buffer.from("porchlight embedded-mongo 99"),
    );
    await store.close();
    await refusesToStart(folder.path, /newer version.*format 99/);
    folder.remove();
  });

  it("is refused when it is cut off", async () => {
    const folder = await filledFolder();
    const file = join(folder.path, "store.mdb");
    truncateSync(file, Math.floor(statSync(file).size / pageBytes / 2) * pageBytes);
    await refusesToStart(folder.path, /is cut off|does not exist/);
    folder.remove();
  });

  for (const at of [0, 1])
    it(`is refused when its head ${at + 1} of two is lost`, async () => {
      const folder = await filledFolder();
      const handle = openSync(join(folder.path, "store.mdb"), "r+");
      writeSync(handle, Buffer.alloc(pageBytes), 0, pageBytes, at * pageBytes);
      closeSync(handle);
      await refusesToStart(folder.path, /is not a database of this server|has a damaged head/);
      folder.remove();
    });

  it("is refused when pages were overwritten", async () => {
    const folder = await filledFolder();
    const file = join(folder.path, "store.mdb");
    const pages = statSync(file).size / pageBytes;
    const handle = openSync(file, "r+");
    const noise = Buffer.alloc(pageBytes, 0x5a);
    for (let page = 4; page < pages; page += 2)
      writeSync(handle, noise, 0, noise.length, page * pageBytes);
    closeSync(handle);
    await refusesToStart(folder.path, /page/);
    folder.remove();
  });

  it("starts on an empty file, as on a new folder", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder.path, "store.mdb"), "");
    const server = await startEmbeddedMongo({ dataDir: folder.path });
    await server.close();
    folder.remove();
  });
});
