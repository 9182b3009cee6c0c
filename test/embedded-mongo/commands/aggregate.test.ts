import assert from "node:assert/strict";
import { openDatabase, type TestDatabase } from "../support/open-database.js";

describe("embedded-mongo aggregate: where its documents come from", () => {
  let database: TestDatabase;

  before(async () => {
    database = await openDatabase();
    await database.db.collection("rows").insertMany([{ n: 1 }, { n: 2 }]);
  });
  after(() => database.close());

  const run = (aggregate: unknown, pipeline: object[]): Promise<unknown[]> =>
    database.db
      .command({ aggregate, pipeline, cursor: {} })
      .then((reply) => (reply["cursor"] as { firstBatch: unknown[] }).firstBatch);

  it("is the collection, or 1 with stages that bring their own", async () => {
    assert.equal((await run("rows", [])).length, 2);
    assert.deepEqual(await run(1, [{ $documents: [{ a: 1 }] }]), [{ a: 1 }]);
    assert.equal((await run(1, [{ $listLocalSessions: {} }])).length, 1);
  });

  it("must fit the first stage, as MongoDB has it (73)", async () => {
    await assert.rejects(run("rows", [{ $documents: [{ a: 1 }] }]), { code: 73 });
    await assert.rejects(run("rows", [{ $listLocalSessions: {} }]), { code: 73 });
    await assert.rejects(run(1, [{ $match: {} }]), { code: 73 });
    await assert.rejects(run(1, [{ $collStats: { count: {} } }]), { code: 73 });
    await assert.rejects(run(1, []), { code: 73 });
  });

  it("is refused where it is neither a name nor 1, and where the stage is not known", async () => {
    await assert.rejects(run(2, [{ $documents: [] }]), { code: 9 });
    await assert.rejects(run(1, [{ $currentOp: {} }]), { code: 238 });
    await assert.rejects(run(1, [{ $bogus: {} }]), { code: 40324 });
  });
});
