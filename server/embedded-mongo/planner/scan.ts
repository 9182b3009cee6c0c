import type { KeySpace } from "../storage/key-space.js";
import { entryIdKey, tableKey, withoutTable } from "../storage/table-keys.js";
import { repeats, type IndexPlan, type Plan } from "./plan.js";

/** A document that a plan led to: still to be matched unless the plan is exact. */
export interface Candidate {
  readonly idKey: Buffer;
  readonly bytes: Buffer;
}

/** What a scan has read so far, for `explain`. */
export interface ScanCounts {
  keys: number;
  documents: number;
}

/**
 * Walks a plan in slices. Between slices it holds only a position, no lock and no snapshot, so it may
 * rest for as long as its client likes; what is written meanwhile behind the position is seen.
 */
export class Scan {
  readonly counts: ScanCounts = { keys: 0, documents: 0 };
  done = false;
  readonly #walks: { plan: IndexPlan; range: number }[];
  readonly #seen: Set<string> | undefined;
  #walk = 0;
  #after: Buffer | undefined;

  constructor(
    private readonly space: KeySpace,
    readonly plan: Plan,
  ) {
    const plans = plan.kind === "union" ? plan.branches : [plan];
    this.#walks = plans.flatMap((one) => {
      const ranges = one.ranges.map((_, range) => ({ plan: one, range }));
      return one.reverse ? ranges.reverse() : ranges;
    });
    this.#seen = repeats(plan) ? new Set() : undefined;
  }

  /** Goes on from where the last slice was left; leave it with `break` at any document. */
  *slice(): Generator<Candidate> {
    for (; this.#walk < this.#walks.length; this.#walk++, this.#after = undefined) {
      const walk = this.#walks[this.#walk];
      const range = walk?.plan.ranges[walk.range];
      if (walk === undefined || range === undefined) continue;
      const { plan } = walk;
      for (const { key, value } of this.space.walk({
        ...range,
        reverse: plan.reverse,
        after: this.#after,
      })) {
        this.#after = key;
        if (plan.index !== undefined || plan.bounded) this.counts.keys += 1;
        const candidate = this.#candidate(plan, key, value);
        if (candidate !== undefined) yield candidate;
      }
    }
    this.done = true;
  }

  #candidate(plan: IndexPlan, key: Buffer, value: Buffer): Candidate | undefined {
    const idKey = plan.index === undefined ? withoutTable(key) : entryIdKey(key, value);
    if (this.#seen !== undefined) {
      const id = idKey.toString("latin1");
      if (this.#seen.has(id)) return undefined;
      this.#seen.add(id);
    }
    const bytes =
      plan.index === undefined ? value : this.space.get(tableKey(plan.collection.table, idKey));
    if (bytes === undefined) return undefined;
    this.counts.documents += 1;
    return { idKey, bytes };
  }
}
