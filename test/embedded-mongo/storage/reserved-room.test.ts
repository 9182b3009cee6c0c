import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { KeySpace } from "../../../server/embedded-mongo/storage/key-space.js";
import { countFreePages } from "../../../server/embedded-mongo/storage/free-pages.js";
import { seeded } from "../../faults/random.js";
import { temporaryFolder } from "../support/database-process.js";

const pageBytes = 4096;

/** Runs transactions and looks whether lmdb stayed within what was ready for each. */
class Watched {
  readonly path: string;
  readonly space: KeySpace;
  mostUsed = 0;

  constructor(folder: string) {
    this.path = join(folder, "store.mdb");
    this.space = new KeySpace(this.path);
  }

  commit(body: () => void): void {
    this.space.commit(body, () => true);
    const { fileBytes, heldBytes } = this.space.sizes();
    assert.ok(fileBytes <= heldBytes, `${fileBytes} bytes used, ${heldBytes} were ready`);
    assert.ok(statSync(this.path).size <= heldBytes, "lmdb made the file longer");
    this.mostUsed = Math.max(this.mostUsed, fileBytes);
  }
}

describe("embedded-mongo: room that is kept ready for lmdb", () => {
  for (const seed of [1, 2])
    it(`is always enough for what a transaction writes (seed ${seed})`, async () => {
      const folder = temporaryFolder();
      const watched = new Watched(folder.path);
      const random = seeded(seed);
      const under = (bound: number): number => Math.floor(random() * bound);
      const keys: Buffer[] = [];
      for (let turn = 0; turn < 120; turn++) {
        const ops = random() < 0.2 ? under(3_000) : under(60);
        const large = random() < 0.3;
        watched.commit(() => {
          for (let op = 0; op < ops; op++) {
            const old = keys[under(keys.length)];
            if (old !== undefined && random() < 0.4) {
              if (random() < 0.6) watched.space.remove(old);
              else watched.space.put(old, Buffer.alloc(under(large ? 40_000 : 900)));
              continue;
            }
            const key = Buffer.alloc(12 + under(300), under(256));
            key.writeUInt32BE(random() < 0.5 ? turn : under(2 ** 31), 0);
            key.writeUInt32BE(under(2 ** 31), 4);
            keys.push(key);
            watched.space.put(key, Buffer.alloc(under(large && op % 9 === 0 ? 60_000 : 700)));
          }
        });
      }
      assert.ok(watched.mostUsed > 1024 * 1024);
      await watched.space.close();
      folder.remove();
    });

  it("counts the pages that are free inside the file as lmdb does", async () => {
    const folder = temporaryFolder();
    const { space, path } = new Watched(folder.path);
    const key = (n: number): Buffer => Buffer.from(`key ${String(n).padStart(8, "0")}`);
    space.commit(() => {
      for (let n = 0; n < 1_000; n++) space.put(key(n), Buffer.alloc(5_000));
    });
    const full = space.sizes().fileBytes;
    space.commit(() => {
      for (let n = 0; n < 900; n++) space.remove(key(n));
    });
    const free = countFreePages(path, Infinity);
    // each value had two pages
    assert.ok(free >= 1_800 && free < 1_900, String(free));
    // two empty steps, so that no reader may still see the old pages
    for (const n of [1, 2]) space.commit(() => space.put(Buffer.from("x"), Buffer.alloc(n)));
    space.commit(() => {
      for (let n = 0; n < 800; n++) space.put(key(n), Buffer.alloc(5_000));
    });
    assert.ok(space.sizes().fileBytes < full + 100 * pageBytes);
    assert.ok(countFreePages(path, Infinity) < 300);
    assert.equal(countFreePages(path, 0), 0);
    await space.close();
    folder.remove();
  });
});
