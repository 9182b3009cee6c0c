import assert from "node:assert/strict";
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { MongoClient } from "mongodb";
import { startEmbeddedMongo } from "../../../server/embedded-mongo/start-embedded-mongo.js";
import { startDatabaseProcess, temporaryFolder } from "../support/database-process.js";

describe("embedded-mongo: one process at a time owns a data folder", () => {
  it("tells a second one who has it, and lets it in when the first is gone", async () => {
    const folder = temporaryFolder();
    const first = await startDatabaseProcess(folder.path);
    try {
      await assert.rejects(
        startEmbeddedMongo({ dataDir: folder.path }),
        (error) =>
          error instanceof Error && error.message.includes(`in use by process ${first.pid}`),
      );
      const client = new MongoClient(first.url);
      await client.db("x").collection("y").insertOne({ ok: true });
      await client.close();
    } finally {
      await first.kill("SIGTERM");
    }
    const second = await startEmbeddedMongo({ dataDir: folder.path });
    await second.close();
    folder.remove();
  });

  it("is taken over after a kill -9", async () => {
    const folder = temporaryFolder();
    const first = await startDatabaseProcess(folder.path);
    await first.kill("SIGKILL");
    const logged: string[] = [];
    const second = await startEmbeddedMongo({
      dataDir: folder.path,
      log: (_, message) => logged.push(message),
    });
    await second.close();
    assert.ok(logged.some((message) => message.includes("unclean end")));
    folder.remove();
  });

  it("serves on a socket that only its user can reach, also where the folder's path is too long for one", async () => {
    const folder = temporaryFolder();
    const deep = join(folder.path, "d".repeat(100), "e".repeat(60));
    mkdirSync(deep, { recursive: true });
    const server = await startEmbeddedMongo({ dataDir: deep });
    const client = new MongoClient(server.url);
    try {
      assert.equal(await client.db("x").collection("y").countDocuments(), 0);
      assert.equal(statSync(join(deep, "mongo.sock")).mode & 0o777, 0o600);
      assert.equal(statSync(deep).mode & 0o777, 0o700);
    } finally {
      await client.close();
      await server.close();
      folder.remove();
    }
  });
});
