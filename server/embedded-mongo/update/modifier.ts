import type { Value } from "../bson/value.js";

/** The value stays as it is. */
export const unchanged: unique symbol = Symbol("unchanged");
/** The field is removed; an array element becomes null. */
export const removed: unique symbol = Symbol("removed");

export type Modified = { readonly value: Value } | typeof unchanged | typeof removed;

/** What messages say about where a modifier is at work. */
export interface ModifierPlace {
  readonly path: string;
  readonly field: string;
  /** The `_id` of the document, shown. */
  readonly id: string;
}

/** An update operator with its operand, for one path. */
export interface Modifier {
  /** What a missing path means: it is made, must be possible but is left (`$pull`), or is ignored (`$unset`). */
  readonly onMissing: "create" | "check" | "ignore";
  /** `$setOnInsert`. */
  readonly onlyOnInsert?: boolean;
  apply(current: Value | undefined, place: ModifierPlace): Modified;
}
