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

  it("has no more groups on their way than it may, and lets each leave with all that a turn brought", async () => {
    const groups: number[][] = [];
    const releases: (() => void)[] = [];
    const write = async (items: number[]) => {
      groups.push(items);
      await new Promise<void>((resolve) => releases.push(resolve));
      return items;
    };
    const call = groupCalls<number, number>(write, 10, 2);
    const sent = async (...items: number[]) => {
      const before = groups.length;
      const calls = items.map(call);
      while (groups.length === before) await new Promise(setImmediate);
      return calls;
    };
    const first = await sent(1, 2);
    const second = await sent(3, 4);
    assert.deepEqual(groups, [
      [1, 2],
      [3, 4],
    ]);
    const third = [5, 6].map(call);
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    assert.equal(groups.length, 2, "two are on their way");
    releases[1]?.();
    assert.deepEqual(await Promise.all(second), [3, 4]);
    while (!groups.flat().includes(5)) await new Promise(setImmediate);
    assert.deepEqual(groups[2], [5, 6]);
    releases[0]?.();
    releases[2]?.();
    assert.deepEqual(await Promise.all([...first, ...third]), [1, 2, 5, 6]);
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
