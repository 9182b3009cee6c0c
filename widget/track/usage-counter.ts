import type { ErrorName, PressName, TelemetryCounts } from "../../shared/privacy.js";

/** Counts of the panel's own buttons and errors (JMINI-03): names that are known, and numbers. */
export interface UsageCounter {
  press: (name: PressName) => void;
  fault: (name: ErrorName) => void;
  /** Hands over what was counted. */
  flush: () => void;
}

/**
 * Keeps counts in memory, and only while they are allowed: what was counted before a "no" is
 * dropped with it, so nothing can be replayed after a new "yes".
 */
export function makeUsageCounter(
  allowed: () => boolean,
  send: (counts: TelemetryCounts) => void,
): UsageCounter {
  let counts: TelemetryCounts | null = null;
  const add = (kind: keyof TelemetryCounts, name: string): void => {
    if (!allowed()) return;
    counts ??= { presses: {}, errors: {} };
    const counted: Partial<Record<string, number>> = counts[kind];
    counted[name] = (counted[name] ?? 0) + 1;
  };
  return {
    press: (name) => add("presses", name),
    fault: (name) => add("errors", name),
    flush() {
      if (counts && allowed()) send(counts);
      counts = null;
    },
  };
}
