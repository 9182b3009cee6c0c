import { useSignal, type Signal } from "@preact/signals";
import type { Failure, Outcome } from "../../state/outcome.js";

export interface Action {
  busy: Signal<boolean>;
  failure: Signal<Failure | null>;
  /** Runs one at a time; answers the value, or null with the failure kept for the view. */
  run<T>(work: () => Promise<Outcome<T>>): Promise<T | null>;
}

/** A button's work: not twice at once, and its failure where the button stands. */
export function useAction(): Action {
  const busy = useSignal(false);
  const failure = useSignal<Failure | null>(null);
  return {
    busy,
    failure,
    async run(work) {
      if (busy.value) return null;
      busy.value = true;
      const outcome = await work();
      busy.value = false;
      failure.value = outcome.ok ? null : outcome;
      return outcome.ok ? outcome.value : null;
    },
  };
}
