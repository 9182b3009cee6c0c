import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { MongoClient, MongoServerError } from "mongodb";
import { startDatabaseProcess, temporaryFolder } from "../support/database-process.js";

const outOfDiskSpace = 14031;
const tools = ["bash", "prlimit"].every((tool) => spawnSync(tool, ["--version"]).status === 0);

describe("embedded-mongo on a full disk (needs bash and prlimit)", () => {
  it("fails writes with a coded error, goes on reading, and recovers when there is room", async function () {
    if (!tools) this.skip();
    const folder = temporaryFolder();
    const server = await startDatabaseProcess(folder.path, { fileKilobytes: 2_048 });
    const client = new MongoClient(server.url);
    const rows = client.db("x").collection<{ _id: number; text: string }>("rows");
    try {
      let stored = 0;
      const fill = async (): Promise<void> => {
        for (;;) {
          await rows.insertOne({ _id: stored, text: "x".repeat(20_000) });
          stored += 1;
        }
      };
      await assert.rejects(
        fill(),
        (error) => error instanceof MongoServerError && error.code === outOfDiskSpace,
      );
      assert.ok(stored > 10);
      // what one small write was refused for may do for a large one: the estimate is made anew
      const large = await Promise.allSettled(
        [1, 2, 3].map((n) => rows.insertOne({ _id: -n, text: "y".repeat(200_000) })),
      );
      const refused = large.filter((one) => one.status === "rejected");
      assert.ok(refused.length > 0);
      for (const { reason } of refused)
        assert.equal(reason instanceof MongoServerError && reason.code, outOfDiskSpace);
      stored += large.length - refused.length;
      assert.equal(await rows.countDocuments(), stored);
      assert.equal((await rows.findOne({ _id: 0 }))?.text.length, 20_000);

      assert.equal(spawnSync("prlimit", [`--pid=${server.pid}`, "--fsize=unlimited"]).status, 0);
      await rows.insertOne({ _id: 1_000_000, text: "room again" });
      assert.equal(await rows.countDocuments(), stored + 1);
      assert.equal((await client.db("x").command({ validate: "rows" }))["valid"], true);
    } finally {
      await client.close();
      await server.kill("SIGTERM");
      folder.remove();
    }
  });
});
