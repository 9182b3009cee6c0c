import { useSignal, type Signal } from "@preact/signals";
import type { SiteChange, SiteSettings } from "../../../shared/wire.js";
import type { Failure } from "../../state/outcome.js";
import { useApp } from "../use-app.js";

export interface Draft<T> {
  value: Signal<T>;
  state: Signal<"clean" | "changed" | "saving" | "saved">;
  failure: Signal<Failure | null>;
  set(part: Partial<T>): void;
  save(event: Event): Promise<void>;
}

/** A form over a part of a site: what is typed stays typed, whatever saving says. */
export function useDraft<T extends object>(
  site: SiteSettings,
  start: T,
  toChange: (value: T) => SiteChange,
): Draft<T> {
  const { sites } = useApp();
  const value = useSignal(start);
  const state = useSignal<"clean" | "changed" | "saving" | "saved">("clean");
  const failure = useSignal<Failure | null>(null);
  return {
    value,
    state,
    failure,
    set(part) {
      value.value = { ...value.value, ...part };
      state.value = "changed";
    },
    async save(event) {
      event.preventDefault();
      if (state.value === "saving") return;
      const saving = value.value;
      state.value = "saving";
      failure.value = await sites.change(site.id, toChange(saving));
      // What was typed while it was saved is not saved.
      const typed = value.value !== saving;
      state.value = failure.value === null && !typed ? "saved" : "changed";
    },
  };
}
