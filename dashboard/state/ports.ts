import type { Ack } from "../../shared/error-codes.js";
import type { OperatorEvents } from "../../shared/events.js";
import type { Outcome } from "./outcome.js";

/** What state needs of the outside. `net/` provides it in a browser, a test provides its own. */
export type Question = keyof OperatorEvents;
export type Asked<E extends Question> = Parameters<OperatorEvents[E]>[0];
type Reply<E extends Question> = Parameters<Parameters<OperatorEvents[E]>[1]>[0];
export type Answered<E extends Question> = Reply<E> extends Ack<infer T> ? T : never;

/** Asks over the socket. Answers `OFFLINE` when there is none or it says nothing in time. */
export type Ask = <E extends Question>(
  event: E,
  payload: Asked<E>,
) => Promise<Outcome<Answered<E>>>;

/** Text kept by this browser. Writing may fail (full, forbidden); then the text lives in memory only. */
export interface Shelf {
  read(key: string): string | null;
  write(key: string, value: string): void;
  remove(key: string): void;
  /** Every key that begins so. */
  keys(prefix: string): string[];
}
