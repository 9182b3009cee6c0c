import assert from "node:assert/strict";
import { createBlobStore } from "../../server/attachments/blob-store.js";
import { openStore, type OpenStore } from "../support/open-store.js";

describe("the blob store", () => {
  let store: OpenStore;
  beforeEach(async () => {
    store = await openStore();
  });
  afterEach(() => store.close());

  const indexesOf = async (collection: string) =>
    (await store.connection.collection(collection).indexes()).map(({ name }) => name);

  it("has GridFS's indexes before its first blob, so that the three files of a first photo may be stored at once", async () => {
    const blobs = createBlobStore(store.connection);
    await store.createIndexes();
    assert.deepEqual(await indexesOf("blobs.files"), ["_id_", "filename_1_uploadDate_1"]);
    assert.deepEqual(await indexesOf("blobs.chunks"), ["_id_", "files_id_1_n_1"]);

    const files = ["original", "large", "small"].map((text) => ({
      id: blobs.makeId(),
      bytes: Buffer.from(text),
    }));
    await Promise.all(files.map(({ id, bytes }) => blobs.put(id, "site", bytes)));
    for (const { id, bytes } of files) assert.deepEqual(await blobs.read(id), bytes);
    assert.equal((await indexesOf("blobs.chunks")).length, 2, "the driver adds none of its own");
  });

  it("removes a blob with its chunks, and repeats are harmless", async () => {
    const blobs = createBlobStore(store.connection);
    await store.createIndexes();
    const id = blobs.makeId();
    await blobs.put(id, "site", Buffer.from("bytes"));
    await blobs.remove([id]);
    await blobs.remove([id]);
    assert.equal(await blobs.open(id), null);
    assert.equal(await blobs.read(id), null);
    assert.equal(await store.connection.collection("blobs.chunks").countDocuments(), 0);
  });
});
