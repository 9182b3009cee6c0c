import { randomId } from "../infra/random-id.js";

/** Digits of a time in milliseconds, in base 36: enough until the year 5188. */
const DIGITS = 9;

/**
 * A message's id: the time, then 16 random bytes. Messages stand in the store in the order of their
 * ids, so that new ones are written side by side and those since a moment are read without an index.
 */
export function messageId(at: number): string {
  return firstIdAt(at) + randomId();
}

/** Comes before every id of that time or later. */
export function firstIdAt(at: number): string {
  return Math.max(0, Math.floor(at)).toString(36).padStart(DIGITS, "0");
}
