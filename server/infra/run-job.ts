import type { Log } from "./log.js";
import type { SharedCommands } from "./redis.js";

interface Deps {
  /** Null: one node. */
  commands: Pick<SharedCommands, "claim"> | null;
  log: Log;
}

/**
 * Runs a job every so often, on one node at a time. Jobs are safe to repeat, so that a Redis that is
 * away costs a second run at worst. Answers a function that stops it and waits for a run under way.
 */
export function startJob(
  deps: Deps,
  name: string,
  everyMs: number,
  work: () => Promise<unknown>,
): () => Promise<void> {
  let running = Promise.resolve();

  async function isMine(): Promise<boolean> {
    if (deps.commands === null) return true;
    try {
      return await deps.commands.claim(`porchlight:job:${name}`, "1", everyMs * 0.9);
    } catch {
      return true;
    }
  }

  async function run(): Promise<void> {
    try {
      if (await isMine()) await work();
    } catch (error) {
      deps.log.error({ err: error, job: name }, "job failed");
    }
  }

  const timer = setInterval(() => {
    running = running.then(run);
  }, everyMs).unref();
  return async () => {
    clearInterval(timer);
    await running;
  };
}
