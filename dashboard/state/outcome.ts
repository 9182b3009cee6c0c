import { errorCodes, type ErrorCode } from "../../shared/error-codes.js";

/** A refusal as the dashboard shows it. `OFFLINE` is ours: no answer came, nothing is known to have changed. */
export interface Failure {
  ok: false;
  code: ErrorCode | "OFFLINE";
  message: string;
  retryAfter?: number;
}

export type Outcome<T> = { ok: true; value: T } | Failure;

export const offline: Failure = {
  ok: false,
  code: "OFFLINE",
  message: "The server did not answer. Check the connection and try again.",
};

/** True where trying the same again may succeed without anybody changing anything. */
export function mayRetry(failure: Failure): boolean {
  return failure.code === "OFFLINE" || errorCodes[failure.code] !== "never";
}

/** One sentence for a person, with the wait where the server named one. */
export function tellFailure(failure: Failure): string {
  if (failure.code === "RATE_LIMITED" && failure.retryAfter !== undefined)
    return `Too many tries. The next one is possible in ${tellWait(failure.retryAfter)}.`;
  return failure.message;
}

function tellWait(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.ceil(seconds))} seconds`;
  return `${Math.ceil(seconds / 60)} minutes`;
}
