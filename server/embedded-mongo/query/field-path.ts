import type { Doc, Value } from "../bson/value.js";

/** A dotted path, split once. `index[i]` is the array index that part i can be, or -1. */
export interface FieldPath {
  readonly text: string;
  readonly parts: readonly string[];
  readonly index: readonly number[];
}

export function fieldPath(text: string): FieldPath {
  const parts = text.split(".");
  return { text, parts, index: parts.map(arrayIndexOf) };
}

/** The array index that a path part names ("0", "12"; not "01"), or -1. */
export function arrayIndexOf(part: string): number {
  return /^(0|[1-9]\d{0,8})$/.test(part) ? Number(part) : -1;
}

/** What a predicate says about one value at a path; `undefined` stands for a missing field. */
export type ValueTest = (value: Value | undefined) => boolean;

/** `matchPath` found nothing. */
export const noMatch = -2;
/** `matchPath` found a match that did not go through an array. */
export const noOffset = -1;

/**
 * Tests every value that MongoDB considers to be at the path until one passes. Arrays on the way are
 * gone through, by element and by index; one at the end too, followed by the array as a whole,
 * when `expandLeaf` is set. Gives `noMatch`, or the index in the outermost array gone through
 * (what the positional `$` means), or `noOffset`.
 */
export function matchPath(doc: Doc, path: FieldPath, expandLeaf: boolean, test: ValueTest): number {
  if (path.parts.length === 1) return matchLeaf(doc.get(path.text), expandLeaf, noOffset, test);
  return matchInDoc(doc, path, 0, expandLeaf, noOffset, test);
}

function matchLeaf(
  value: Value | undefined,
  expandLeaf: boolean,
  outer: number,
  test: ValueTest,
): number {
  if (expandLeaf && Array.isArray(value)) {
    let index = 0;
    for (const item of value) {
      if (test(item)) return outer >= 0 ? outer : index;
      index++;
    }
  }
  return test(value) ? outer : noMatch;
}

function matchInDoc(
  doc: Doc,
  path: FieldPath,
  from: number,
  expandLeaf: boolean,
  outer: number,
  test: ValueTest,
): number {
  const { parts } = path;
  const last = parts.length - 1;
  let current = doc;
  for (let at = from; at < last; at++) {
    const value = current.get(parts[at] ?? "");
    if (value instanceof Map) current = value;
    else if (Array.isArray(value))
      return matchInArray(value, path, at + 1, expandLeaf, outer, test);
    else return test(undefined) ? outer : noMatch;
  }
  return matchLeaf(current.get(parts[last] ?? ""), expandLeaf, outer, test);
}

function matchInArray(
  array: readonly Value[],
  path: FieldPath,
  at: number,
  expandLeaf: boolean,
  outer: number,
  test: ValueTest,
): number {
  const wanted = path.index[at] ?? -1;
  const isLast = at === path.parts.length - 1;
  for (let index = 0; index < array.length; index++) {
    const item = array[index] ?? null;
    if (item instanceof Map) {
      const inner = outer >= 0 ? outer : index;
      const found = matchInDoc(item, path, at, expandLeaf, inner, test);
      if (found !== noMatch) return found;
    }
    if (index !== wanted) continue;
    // By index is not an implicit traversal: it leaves no offset, and a leaf is taken as it is.
    let found = noMatch;
    if (isLast) found = test(item) ? outer : noMatch;
    else if (item instanceof Map) found = matchInDoc(item, path, at + 1, expandLeaf, outer, test);
    else if (Array.isArray(item)) found = matchInArray(item, path, at + 1, expandLeaf, outer, test);
    if (found !== noMatch) return found;
  }
  return noMatch;
}
