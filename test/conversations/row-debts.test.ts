import assert from "node:assert/strict";
import { createRowDebts } from "../../server/conversations/row-debts.js";
import {
  createRowDebtStore,
  type RowDebt,
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
    await store.createIndexes();
  });
  after(() => store.close());
  afterEach(async () => {
    await store.connection.collection("row_debts").deleteMany({});
    await store.connection.collection("row_debtors").deleteMany({});
  });

  const node = () => {
    const clock = { at: 10 * MINUTE, now: () => clock.at };
    const mended: string[] = [];
    const rows = createRowDebts({
      debts,
      clock,
      settle: () => Promise.resolve(),
      mend(conversations) {
        mended.push(...conversations);
        return Promise.resolve();
      },
    });
    return { ...rows, clock, mended };
  };
  /** What stands in the store, of whomever. */
  async function owed(): Promise<string[]> {
    const found = store.connection.collection<RowDebt>("row_debts").find();
    return (await found.toArray()).flatMap(({ conversations }) => conversations).sort();
  }

  it("is in the store before the first acknowledgement, once a period, and goes a period later", async () => {
    const one = node();
    await Promise.all([one.owe("a"), one.owe("b"), one.owe("a")]);
    assert.deepEqual(await owed(), ["a", "b"]);
    await one.owe("a");
    one.clock.at += 5000;
    await one.look();
    assert.deepEqual(await owed(), ["a", "b"], "nothing anew in the same period");
    assert.deepEqual(
      (await debts.list()).map(({ beat }) => beat),
      [2],
    );
    one.clock.at += MINUTE;
    await one.look();
    await one.owe("a");
    assert.deepEqual(
      await owed(),
      ["a", "a", "b"],
      "one that is under way may be of the last period",
    );
    one.clock.at += 2 * MINUTE;
    await one.look();
    assert.deepEqual(await owed(), ["a"]);
    one.clock.at += 2 * MINUTE;
    await one.look();
    assert.deepEqual(await owed(), []);
    one.clock.at += 2 * MINUTE;
    await one.look();
    assert.deepEqual(await debts.list(), [], "nothing was said for two periods");
    await one.owe("c");
    assert.deepEqual([await owed(), (await debts.list()).length], [["c"], 1]);
    await one.clear();
    assert.deepEqual([await owed(), await debts.list()], [[], []]);
    assert.deepEqual(one.mended, []);
  });

  it("is mended once its process is silent, and not while it lives", async () => {
    const [alive, dead, other] = [node(), node(), node()];
    await Promise.all([alive.owe("a"), dead.owe("d"), dead.owe("e")]);
    for (let looks = 0; looks < 6; looks += 1) {
      await alive.look();
      await other.look();
    }
    assert.deepEqual([...alive.mended, ...other.mended].sort(), ["d", "e"]);
    assert.deepEqual([await owed(), (await debts.list()).length], [["a"], 1]);
    await alive.clear();
    assert.deepEqual([await owed(), await debts.list()], [[], []]);
  });

  it("is put down anew by a process that slept so long that others took it for dead", async () => {
    const [sleeper, other] = [node(), node()];
    await sleeper.owe("a");
    for (let looks = 0; looks < 5; looks += 1) await other.look();
    assert.deepEqual([other.mended, await owed()], [["a"], []]);
    await sleeper.look();
    await sleeper.owe("a");
    assert.deepEqual([await owed(), (await debts.list()).length], [["a"], 1]);
  });

  it("a start mends everything that is left, and leaves the debts of those who live", async () => {
    const [one, two] = [node(), node()];
    await Promise.all([one.owe("a"), two.owe("b")]);
    const next = node();
    await next.mendAll();
    assert.deepEqual(next.mended.sort(), ["a", "b"]);
    assert.deepEqual(await owed(), ["a", "b"]);
    for (let looks = 0; looks < 4; looks += 1) await next.look();
    assert.deepEqual(
      [await owed(), await debts.list()],
      [[], []],
      "those who do not are forgotten",
    );
  });

  it("a failed mending leaves the debt for the next look", async () => {
    await node().owe("a");
    const next = createRowDebts({
      debts,
      clock: { now: () => 0 },
      settle: () => Promise.resolve(),
      mend: () => Promise.reject(new Error("away")),
    });
    await assert.rejects(next.mendAll(), /away/);
    for (let looks = 0; looks < 3; looks += 1) await next.look();
    await assert.rejects(next.look(), /away/);
    assert.deepEqual([await owed(), (await debts.list()).length], [["a"], 1]);
  });

  it("does not take down what could not be put down", async () => {
    const failing: RowDebtStore = { ...debts, owe: () => Promise.reject(new Error("away")) };
    const clock = { now: () => 0 };
    const nothing = () => Promise.resolve();
    const one = createRowDebts({ debts: failing, clock, settle: nothing, mend: nothing });
    await assert.rejects(one.owe("a"), /away/);
    failing.owe = (debt) => debts.owe(debt);
    await one.owe("a");
    assert.deepEqual(await owed(), ["a"]);
  });
});
