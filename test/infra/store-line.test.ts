import assert from "node:assert/strict";
import { mongo } from "mongoose";
import { isStoreUnavailable } from "../../server/errors.js";
import { findAtMost, matchedBy, refusedAsDuplicates } from "../../server/infra/replies.js";
import { onDisk } from "../../server/infra/write-concern.js";
import { openStore, type OpenStore } from "../support/open-store.js";

describe("a line to the store", () => {
  let store: OpenStore;
  beforeEach(async () => {
    store = await openStore();
  });
  afterEach(() => store.close());

  it("writes and reads what the driver sees, and says which documents were there already", async () => {
    const run = store.openLine();
    const insert = (...ids: number[]) =>
      run({
        insert: "notes",
        documents: ids.map((_id) => ({ _id, seen: false })),
        ordered: false,
        writeConcern: onDisk,
      });
    assert.deepEqual(refusedAsDuplicates(await insert(1, 2)), []);
    assert.deepEqual(refusedAsDuplicates(await insert(2, 3, 1, 4)), [0, 2]);

    const update = await run({
      update: "notes",
      updates: [1, 3, 9].map((_id) => ({ q: { _id }, u: { $set: { seen: true } } })),
      ordered: false,
      writeConcern: onDisk,
    });
    assert.equal(matchedBy(update), 2);

    const query = { find: "notes", filter: { _id: { $in: [1, 2, 3, 4] } }, sort: { _id: 1 } };
    const found = await findAtMost(run, query, 4);
    const all = [1, 2, 3, 4].map((_id) => ({ _id, seen: _id === 1 || _id === 3 }));
    assert.deepEqual(found, all);
    const seen = await store.connection.collection("notes").find().sort({ _id: 1 }).toArray();
    assert.deepEqual(seen, all);
  });

  it("fails as the driver does: by the server's code, and as out of reach once it is closed", async () => {
    const run = store.openLine();
    await assert.rejects(
      run({ noSuchCommand: 1 }),
      (error) => error instanceof mongo.MongoServerError && typeof error.code === "number",
    );
    const failed = { index: 0, code: 9, errmsg: "Unknown modifier: $wrong" };
    assert.throws(() => matchedBy({ n: 1, ok: 1, writeErrors: [failed] }), mongo.MongoServerError);
    assert.throws(
      () =>
        refusedAsDuplicates({
          n: 1,
          ok: 1,
          writeErrors: [
            { index: 0, code: 11000, errmsg: "E11000" },
            { index: 1, code: 121, errmsg: "Document failed validation" },
          ],
        }),
      mongo.MongoServerError,
      "one that was refused for another reason may not pass for a duplicate",
    );

    await store.close();
    await assert.rejects(run({ ping: 1 }), (error) => isStoreUnavailable(error));
    store = await openStore();
  });
});
