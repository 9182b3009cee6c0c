import assert from "node:assert/strict";
import { toRefusal } from "../../server/errors.js";
import { createAdmissionGate } from "../../server/realtime/admission-gate.js";

/** Work that goes on until it is told to end. */
function makeWork() {
  const begun: number[] = [];
  const ends = new Map<number, (error?: Error) => void>();
  return {
    begun,
    work: (name: number) => () =>
      new Promise<number>((resolve, reject) => {
        begun.push(name);
        ends.set(name, (error) => (error === undefined ? resolve(name) : reject(error)));
      }),
    end: (name: number, error?: Error) => ends.get(name)?.(error),
  };
}

describe("the gate in front of the store", () => {
  it("lets so many in at one moment, and the others in the order in which they came", async () => {
    const gate = createAdmissionGate({ inside: 2, waiting: 10 });
    const { begun, work, end } = makeWork();
    const passed = [0, 1, 2, 3, 4].map((name) => gate(work(name)));
    assert.deepEqual(begun, [0, 1]);
    end(1);
    assert.equal(await passed[1], 1);
    await new Promise(setImmediate);
    assert.deepEqual(begun, [0, 1, 2]);
    end(2);
    end(0);
    await Promise.all([passed[0], passed[2]]);
    await new Promise(setImmediate);
    assert.deepEqual(begun, [0, 1, 2, 3, 4]);
    end(3);
    end(4);
    assert.deepEqual(await Promise.all(passed), [0, 1, 2, 3, 4]);
  });

  it("tells whoever is beyond the bound to come back within seconds, and takes the next one after", async () => {
    const gate = createAdmissionGate({ inside: 1, waiting: 1 });
    const { begun, work, end } = makeWork();
    const passed = [gate(work(0)), gate(work(1))];
    await assert.rejects(gate(work(2)), (error) => {
      const { code, retryAfter } = toRefusal(error);
      assert.equal(code, "BUSY");
      assert.ok(retryAfter !== undefined && retryAfter >= 1 && retryAfter <= 6);
      return true;
    });
    end(0);
    await passed[0];
    passed.push(gate(work(3)));
    await new Promise(setImmediate);
    end(1);
    await passed[1];
    await new Promise(setImmediate);
    end(3);
    assert.deepEqual(await Promise.all(passed), [0, 1, 3]);
    assert.deepEqual(begun, [0, 1, 3]);
  });

  it("gives the place of one that failed to the next", async () => {
    const gate = createAdmissionGate({ inside: 1, waiting: 1 });
    const { work, end } = makeWork();
    const refused = assert.rejects(gate(work(0)), /the store is away/);
    const next = gate(work(1));
    end(0, new Error("the store is away"));
    await refused;
    await new Promise(setImmediate);
    end(1);
    assert.equal(await next, 1);
  });

  it("lets ten thousand through, never more at one moment than it may", async () => {
    const gate = createAdmissionGate({ inside: 256, waiting: 10_000 });
    let inside = 0;
    let most = 0;
    const done = await Promise.all(
      Array.from({ length: 10_000 }, (_, name) =>
        gate(async () => {
          inside += 1;
          most = Math.max(most, inside);
          await new Promise(setImmediate);
          inside -= 1;
          return name;
        }),
      ),
    );
    assert.equal(most, 256);
    assert.deepEqual(
      done,
      Array.from({ length: 10_000 }, (_, name) => name),
    );
  });
});
