import { lastTransactions } from "./check-pages.js";
import { transactionOf, type Run } from "./write-ahead-log.js";

/**
 * Whether the file must be opened as it was before its last commit. A commit is flushed while the next run
 * of the log goes on; a crash may leave any part of it. The run before it, which holds the same changes,
 * stays in the log until the commit after it, and so does what that run goes on from: as long as the log
 * has such a run, it is the place to go on from.
 */
export function needsOlderHead(path: string, runs: readonly Run[]): boolean {
  const [, older] = lastTransactions(path);
  return runs.some((run) => transactionOf(run) === older);
}
