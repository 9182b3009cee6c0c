import { closeSync, constants, fdatasync, fdatasyncSync, openSync } from "node:fs";
import { errorText } from "../error-text.js";

/** The disk did not take what was written to the file. */
export class FlushFailed extends Error {
  /** EIO, as lmdb says it. */
  readonly code = 5;

  constructor(cause: unknown) {
    super(`the disk could not be flushed: ${errorText(cause)}`, { cause });
  }
}

/**
 * Flushes a file to disk while its writer goes on. A flush that failed is never tried again: the system may
 * have given up what it could not write, and the next flush would say that all is well.
 */
export class BackgroundFlush {
  /** The system tells of a failure once a descriptor: those who wait and those who do not have their own. */
  readonly #waiting: number;
  readonly #behind: number;
  readonly #underWay = new Set<Promise<void>>();
  #failure: FlushFailed | undefined;

  constructor(path: string) {
    this.#waiting = openSync(path, constants.O_WRONLY);
    this.#behind = openSync(path, constants.O_WRONLY);
  }

  /** Not everything that was written before the last `start` is on disk yet. */
  get running(): boolean {
    return this.#underWay.size > 0;
  }

  /** Why a flush failed, if one did: what the file holds is not known then. */
  get failure(): FlushFailed | undefined {
    return this.#failure;
  }

  /** Begins to flush what was written so far. */
  start(): void {
    const flush = new Promise<void>((resolve) =>
      fdatasync(this.#behind, (error) => {
        if (error !== null) this.#failure ??= new FlushFailed(error);
        this.#underWay.delete(flush);
        resolve();
      }),
    );
    this.#underWay.add(flush);
  }

  /** Returns when all that was written so far is on disk. Throws FlushFailed, where an earlier flush failed, too. */
  wait(): void {
    try {
      if (this.#failure === undefined) fdatasyncSync(this.#waiting);
    } catch (error) {
      this.#failure = new FlushFailed(error);
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  async close(): Promise<void> {
    await Promise.all(this.#underWay);
    closeSync(this.#waiting);
    closeSync(this.#behind);
  }
}
