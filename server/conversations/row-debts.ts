import type { Clock } from "../infra/clock.js";
import { groupCalls } from "../infra/group-calls.js";
import { randomId } from "../infra/random-id.js";
import type { RowDebtStore } from "./row-debt-store.js";

interface Deps {
  debts: RowDebtStore;
  clock: Clock;
  /** Resolves when the rows of all messages noted so far are written. */
  settle(): Promise<void>;
  /** Brings rows up to their messages, where they are behind. */
  mend(conversations: string[]): Promise<void>;
}

export interface RowDebts {
  /**
   * Resolves when the store knows that this process may owe a conversation's row: before a message of it is
   * acknowledged.
   */
  owe(conversation: string): Promise<void>;
  /** Says that this process lives, and mends what dead ones left. Called again and again. */
  look(): Promise<void>;
  /** At a start: mends what others may have left, at once. */
  mendAll(): Promise<void>;
  /** The end of this process, all its rows written. */
  clear(): Promise<void>;
}

/** A message is stored, acknowledged and noted within this time, or its sender repeats it. */
const UNDER_WAY_MS = 60_000;
/** Looks at which a debtor has not changed before its process counts as dead. */
const SILENT_LOOKS = 3;
/** Most conversations put down in one write. */
const GROUP = 1000;

/**
 * Rows are written behind their messages. So that a crash between the two is made good, a process puts
 * down in the store whose rows it may owe: once for a conversation in a period of a minute, however much is
 * said in it. What it put down goes a period later, when the rows are written. Whoever finds a process dead
 * compares the rows it may have owed with their messages.
 */
export function createRowDebts(deps: Deps): RowDebts {
  const { debts, clock } = deps;
  const id = randomId();
  let beat = 0;
  /** Resolved when the store knows of this process; null: it does not. */
  let known: Promise<unknown> | null = null;
  let removed: Promise<void> = Promise.resolve();
  let period = 0;
  let periodFrom = 0;
  /** What was put down in this period, and whether anything was in the one before. */
  let owed = new Map<string, Promise<void>>();
  let owedBefore = false;
  /** Others as they were, and for how many looks they have been so. */
  let seen = new Map<string, { beat: number; looks: number }>();

  function sayAlive(): Promise<boolean> {
    beat += 1;
    return debts.save({ id, beat });
  }

  function introduce(): Promise<unknown> {
    if (known !== null) return known;
    periodFrom = clock.now();
    const saving = removed.catch(() => undefined).then(sayAlive);
    known = saving;
    saving.catch(() => {
      if (known === saving) known = null;
    });
    return saving;
  }

  const putDown = groupCalls<string, true>(async (conversations) => {
    await introduce();
    await debts.owe({ debtor: id, period, conversations });
    return conversations.map(() => true);
  }, GROUP);

  /** What is said from now on is put down anew. */
  function turn(): void {
    owedBefore = owed.size > 0;
    owed = new Map();
    period += 1;
    periodFrom = clock.now();
  }

  async function lookAfterOwn(): Promise<void> {
    if (known === null) return;
    await known;
    if (Math.abs(clock.now() - periodFrom) > UNDER_WAY_MS) {
      const quiet = owed.size === 0 && !owedBefore;
      turn();
      await deps.settle();
      if (quiet && owed.size === 0) {
        known = null;
        removed = debts.remove({ id, beat });
        return removed;
      }
      await debts.clearBefore(id, period - 1);
    }
    // Taken for dead, and what it owed mended and taken away: after a long sleep.
    if (!(await sayAlive())) turn();
  }

  async function mendOne(debtor: string): Promise<void> {
    await deps.mend(await debts.listOwed(debtor));
  }

  return {
    owe(conversation) {
      const before = owed.get(conversation);
      if (before !== undefined) return before;
      const mine = owed;
      const puttingDown = putDown(conversation).then(() => undefined);
      mine.set(conversation, puttingDown);
      puttingDown.catch(() => mine.delete(conversation));
      return puttingDown;
    },
    async look() {
      await lookAfterOwn();
      const before = seen;
      seen = new Map();
      for (const debtor of await debts.list()) {
        if (debtor.id === id) continue;
        const last = before.get(debtor.id);
        const looks = last?.beat === debtor.beat ? last.looks + 1 : 0;
        if (looks < SILENT_LOOKS) {
          seen.set(debtor.id, { beat: debtor.beat, looks });
          continue;
        }
        await mendOne(debtor.id);
        await debts.remove(debtor);
      }
    },
    async mendAll() {
      for (const debtor of await debts.list()) await mendOne(debtor.id);
    },
    async clear() {
      await deps.settle();
      if (known === null) return;
      await known;
      await debts.remove({ id, beat });
    },
  };
}
