import { MongoError } from "../mongo-error.js";

const outOfDiskSpace = 14031;
const fewest = 4;

/** Whether a write was refused because the disk is full. */
export function isOutOfSpace(error: unknown): boolean {
  return error instanceof MongoError && error.code === outOfDiskSpace;
}

/**
 * How many items a slice may take. On a full disk a slice of many removals is refused for want of a few
 * pages where a small one goes through, and what that gives back lets the next ones grow again.
 */
export class Careful {
  #limit = Infinity;

  /** Tries with ever fewer items until it fits. Throws what the attempt throws when the fewest do not. */
  async attempt<T>(work: (limit: number) => Promise<T>): Promise<T> {
    for (;;) {
      try {
        const result = await work(this.#limit);
        this.#limit *= 2;
        return result;
      } catch (error) {
        if (!isOutOfSpace(error) || this.#limit <= fewest) throw error;
        this.#limit = Math.max(fewest, Math.min(this.#limit, 1024) / 4);
      }
    }
  }
}
