import type { Collection, Index } from "../storage/collection.js";
import type { KeyRange } from "../storage/table-keys.js";

/** How the documents that may match are reached. */
export type Plan = IndexPlan | UnionPlan;

/** A walk over ranges of the collection itself (in `_id` order) or of one index. */
export interface IndexPlan {
  readonly kind: "index";
  readonly collection: Collection;
  /** Undefined for the collection's own table, which is the index on `_id`. */
  readonly index: Index | undefined;
  /** Ascending and apart; whole keys with their table. */
  readonly ranges: readonly KeyRange[];
  readonly reverse: boolean;
  /** The walk gives the order that was asked for. */
  readonly sorted: boolean;
  /** Every document reached matches: the filter need not be asked again. */
  readonly exact: boolean;
  /** Some bound comes from the filter or a hint: not a look at everything. */
  readonly bounded: boolean;
  /** How many leading fields the bounds fix to one value; for choosing between plans. */
  readonly points: number;
}

/** One plan for each branch of an `$or`; a document may be reached by several. */
export interface UnionPlan {
  readonly kind: "union";
  readonly collection: Collection;
  readonly branches: readonly IndexPlan[];
  readonly sorted: false;
  readonly exact: false;
  readonly bounded: true;
}

/** Plans leave alone an index that is being built, and one that is hidden. */
export function isUsable(index: Index): boolean {
  return !index.building && index.definition.get("hidden") !== true;
}

/** Whether two entries of the walk may lead to the same document. */
export function repeats(plan: Plan): boolean {
  if (plan.kind === "union") return true;
  return plan.index?.multikey ?? false;
}

export function indexName(plan: IndexPlan): string {
  return plan.index?.spec.name ?? "_id_";
}
