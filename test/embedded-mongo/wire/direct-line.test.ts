import assert from "node:assert/strict";
import { createServer, connect, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { openDirectLine, LineLost } from "../../../server/embedded-mongo/wire/direct-line.js";
import { temporaryFolder } from "../support/database-process.js";
import { openDatabase, type TestDatabase } from "../support/open-database.js";

describe("a line to the server without a driver", () => {
  let database: TestDatabase;
  /** The server's socket, and one before it whose connections the test can see and cut. */
  let path: string;
  let folder: ReturnType<typeof temporaryFolder>;
  let proxy: Server;
  const near: Socket[] = [];

  beforeEach(async () => {
    database = await openDatabase();
    folder = temporaryFolder();
    path = join(folder.path, "line.sock");
    const far = decodeURIComponent(new URL(database.url).host);
    proxy = createServer((socket) => {
      near.push(socket);
      const server = connect(far);
      socket.on("error", () => server.destroy()).on("close", () => server.destroy());
      server.on("error", () => socket.destroy()).on("close", () => socket.destroy());
      socket.pipe(server);
      // Byte by byte at first: an answer may come in any pieces.
      server.on("data", (chunk) => {
        for (const byte of chunk.subarray(0, 40)) socket.write(Buffer.of(byte));
        socket.write(chunk.subarray(40));
      });
    });
    await new Promise<void>((done) => proxy.listen(path, done));
  });
  afterEach(async () => {
    for (const socket of near.splice(0)) socket.destroy();
    await new Promise((done) => proxy.close(done));
    await database.close();
    folder.remove();
  });

  const insert = (id: number, text = "") => ({
    insert: "notes",
    documents: [{ _id: id, text }],
    $db: "test",
  });

  it("stores what it is given, and answers each command in its order, large answers too", async () => {
    const line = openDirectLine(path);
    const large = "x".repeat(300_000);
    const replies = await Promise.all([
      line.run(insert(1, large)),
      line.run(insert(2)),
      line.run(insert(1)),
      line.run({ find: "notes", filter: {}, sort: { _id: 1 }, $db: "test" }),
      line.run({ noSuchCommand: 1, $db: "test" }),
    ]);
    line.close();
    assert.equal(replies[0]["n"], 1);
    assert.equal(replies[1]["n"], 1);
    assert.equal(replies[2]["n"], 0, "a duplicate is an answer");
    assert.deepEqual((replies[3]["cursor"] as { firstBatch: unknown }).firstBatch, [
      { _id: 1, text: large },
      { _id: 2, text: "" },
    ]);
    assert.equal(replies[4]["ok"], 0, "and so is a refusal");
    assert.equal(replies[4]["codeName"], "CommandNotFound");
    assert.equal(await database.db.collection("notes").countDocuments(), 2);
    assert.equal(near.length, 1, "one connection for all of them");
  });

  it("fails what is under way when the connection is lost, and connects anew for the next one", async () => {
    const line = openDirectLine(path);
    await line.run(insert(1));
    const under = [line.run(insert(2)), line.run(insert(3))];
    near[0]?.destroy();
    for (const one of under) await assert.rejects(one, LineLost);
    assert.equal((await line.run({ ping: 1, $db: "test" }))["ok"], 1);
    line.close();
  });

  it("says so when nobody listens, and when it was closed", async () => {
    const line = openDirectLine(join(folder.path, "nobody.sock"));
    await assert.rejects(line.run({ ping: 1, $db: "test" }), LineLost);
    line.close();
    await assert.rejects(line.run({ ping: 1, $db: "test" }), LineLost);
    const open = openDirectLine(path);
    const asked = open.run({ ping: 1, $db: "test" });
    open.close();
    await assert.rejects(asked, LineLost);
  });

  it("refuses what cannot be written as BSON, and goes on", async () => {
    const line = openDirectLine(path);
    const round: Record<string, unknown> = { ping: 1, $db: "test" };
    round["itself"] = round;
    await assert.rejects(line.run(round), /circular/i);
    assert.equal((await line.run({ ping: 1, $db: "test" }))["ok"], 1);
    line.close();
  });
});
