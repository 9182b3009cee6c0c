import assert from "node:assert/strict";
import { groupCalls } from "../../server/infra/group-calls.js";

describe("groupCalls", () => {
  it("hands over together what arrives together, and answers each for itself", async () => {
    const groups: number[][] = [];
    const call = groupCalls<number, number>((items) => {
      groups.push(items);
      return Promise.resolve(items.map((item) => item * 2));
    }, 100);
    assert.deepEqual(await Promise.all([call(1), call(2), call(3)]), [2, 4, 6]);
    assert.deepEqual(groups, [[1, 2, 3]]);
  });

  it("gathers while one group is under way, in order, none larger than the limit", async () => {
    const groups: number[][] = [];
    let release = () => {};
    const call = groupCalls<number, number>(async (items) => {
      groups.push(items);
      if (groups.length === 1) await new Promise<void>((resolve) => (release = resolve));
      return items;
    }, 2);
    const first = call(1);
    while (groups.length === 0) await new Promise(setImmediate);
    const later = [2, 3, 4].map(call);
    release();
    await Promise.all([first, ...later]);
    assert.deepEqual(groups, [[1], [2, 3], [4]]);
  });

  it("waits for what every next turn brings, and for no more than a group may hold", async () => {
    const groups: number[][] = [];
    const calls: Promise<number>[] = [];
    const call = groupCalls<number, number>((items) => {
      groups.push(items);
      return Promise.resolve(items);
    }, 4);
    /** One in each turn. */
    function come(item: number, last: number): void {
      if (item < last) setImmediate(() => come(item + 1, last));
      calls.push(call(item));
    }
    come(1, 3);
    while (calls.length < 3) await new Promise(setImmediate);
    await Promise.all(calls);
    assert.deepEqual(groups, [[1, 2, 3]]);
    come(4, 9);
    while (calls.length < 9) await new Promise(setImmediate);
    await Promise.all(calls);
    assert.deepEqual(groups[1], [4, 5, 6, 7]);
    assert.equal(groups.flat().length, 9);
  });

  it("rejects a whole group with the error and goes on with the next", async () => {
    let fail = true;
    const call = groupCalls<number, number>((items) => {
      if (fail) return Promise.reject(new Error("down"));
      return Promise.resolve(items);
    }, 10);
    const lost = await Promise.allSettled([call(1), call(2)]);
    assert.deepEqual(
      lost.map(({ status }) => status),
      ["rejected", "rejected"],
    );
    fail = false;
    assert.equal(await call(3), 3);
  });
});
