import type { Clock } from "../infra/clock.js";
import { randomId } from "../infra/random-id.js";
import type { RowDebt, RowDebtStore } from "./row-debt-store.js";

interface Deps {
  debts: RowDebtStore;
  clock: Clock;
  /** Resolves when the rows of all messages noted so far are written. */
  settle(): Promise<void>;
  /** Writes the rows of the messages that were made since then. */
  mend(since: number): Promise<void>;
}

export interface RowDebts {
  /** Resolves when the store knows that this process may owe rows: before a message is acknowledged. */
  owe(): Promise<void>;
  /** Says that this process lives, and mends what dead ones left. Called again and again. */
  look(): Promise<void>;
  /** Nobody else can be alive: mends everything at once. */
  mendAll(): Promise<void>;
  /** The end of this process, all its rows written. */
  clear(): Promise<void>;
}

/** A message is stored, acknowledged and noted within this time, or its sender repeats it. */
const UNDER_WAY_MS = 60_000;
/** Looks at which a debt has not changed before its process counts as dead. */
const SILENT_LOOKS = 3;

/**
 * Rows are written behind their messages. So that a crash between the two is made good, a process
 * that sends puts down in the store since when it may owe rows: one small write now and then, none
 * for a message. Whoever finds the record of a process that is dead reads the messages since then.
 */
export function createRowDebts(deps: Deps): RowDebts {
  const { debts, clock } = deps;
  const id = randomId();
  let beat = 0;
  let owedAt = 0;
  let saved: Promise<void> | null = null;
  let removed: Promise<void> = Promise.resolve();
  /** Others' debts as they were, and for how many looks they have been so. */
  let seen = new Map<string, { beat: number; looks: number }>();

  function save(now: number): Promise<void> {
    beat += 1;
    return debts.save({ id, since: now - UNDER_WAY_MS, beat });
  }

  async function sayAlive(): Promise<void> {
    if (saved === null) return;
    const now = clock.now();
    await deps.settle();
    if (Math.abs(now - owedAt) <= UNDER_WAY_MS) return save(now);
    saved = null;
    removed = debts.remove({ id, beat });
    await removed;
  }

  async function mendOne(debt: RowDebt): Promise<void> {
    await deps.mend(debt.since);
    await debts.remove(debt);
  }

  return {
    owe() {
      owedAt = clock.now();
      if (saved !== null) return saved;
      const saving = removed.catch(() => undefined).then(() => save(owedAt));
      saved = saving;
      saving.catch(() => {
        if (saved === saving) saved = null;
      });
      return saving;
    },
    async look() {
      await sayAlive();
      const before = seen;
      seen = new Map();
      for (const debt of await debts.list()) {
        if (debt.id === id) continue;
        const known = before.get(debt.id);
        const looks = known?.beat === debt.beat ? known.looks + 1 : 0;
        if (looks < SILENT_LOOKS) seen.set(debt.id, { beat: debt.beat, looks });
        else await mendOne(debt);
      }
    },
    async mendAll() {
      for (const debt of await debts.list()) await mendOne(debt);
    },
    async clear() {
      await deps.settle();
      if (saved === null) return;
      await saved;
      await debts.remove({ id, beat });
    },
  };
}
