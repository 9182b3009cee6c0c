import type { Binary } from "bson";
import type { Doc, Value } from "../bson/value.js";
import type { IndexSpec } from "../index-keys/index-spec.js";

/** An index as the catalog keeps it. */
export interface Index {
  readonly table: number;
  /** As `listIndexes` shows it. */
  readonly definition: Doc;
  readonly spec: IndexSpec;
  /** Whether some document gave it several keys, or a key that was cut short: plans are careful then. */
  readonly multikey: boolean;
  readonly truncated: boolean;
  /** Writers keep a building index; plans do not use it. */
  readonly building: boolean;
  readonly expireAfterSeconds: number | undefined;
}

/** A collection as the catalog keeps it. Never changed in place: a new one replaces it. */
export interface Collection {
  readonly database: string;
  readonly name: string;
  readonly table: number;
  readonly uuid: Binary;
  /** What `create` was given, as `listCollections` shows it. */
  readonly options: Doc;
  /** Whether some `_id` was so long that its key is cut: the table is not quite in `_id` order then. */
  readonly cutIds: boolean;
  /** The index on `_id` is the table itself and does not stand here. */
  readonly indexes: readonly Index[];
}

export function namespaceOf(collection: Collection): string {
  return `${collection.database}.${collection.name}`;
}

/** How many documents a collection holds and how many bytes they are. */
export interface Size {
  count: number;
  bytes: number;
}

/** The definition of the `_id` index, the same for every collection. */
export function idIndexDefinition(version: Value, ascending: Value): Doc {
  return new Map<string, Value>([
    ["v", version],
    ["key", new Map<string, Value>([["_id", ascending]])],
    ["name", "_id_"],
  ]);
}
