import { Decimal128 } from "bson";
import { compareValues } from "../bson/compare.js";
import { toDouble } from "../bson/decimal.js";
import { isNumber, type Doc, type Value } from "../bson/value.js";
import { extractKeys } from "../index-keys/extract-keys.js";
import { MongoError, mongoError } from "../mongo-error.js";

/** A sort by keys: work out `key` once for each document, then `compare` keys. */
export interface Sorter {
  readonly fields: readonly (readonly [path: string, direction: 1 | -1])[];
  key(doc: Doc): Value[];
  compare(a: readonly Value[], b: readonly Value[]): number;
}

/** The order of a sort document on whole documents. Throws 15974 or 15975 for a bad specification. */
export function compileSort(sort: Doc): (a: Doc, b: Doc) => number {
  const sorter = compileSorter(sort);
  return (a, b) => sorter.compare(sorter.key(a), sorter.key(b));
}

/** As `compileSort`, with the key apart, for sorting more than a few documents. */
export function compileSorter(sort: Doc): Sorter {
  const fields = [...sort].map(([path, value]) => [path, parseDirection(path, value)] as const);
  const paths = fields.map(([path]) => path.split("."));
  const compare = (a: readonly Value[], b: readonly Value[]): number => {
    for (let i = 0; i < fields.length; i++) {
      const order = compareValues(a[i] ?? null, b[i] ?? null);
      if (order !== 0) return fields[i]?.[1] === 1 ? order : -order;
    }
    return 0;
  };
  return { fields, compare, key: (doc) => smallestKey(doc, paths, compare) };
}

/** Where arrays give a document several keys, it stands where the first of them in sort order does. */
function smallestKey(
  doc: Doc,
  paths: readonly (readonly string[])[],
  compare: (a: readonly Value[], b: readonly Value[]) => number,
): Value[] {
  let keys: Value[][];
  try {
    ({ keys } = extractKeys(doc, paths));
  } catch (error) {
    if (error instanceof MongoError && error.code === 171)
      throw mongoError(2, "cannot sort with keys that are parallel arrays");
    throw error;
  }
  let smallest = keys[0] ?? [];
  for (const key of keys) if (compare(key, smallest) < 0) smallest = key;
  return smallest;
}

function parseDirection(path: string, value: Value): 1 | -1 {
  if (value instanceof Map)
    throw mongoError(
      238,
      `$sort by ${[...value.keys()].join(", ")} is not supported by this server`,
    );
  if (path === "") throw mongoError(40352, "FieldPath cannot be constructed with empty string");
  if (path.startsWith("$"))
    throw mongoError(
      16410,
      `FieldPath field names may not start with '$'. Consider using $getField or $setField.`,
    );
  if (path.split(".").includes(""))
    throw mongoError(15998, "FieldPath field names may not be empty strings.");
  if (!isNumber(value) || value instanceof Decimal128)
    throw mongoError(15974, `Illegal key in $sort specification: ${path}`);
  const direction = Math.trunc(toDouble(value));
  if (direction !== 1 && direction !== -1)
    throw mongoError(15975, "$sort key ordering must be 1 (for ascending) or -1 (for descending)");
  return direction;
}
