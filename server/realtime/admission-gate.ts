import { refuse } from "../errors.js";

interface Bounds {
  /** So many are worked on at one moment. */
  inside: number;
  /** So many may wait for their turn, first come, first served; others are told to come back. */
  waiting: number;
}

/** Runs work when its turn comes. @throws BUSY where too many wait already */
export type AdmissionGate = <T>(work: () => Promise<T>) => Promise<T>;

/** Longest time after which a caller that was told to come back does so, in seconds. */
const SPREAD_SECONDS = 6;

/**
 * Lets thousands who come at one moment through a few at a time: what their admission asks of the
 * store and of Redis never queues up in front of what is asked for messages.
 */
export function createAdmissionGate(bounds: Bounds): AdmissionGate {
  let inside = 0;
  let waiting: (() => void)[] = [];
  /** Where the queue begins: an array's `shift` moves all that is behind. */
  let first = 0;

  function leave(): void {
    const next = waiting[first];
    if (next === undefined) {
      inside -= 1;
      waiting = [];
      first = 0;
      return;
    }
    first += 1;
    if (first > bounds.inside) {
      waiting = waiting.slice(first);
      first = 0;
    }
    next();
  }

  return async (work) => {
    if (inside < bounds.inside) inside += 1;
    else {
      if (waiting.length - first >= bounds.waiting)
        throw refuse("BUSY", { retryAfter: Math.ceil(Math.random() * SPREAD_SECONDS) });
      // Whoever leaves hands the place over.
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    try {
      return await work();
    } finally {
      leave();
    }
  };
}
