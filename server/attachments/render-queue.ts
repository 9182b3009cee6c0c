import { refuse } from "../errors.js";
import type { RenderPool, RenderTask } from "./render-pool.js";

/** A place among the photos that are received, waiting or rendered; must be given back. */
export interface Admission {
  /** Counts bytes that have come. @throws BUSY where there is no room for them */
  reserve(bytes: number): void;
  run(task: RenderTask, heavy: boolean): ReturnType<RenderPool["run"]>;
  release(): void;
}

export interface RenderQueue {
  /**
   * Takes a place for an upload of at most `bytes`, before its body is read: what is admitted will
   * be rendered, and no memory is given to what would be turned away.
   * @param arriving true: the bytes must have room, but are counted by `reserve` as they come. A
   *   sender who is slow, or who promises more than is sent, then keeps nobody else's photo out.
   * @throws BUSY with the seconds to wait
   */
  admit(site: string, bytes: number, arriving?: boolean): Admission;
  /** Photos admitted and not yet released. */
  size(): number;
  close(): Promise<void>;
}

export interface QueueBounds {
  workers: number;
  admitted: number;
  admittedPerSite: number;
  admittedBytes: number;
}

interface Waiting {
  heavy: boolean;
  start(): void;
}

const busySeconds = 3;

/**
 * Bounded, and fair: waiting photos are taken site by site in turn, so that one site's crowd delays
 * another site's photo by one photo at most. Of the heavy ones (see `isHeavy`) one runs at a time.
 */
export function createRenderQueue(pool: RenderPool, bounds: QueueBounds): RenderQueue {
  const waiting = new Map<string, Waiting[]>();
  const admittedBySite = new Map<string, number>();
  let admitted = 0;
  let admittedBytes = 0;
  let running = 0;
  let heavyRunning = false;

  /** The next photo that may start; its site goes to the end of the line. */
  function takeNext(): Waiting | null {
    for (const [site, line] of waiting) {
      const at = line.findIndex((task) => !task.heavy || !heavyRunning);
      const [next] = at < 0 ? [] : line.splice(at, 1);
      if (!next) continue;
      waiting.delete(site);
      if (line.length > 0) waiting.set(site, line);
      return next;
    }
    return null;
  }

  function startNext(): void {
    while (running < bounds.workers) {
      const next = takeNext();
      if (!next) return;
      running++;
      heavyRunning ||= next.heavy;
      next.start();
    }
  }

  async function run(site: string, task: RenderTask, heavy: boolean) {
    await new Promise<void>((start) => {
      const line = waiting.get(site) ?? [];
      line.push({ heavy, start });
      waiting.set(site, line);
      startNext();
    });
    try {
      return await pool.run(task);
    } finally {
      running--;
      if (heavy) heavyRunning = false;
      startNext();
    }
  }

  return {
    admit(site, bytes, arriving = false) {
      const ofSite = admittedBySite.get(site) ?? 0;
      let reserved = arriving ? 0 : bytes;
      if (
        admitted >= bounds.admitted ||
        ofSite >= bounds.admittedPerSite ||
        (admitted > 0 && admittedBytes + bytes > bounds.admittedBytes)
      )
        throw refuse("BUSY", { retryAfter: busySeconds });
      admitted++;
      admittedBytes += reserved;
      admittedBySite.set(site, ofSite + 1);
      let released = false;
      return {
        reserve(more) {
          if (admitted > 1 && admittedBytes + more > bounds.admittedBytes)
            throw refuse("BUSY", { retryAfter: busySeconds });
          reserved += more;
          admittedBytes += more;
        },
        run: (task, heavy) => run(site, task, heavy),
        release() {
          if (released) return;
          released = true;
          admitted--;
          admittedBytes -= reserved;
          const left = (admittedBySite.get(site) ?? 1) - 1;
          if (left === 0) admittedBySite.delete(site);
          else admittedBySite.set(site, left);
        },
      };
    },
    size: () => admitted,
    close: () => pool.close(),
  };
}
