import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Failure, Outcome } from "../../state/outcome.js";

export interface Reading<T> {
  /** Null until it was read once; what was read stays while it is read again. */
  value: T | null;
  failure: Failure | null;
  again: () => void;
  /** Puts an answer of a change in the place of what was read. */
  put: (value: T) => void;
}

/** Something a view reads when it opens, and again when `key` changes. */
export function useReading<T>(key: string, read: () => Promise<Outcome<T>>): Reading<T> {
  const value = useSignal<T | null>(null);
  const failure = useSignal<Failure | null>(null);
  const wanted = useSignal(key);
  const again = async (): Promise<void> => {
    const outcome = await read();
    if (wanted.peek() !== key) return;
    failure.value = outcome.ok ? null : outcome;
    if (outcome.ok) value.value = outcome.value;
  };
  useEffect(() => {
    if (wanted.peek() !== key) value.value = null;
    wanted.value = key;
    void again();
  }, [key]);
  return {
    value: value.value,
    failure: failure.value,
    again: () => void again(),
    put: (next) => (value.value = next),
  };
}
