import assert from "node:assert/strict";
import { createRowDebts } from "../../server/conversations/row-debts.js";
import {
  createRowDebtStore,
  type RowDebtStore,
} from "../../server/conversations/row-debt-store.js";
import { openStore, type OpenStore } from "../support/open-store.js";

const MINUTE = 60_000;

describe("what a process owes the rows", () => {
  let store: OpenStore;
  let debts: RowDebtStore;
  before(async () => {
    store = await openStore();
    debts = createRowDebtStore(store.connection);
  });
  after(() => store.close());
  afterEach(async () => {
    await store.connection.collection("row_debts").deleteMany({});
  });

  const node = () => {
    const clock = { at: 10 * MINUTE, now: () => clock.at };
    const mended: number[] = [];
    const rows = createRowDebts({
      debts,
      clock,
      settle: () => Promise.resolve(),
      mend(since) {
        mended.push(since);
        return Promise.resolve();
      },
    });
    return { ...rows, clock, mended };
  };

  it("is in the store before the first acknowledgement, moves on, and goes when nothing is said", async () => {
    const one = node();
    await Promise.all([one.owe(), one.owe()]);
    assert.deepEqual(
      (await debts.list()).map(({ since }) => since),
      [9 * MINUTE],
    );
    one.clock.at += 5000;
    await one.look();
    assert.deepEqual(
      (await debts.list()).map(({ since, beat }) => [since, beat]),
      [[9 * MINUTE + 5000, 2]],
    );
    one.clock.at += 2 * MINUTE;
    await one.look();
    assert.deepEqual(await debts.list(), []);
    await one.owe();
    assert.equal((await debts.list()).length, 1);
    await one.clear();
    assert.deepEqual(await debts.list(), []);
    assert.deepEqual(one.mended, []);
  });

  it("is mended once its process is silent, and not while it lives", async () => {
    const [alive, dead, other] = [node(), node(), node()];
    await Promise.all([alive.owe(), dead.owe()]);
    for (let looks = 0; looks < 6; looks += 1) {
      await alive.owe();
      await alive.look();
      await other.look();
    }
    assert.equal(alive.mended.length + other.mended.length, 1);
    assert.equal((await debts.list()).length, 1);
    await alive.clear();
    assert.deepEqual(await debts.list(), []);
  });

  it("a start mends everything that is left", async () => {
    await Promise.all([node().owe(), node().owe()]);
    const next = node();
    await next.mendAll();
    assert.deepEqual(next.mended, [9 * MINUTE, 9 * MINUTE]);
    assert.deepEqual(await debts.list(), []);
  });

  it("a failed mending leaves the debt for the next look", async () => {
    await node().owe();
    const next = createRowDebts({
      debts,
      clock: { now: () => 0 },
      settle: () => Promise.resolve(),
      mend: () => Promise.reject(new Error("away")),
    });
    await assert.rejects(next.mendAll(), /away/);
    assert.equal((await debts.list()).length, 1);
  });
});
