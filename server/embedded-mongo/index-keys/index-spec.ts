import type { Filter } from "../query/compile-filter.js";

/** What decides the keys of an index. */
export interface IndexSpec {
  readonly name: string;
  readonly key: readonly (readonly [path: string, direction: 1 | -1])[];
  readonly unique: boolean;
  readonly sparse: boolean;
  readonly partial?: Filter;
}
