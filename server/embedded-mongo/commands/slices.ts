import type { Doc } from "../bson/value.js";
import type { MongoError } from "../mongo-error.js";
import { Careful } from "../storage/careful.js";
import type { Store } from "../storage/store.js";
import { isStatementError, writeError } from "./write-reply.js";

/** How long one transaction works at one command's statements before others get their turn. */
export const sliceMs = 5;

/** What became of the statements of one slice. */
export interface SliceResult {
  readonly succeeded: number;
  readonly errors: Doc[];
  readonly next: number;
  /** An ordered command met an error: what follows is not tried. */
  readonly stopped: boolean;
}

/**
 * Cuts the statements of a write command into slices, each one unit of a group commit: a bulk insert of
 * 100,000 documents must not keep others from writing.
 */
export class Slices {
  #next = 0;
  #stopped = false;

  constructor(private readonly count: number) {}

  more(): boolean {
    return !this.#stopped && this.#next < this.count;
  }

  /** Runs statements from where the last slice ended; may be run again if its transaction is undone. */
  run(statement: (at: number) => void, ordered: boolean): SliceResult {
    const until = performance.now() + sliceMs;
    const errors: Doc[] = [];
    let succeeded = 0;
    let at = this.#next;
    while (at < this.count) {
      try {
        statement(at);
        succeeded += 1;
      } catch (error) {
        if (!isStatementError(error)) throw error;
        errors.push(writeError(at, error));
        if (ordered) return { succeeded, errors, next: at + 1, stopped: true };
      }
      at += 1;
      if (performance.now() > until) break;
    }
    return { succeeded, errors, next: at, stopped: false };
  }

  advance(next: number, stopped: boolean): void {
    this.#next = next;
    this.#stopped = stopped;
  }
}

/**
 * Does a small write for each item, many to a transaction; `done` hears how much each slice came to.
 * The work may run twice for an item if its transaction is undone. `frees`: the work deletes.
 */
export async function inSlices<T>(
  store: Store,
  items: readonly T[],
  work: (item: T) => number,
  done: (count: number) => void,
  frees = false,
): Promise<void> {
  let at = 0;
  const most = new Careful();
  while (at < items.length) {
    const start = at;
    const unit = (limit: number) => () => {
      const until = performance.now() + sliceMs;
      let count = 0;
      let next = start;
      let error: MongoError | undefined;
      for (const item of items.slice(start, start + Math.min(limit, 1_000))) {
        try {
          count += work(item);
        } catch (caught) {
          if (!isStatementError(caught)) throw caught;
          error = caught;
          break;
        }
        next += 1;
        if (performance.now() > until) break;
      }
      return { count, next, error };
    };
    const slice = await most.attempt((limit) => store.write(unit(limit), frees));
    done(slice.count);
    if (slice.error !== undefined) throw slice.error;
    at = slice.next;
  }
}
