import assert from "node:assert/strict";
import { mongoError } from "../../../server/embedded-mongo/mongo-error.js";
import { NoRoom } from "../../../server/embedded-mongo/storage/reserved-room.js";
import { WriteQueue } from "../../../server/embedded-mongo/storage/write-queue.js";

/** A store of one list, whose commits can be made to fail. */
class ListStore {
  list: string[] = [];
  commits = 0;
  failing: Error | undefined;
  /** How many items it has room for. */
  room = Infinity;
  #count = 0;
  #remembered: string[] = [];

  add(item: string): void {
    this.list.push(item);
    this.#count += 1;
  }

  readonly queue = new WriteQueue({
    commit: (body, frees) => {
      body();
      if (this.list.length > this.room && !frees()) throw new NoRoom(new Error("no room"));
      if (this.failing !== undefined) throw this.failing;
      this.commits += 1;
    },
    settle: () => false,
    usable: () => undefined,
    writes: () => this.#count,
    remember: () => {
      this.#remembered = [...this.list];
    },
    restore: () => {
      this.list = this.#remembered;
    },
  });
}

describe("embedded-mongo write queue", () => {
  it("commits what arrives in one turn together, in order, and answers after the commit", async () => {
    const store = new ListStore();
    const results = await Promise.all(
      ["a", "b", "c"].map((item) =>
        store.queue.run(() => {
          store.add(item);
          return store.commits;
        }),
      ),
    );
    assert.deepEqual([results, store.list, store.commits], [[0, 0, 0], ["a", "b", "c"], 1]);
  });

  it("refuses one unit and keeps the others when nothing of it was written", async () => {
    const store = new ListStore();
    const refused = store.queue.run(() => {
      throw mongoError(11000, "taken");
    });
    const kept = store.queue.run(() => store.add("kept"));
    await assert.rejects(refused, { code: 11000 });
    await kept;
    assert.deepEqual([store.list, store.commits], [["kept"], 1]);
  });

  it("undoes a unit that broke halfway, and runs the others of its group again", async () => {
    const store = new ListStore();
    const before = store.queue.run(() => store.add("before"));
    const broken = store.queue.run(() => {
      store.add("half");
      throw new TypeError("a bug");
    });
    const after = store.queue.run(() => store.add("after"));
    await assert.rejects(broken, { code: 1 });
    await Promise.all([before, after]);
    assert.deepEqual(store.list, ["before", "after"]);
  });

  it("undoes a refusal that came after a write", async () => {
    const store = new ListStore();
    const broken = store.queue.run(() => {
      store.add("half");
      throw mongoError(66, "immutable");
    });
    await assert.rejects(broken, { code: 66 });
    assert.deepEqual(store.list, []);
  });

  it("takes what fits when a group has no room as a whole, and what deletes in any case", async () => {
    const store = new ListStore();
    store.room = 2;
    const writes = ["a", "b", "c"].map((item) => store.queue.run(() => store.add(item)));
    const frees = store.queue.run(() => store.add("tombstone"), true);
    await Promise.all([writes[0], writes[1], frees]);
    await assert.rejects(Promise.resolve(writes[2]), { code: 14031 });
    assert.deepEqual(store.list, ["a", "b", "tombstone"]);
  });

  it("fails the whole group with a code when the disk is full, and goes on afterwards", async () => {
    const store = new ListStore();
    store.failing = Object.assign(new Error("No space left on device"), { code: 28 });
    const writes = ["a", "b"].map((item) => store.queue.run(() => store.add(item)));
    for (const write of writes) await assert.rejects(write, { code: 14031 });
    assert.deepEqual(store.list, []);
    store.failing = undefined;
    await store.queue.run(() => store.add("c"));
    assert.deepEqual(store.list, ["c"]);
  });
});
