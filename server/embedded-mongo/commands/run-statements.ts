import type { Doc } from "../bson/value.js";
import { Careful, isOutOfSpace } from "../storage/careful.js";
import type { Store } from "../storage/store.js";
import { sliceMs } from "./slices.js";
import { isStatementError, writeError } from "./write-reply.js";

/** One statement of an update or delete command. */
export interface Statement<T> {
  /** Inside a unit. Undefined where it would hold up the others: nothing was done then. */
  quickly(): { value: T } | undefined;
  /** In units of its own. */
  slowly(): Promise<T>;
}

/** What became of the statements: by their places, since unordered ones may end in any order. */
export interface Outcomes<T> {
  readonly values: (T | undefined)[];
  readonly errors: Doc[];
}

/** How many statements of an unordered command may be searched for at a time. */
const atOnce = 16;

/**
 * Runs the statements of a write command in order. As many as go quickly share one unit, so that a bulk write
 * does not flush the disk for each; an ordered command stops at the first error, and what came before stays.
 * In an unordered one those that are slow come last. `frees`: they delete.
 */
export async function runStatements<T>(
  store: Pick<Store, "write">,
  statements: readonly (() => Statement<T>)[],
  { ordered, frees }: { ordered: boolean; frees: boolean },
): Promise<Outcomes<T>> {
  const outcomes: Outcomes<T> = { values: [], errors: [] };
  const slow: number[] = [];
  const runSlowly = async (at: number): Promise<boolean> => {
    try {
      outcomes.values[at] = await statements[at]?.().slowly();
      return true;
    } catch (error) {
      if (!isStatementError(error)) throw error;
      outcomes.errors[at] = writeError(at, error);
      return false;
    }
  };
  const most = new Careful();
  for (let at = 0; at < statements.length;) {
    const start = at;
    const slice = await most
      .attempt((limit) => {
        const end = Math.min(start + limit, statements.length);
        return store.write(() => runSlice(statements, start, end, ordered), frees);
      })
      .catch((error: unknown): Slice<T> => {
        // on a full disk one that removes many goes through in small pieces
        if (frees && isOutOfSpace(error))
          return { values: [], errors: [], next: start, ended: "slow" };
        throw error;
      });
    for (const [place, value] of slice.values) outcomes.values[place] = value;
    for (const [place, error] of slice.errors) outcomes.errors[place] = error;
    at = slice.next;
    if (slice.ended === "error") break;
    if (slice.ended !== "slow") continue;
    if (!ordered) slow.push(at);
    else if (!(await runSlowly(at))) break;
    at += 1;
  }
  const workers = Array.from({ length: Math.min(atOnce, slow.length) }, async () => {
    for (let at = slow.shift(); at !== undefined; at = slow.shift()) await runSlowly(at);
  });
  await Promise.all(workers);
  return outcomes;
}

interface Slice<T> {
  readonly values: (readonly [number, T])[];
  readonly errors: (readonly [number, Doc])[];
  next: number;
  ended: "time" | "slow" | "error";
}

/** Inside a unit; it may run again if its transaction is undone, and keeps nothing for itself. */
function runSlice<T>(
  statements: readonly (() => Statement<T>)[],
  start: number,
  end: number,
  ordered: boolean,
): Slice<T> {
  const until = performance.now() + sliceMs;
  const slice: Slice<T> = { values: [], errors: [], next: start, ended: "time" };
  for (; slice.next < end; slice.next++) {
    if (slice.next > start && performance.now() > until) break;
    try {
      const quick = statements[slice.next]?.().quickly();
      if (quick === undefined) return { ...slice, ended: "slow" };
      slice.values.push([slice.next, quick.value]);
    } catch (error) {
      if (!isStatementError(error)) throw error;
      slice.errors.push([slice.next, writeError(slice.next, error)]);
      if (ordered) return { ...slice, ended: "error" };
    }
  }
  return slice;
}
