import assert from "node:assert/strict";
import { docOf } from "../../../server/embedded-mongo/bson/from-js.js";
import { serializeDoc } from "../../../server/embedded-mongo/bson/serialize-bson.js";
import { buildIndexes } from "../../../server/embedded-mongo/storage/index-build.js";
import { Store } from "../../../server/embedded-mongo/storage/store.js";
import { TtlSweeper } from "../../../server/embedded-mongo/storage/ttl-sweeper.js";
import { temporaryFolder } from "../support/database-process.js";

const now = Date.UTC(2030, 0, 1);
const ago = (seconds: number): Date => new Date(now - seconds * 1_000);

for (const direction of [1, -1])
  describe(`embedded-mongo TTL index, direction ${direction}`, () => {
    const folder = temporaryFolder();
    let store: Store;

    before(async () => {
      store = await Store.open(folder.path);
      await store.write(() => {
        const collection = store.catalog.create("db", "rows", new Map());
        const rows = [
          { _id: "old", when: ago(61) },
          { _id: "young", when: ago(59) },
          { _id: "future", when: ago(-1_000) },
          { _id: "oldest of several", when: [ago(-5), ago(100)] },
          { _id: "number", when: 1 },
          { _id: "text", when: "1970" },
          { _id: "nothing" },
        ];
        for (const row of rows)
          store.documents.insert(collection, docOf(row), serializeDoc(docOf(row)));
      });
      const definition = docOf({
        v: 2,
        key: { when: direction },
        name: "when",
        expireAfterSeconds: 60,
      });
      await buildIndexes(store, "db.rows", [definition]);
    });
    after(async () => {
      await store.close();
      folder.remove();
    });

    it("takes what is due and nothing else", async () => {
      const sweeper = new TtlSweeper(store, assert.ifError);
      assert.equal(await sweeper.sweep(now), 2);
      assert.equal(await sweeper.sweep(now), 0);
      assert.equal(await sweeper.sweep(now + 2_000), 1);
      const collection = store.catalog.find("db.rows");
      assert.ok(collection);
      assert.equal(store.catalog.size(collection).count, 4);
      await sweeper.stop();
    });
  });
