import { errorText } from "../error-text.js";
import { mongoError, MongoError } from "../mongo-error.js";
import { diskError } from "./disk-error.js";
import { NoRoom } from "./reserved-room.js";

/**
 * One atomic step of a write: reads and writes the key space, returns what the client is told. It may
 * be run a second time if its transaction is undone, so it changes nothing else. Before it throws a
 * MongoError it must not have written anything.
 */
export type WriteUnit<T> = () => T;

/** What the queue needs of the store underneath. */
export interface Transactor {
  /**
   * Runs the body in one transaction, durable on return, undone on a throw: NoRoom where the disk is full.
   * `frees`, asked after the body: it makes room, and may take what is kept back for that.
   */
  commit(body: () => void, frees: () => boolean): void;
  /** Makes room by bringing earlier transactions to where they stay; false where there is nothing to bring. */
  settle(): boolean;
  /** How many entries were written so far; tells a clean refusal from a half-done unit. */
  writes(): number;
  /** Resolves when commits are possible: at once, or after the file was opened again; undefined for at once. */
  usable(): Promise<void> | undefined;
  /** The memory beside the disk (catalog, counts): remember it, or go back to what was remembered. */
  remember(): void;
  restore(): void;
}

interface Job {
  /** It makes room on the disk: it deletes. */
  readonly frees: boolean;
  run(): void;
  fail(error: unknown): void;
  settle(): void;
}

/**
 * How long one group may hold the thread before it is on its way to the disk and others get their turn: a
 * bulk of updates must not keep a single insert waiting, and a flush takes about as long.
 */
const batchBudgetMs = 4;

/** A MongoError that left half its work behind: a bug, undone with its transaction. */
class HalfDone extends Error {}

/**
 * Group commit: the units that arrive in one turn of the event loop, from all connections, share one
 * transaction and one flush, and are acknowledged after it. While the disk is busy the next ones queue
 * up in their sockets, so the groups grow with the load.
 */
export class WriteQueue {
  #jobs: Job[] = [];
  #scheduled = false;

  constructor(private readonly store: Transactor) {}

  /** Resolves with the unit's result once it is on disk. `frees`: it deletes, and may on a full disk too. */
  run<T>(unit: WriteUnit<T>, frees = false): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#jobs.push(this.#job(unit, frees, resolve, reject));
      if (this.#scheduled) return;
      this.#scheduled = true;
      this.#next();
    });
  }

  #job<T>(
    unit: WriteUnit<T>,
    frees: boolean,
    resolve: (value: T) => void,
    reject: (error: Error) => void,
  ): Job {
    let settle = (): void => reject(new Error("unit did not run"));
    return {
      frees,
      run: () => {
        const before = this.store.writes();
        try {
          const value = unit();
          settle = () => resolve(value);
        } catch (error) {
          if (!(error instanceof MongoError)) throw error;
          if (this.store.writes() !== before) throw new HalfDone(error.message, { cause: error });
          settle = () => reject(error);
        }
      },
      fail: (error) => {
        const cause =
          error instanceof HalfDone && error.cause instanceof MongoError ? error.cause : error;
        const known =
          cause instanceof MongoError ? cause : (diskError(cause) ?? internalError(cause));
        settle = () => reject(known);
      },
      settle: () => settle(),
    };
  }

  #commitGroup(): void {
    const group: Job[] = [];
    const waiting = this.#jobs;
    const until = performance.now() + batchBudgetMs;
    this.#attempt(group, () => {
      // undone once: the same again, and no more
      if (group.length > 0) {
        for (const again of group) again.run();
        return;
      }
      let job: Job | undefined;
      while ((job = waiting.shift()) !== undefined) {
        group.push(job);
        job.run();
        if (performance.now() > until) break;
      }
    });
    for (const job of group) job.settle();
    this.#scheduled = this.#jobs.length > 0;
    if (this.#scheduled) this.#next();
  }

  #next(): void {
    const go = (): void => void setImmediate(() => this.#commitGroup());
    const usable = this.store.usable();
    if (usable === undefined) go();
    else void usable.then(go);
  }

  /** One transaction; where it fails and others shared it, each gets one of its own. */
  #attempt(group: Job[], body: () => void): void {
    this.store.remember();
    try {
      this.store.commit(body, () => group.every((job) => job.frees));
    } catch (error) {
      this.store.restore();
      if (error instanceof NoRoom && this.store.settle()) {
        this.#attempt(group, body);
        return;
      }
      if (group.length <= 1 || (diskError(error) !== undefined && !(error instanceof NoRoom))) {
        for (const job of group) job.fail(error);
        return;
      }
      for (const job of group) this.#attempt([job], () => job.run());
    }
  }
}

function internalError(cause: unknown): MongoError {
  const text = errorText(cause);
  return mongoError(1, `internal error: ${text}`);
}
