import type { Doc, Value } from "../bson/value.js";

/** A comparison that an index can answer. */
export type Comparison = "$eq" | "$gt" | "$gte" | "$lt" | "$lte";

/**
 * A filter as the planner reads it. Every document that matches the filter satisfies its node; the
 * reverse need not hold, so what an index gives is still matched.
 */
export type FilterNode =
  | { readonly op: "and" | "or" | "nor"; readonly children: readonly FilterNode[] }
  | { readonly op: "cmp"; readonly path: string; readonly cmp: Comparison; readonly value: Value }
  | { readonly op: "in"; readonly path: string; readonly values: readonly Value[] }
  | {
      readonly op: "regex";
      readonly path: string;
      readonly pattern: string;
      readonly prefix?: string;
    }
  | { readonly op: "exists"; readonly path: string; readonly value: boolean }
  | { readonly op: "other"; readonly path?: string };

/** A compiled filter. */
export interface Filter {
  matches(doc: Doc): boolean;
  readonly node: FilterNode;
  /**
   * For a document that matches: the index in the array that the filter last went through, which
   * is what the positional `$` of an update or a projection stands for.
   */
  arrayPosition(doc: Doc): number | undefined;
}
