import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { temporaryFolder, startDatabaseProcess } from "../support/database-process.js";

/** How to run it, say `npm exec --yes --ignore-scripts --package=mongosh@2.12.0 -- mongosh`. */
const mongosh = process.env["MONGOSH"];

describe("embedded-mongo and the real mongosh (skipped unless MONGOSH says how to run it)", function () {
  this.timeout(180_000);

  it("connects, runs CRUD, lists collections and indexes, explains, and sees coded errors", async function () {
    if (mongosh === undefined) {
      this.skip();
      return;
    }
    const folder = temporaryFolder();
    const server = await startDatabaseProcess(folder.path);
    const script = `
      const out = {};
      out.inserted = db.things.insertMany([{ _id: 1, a: 1 }, { _id: 2, a: 2 }, { _id: 3, a: 3 }]).acknowledged;
      out.updated = db.things.updateOne({ a: 1 }, { $set: { b: 5 } }).modifiedCount;
      out.deleted = db.things.deleteOne({ a: 3 }).deletedCount;
      out.found = db.things.find({ a: { $gte: 1 } }).sort({ a: -1 }).toArray().map((thing) => thing._id);
      out.index = db.things.createIndex({ a: 1 }, { unique: true });
      out.indexes = db.things.getIndexes().map((index) => index.name);
      out.collections = db.getCollectionNames();
      out.plan = db.things.find({ a: 1 }).explain().queryPlanner.winningPlan.inputStage.indexName;
      out.sum = db.things.aggregate([{ $group: { _id: null, sum: { $sum: "$a" } } }]).toArray()[0].sum;
      out.stats = db.things.stats().count;
      out.valid = db.things.validate().valid;
      try { db.things.insertOne({ a: 1 }); } catch (error) { out.code = error.code; }
      print("RESULT " + EJSON.stringify(out));
    `;
    try {
      const [program, ...args] = [
        ...mongosh.split(" "),
        "--quiet",
        "--norc",
        `${server.url}shell`,
        "--eval",
        script,
      ];
      const output = execFileSync(program, args, {
        cwd: join(folder.path),
        encoding: "utf8",
      });
      const result = /RESULT (.*)/.exec(output)?.[1] ?? "nothing";
      assert.deepEqual(JSON.parse(result), {
        inserted: true,
        updated: 1,
        deleted: 1,
        found: [2, 1],
        index: "a_1",
        indexes: ["_id_", "a_1"],
        collections: ["things"],
        plan: "a_1",
        sum: 3,
        stats: 2,
        valid: true,
        code: 11000,
      });
    } finally {
      await server.kill("SIGTERM");
      folder.remove();
    }
  });
});
