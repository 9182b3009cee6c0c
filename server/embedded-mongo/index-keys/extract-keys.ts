import { mongoError } from "../mongo-error.js";
import { undefinedValue, type Doc, type Value } from "../bson/value.js";
import { arrayIndexOf } from "../query/field-path.js";

/** The values under which a document stands in an index or a sort. */
export interface ExtractedKeys {
  /** One list of values for each key; a missing field counts as null. Not free of repetitions. */
  readonly keys: Value[][];
  /** An array was gone through. */
  readonly multikey: boolean;
}

/** What is left of one field of the key pattern: nothing (`at` past the end), or parts to walk. */
interface Rest {
  readonly parts: readonly string[];
  readonly at: number;
  /** For a numeric part: what the array has at that index, walked as far as the path goes. */
  readonly positional?: Landing;
}

/** Where a path led: to a value at its end, to an array before its end, or to nothing. */
interface Landing {
  readonly value: Value | undefined;
  readonly at: number;
  /** The value stands directly in an array, by index: an array there is not gone through again. */
  readonly nested: boolean;
}

/**
 * Finds the keys of a document for the given paths; with `sparse`, none for which every field is
 * missing. One array may be gone through, for all paths that lead through it; two different ones
 * throw 171 (CannotIndexParallelArrays).
 */
export function extractKeys(
  doc: Doc,
  paths: readonly (readonly string[])[],
  sparse = false,
): ExtractedKeys {
  const values: Value[] = [];
  let missing = 0;
  for (const parts of paths) {
    const { value } = walk(doc.get(parts[0] ?? ""), parts, 1, false);
    if (Array.isArray(value)) return extractThroughArrays(doc, paths, sparse);
    if (value === undefined) missing++;
    values.push(value ?? null);
  }
  return { keys: sparse && missing === paths.length ? [] : [values], multikey: false };
}

function extractThroughArrays(
  doc: Doc,
  paths: readonly (readonly string[])[],
  sparse: boolean,
): ExtractedKeys {
  const state: ExtractState = { keys: [], sparse, multikey: false };
  const fixed = new Array<Value>(paths.length).fill(null);
  const rests = paths.map((parts) => ({ parts, at: 0 }));
  extract(doc, rests, fixed, 0, state);
  return { keys: state.keys, multikey: state.multikey };
}

interface ExtractState {
  readonly keys: Value[][];
  readonly sparse: boolean;
  multikey: boolean;
}

const noFields: Doc = new Map();

function extract(
  doc: Doc,
  rests: readonly Rest[],
  fixed: readonly Value[],
  missing: number,
  state: ExtractState,
): void {
  const values = [...fixed];
  const next = [...rests];
  let found: Value[] | undefined;
  let notFound = missing;
  let expand = true;
  const through: number[] = [];
  for (let i = 0; i < rests.length; i++) {
    const rest = rests[i];
    if (rest === undefined || rest.at >= rest.parts.length) continue;
    const landing = landAt(doc, rest);
    if (Array.isArray(landing.value)) {
      if (found !== undefined && found !== landing.value) throw parallelArrays(rests, through, i);
      found = landing.value;
      through.push(i);
      if (landing.nested && landing.at >= rest.parts.length) expand = false;
      next[i] = { parts: rest.parts, at: landing.at };
      continue;
    }
    if (landing.value === undefined) notFound++;
    values[i] = landing.value ?? null;
    next[i] = { parts: rest.parts, at: rest.parts.length };
  }
  if (found === undefined) {
    if (!state.sparse || notFound < rests.length) state.keys.push(values);
    return;
  }
  extractFromArray(found, next, values, through, expand, notFound, state);
}

function extractFromArray(
  array: Value[],
  rests: readonly Rest[],
  fixed: readonly Value[],
  through: readonly number[],
  expand: boolean,
  missing: number,
  state: ExtractState,
): void {
  const positional = rests.map((rest, i) =>
    through.includes(i) ? withPosition(array, rest) : rest,
  );
  const byElement = through.some((i) => positional[i]?.positional === undefined);
  if (expand && byElement) state.multikey = true;
  const items: readonly Value[] = array.length === 0 ? [undefinedValue] : array;
  for (const item of items) {
    const values = [...fixed];
    for (const i of through) {
      const rest = rests[i];
      if (rest !== undefined && rest.at >= rest.parts.length) values[i] = expand ? item : array;
    }
    extract(item instanceof Map ? item : noFields, positional, values, missing, state);
  }
}

function withPosition(array: Value[], rest: Rest): Rest {
  const index = arrayIndexOf(rest.parts[rest.at] ?? "");
  const item = array[index];
  if (item === undefined) return rest;
  return { ...rest, positional: walk(item, rest.parts, rest.at + 1, true) };
}

function landAt(doc: Doc, rest: Rest): Landing {
  const part = rest.parts[rest.at] ?? "";
  const value = doc.get(part);
  if (rest.positional === undefined) return walk(value, rest.parts, rest.at + 1, false);
  if (value !== undefined)
    throw mongoError(
      16746,
      "Ambiguous field name found in array (do not use numeric field names in embedded elements " +
        `in an array), field: '${part}' for array`,
    );
  return rest.positional;
}

/** Follows the parts from `at` on through documents, as far as the first array. */
function walk(
  start: Value | undefined,
  parts: readonly string[],
  from: number,
  inArray: boolean,
): Landing {
  let value = start;
  let at = from;
  let nested = inArray;
  while (at < parts.length && value instanceof Map) {
    value = value.get(parts[at] ?? "");
    at++;
    nested = false;
  }
  if (at < parts.length && !Array.isArray(value))
    return { value: undefined, at: parts.length, nested };
  return { value, at, nested };
}

function parallelArrays(rests: readonly Rest[], through: readonly number[], other: number): Error {
  const name = (index: number) => rests[index]?.parts.at(-1) ?? "";
  return mongoError(
    171,
    `cannot index parallel arrays [${name(other)}] [${name(through[0] ?? 0)}]`,
  );
}
