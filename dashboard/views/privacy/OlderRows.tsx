import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import type { Page } from "../../../shared/privacy.js";
import type { Failure, Outcome } from "../../state/outcome.js";
import { FailureNote } from "../parts/FailureNote.js";
import { ReadingState } from "../parts/ReadingState.js";
import { useReading, type Reading } from "../parts/use-reading.js";

interface RowPages<T> {
  first: Reading<Page<T>>;
  readOlder(): Promise<void>;
  state: "idle" | "reading" | Failure;
}

/** A list that comes newest first, a page at a time. */
export function useOlderRows<T extends { seq: number }>(
  key: string,
  read: (before: number | null) => Promise<Outcome<Page<T>>>,
): RowPages<T> {
  const first = useReading(key, () => read(null));
  const state = useSignal<"idle" | "reading" | Failure>("idle");
  return {
    first,
    state: state.value,
    async readOlder() {
      const shown = first.value;
      const last = shown?.rows.at(-1);
      if (shown === null || last === undefined || state.value === "reading") return;
      state.value = "reading";
      const outcome = await read(last.seq);
      state.value = outcome.ok ? "idle" : outcome;
      if (outcome.ok)
        first.put({ rows: [...shown.rows, ...outcome.value.rows], more: outcome.value.more });
    },
  };
}

export function OlderRows<T extends { seq: number }>({
  of,
  none,
  children,
}: {
  of: RowPages<T>;
  none: string;
  children: (row: T) => ComponentChildren;
}) {
  const { first, state } = of;
  return (
    <>
      <ReadingState of={first} label="Reading the records" />
      {first.value?.rows.length === 0 && <p class="quiet">{none}</p>}
      <ul class="records">
        {first.value?.rows.map((row) => (
          <li key={row.seq}>{children(row)}</li>
        ))}
      </ul>
      {typeof state === "object" && <FailureNote failure={state} />}
      {first.value?.more === true && (
        <button
          type="button"
          class="button is-wide is-quiet"
          aria-disabled={state === "reading"}
          onClick={() => void of.readOlder()}
        >
          {state === "reading" ? "Reading older ones" : "Older records"}
        </button>
      )}
    </>
  );
}
