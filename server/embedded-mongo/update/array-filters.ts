import { describeValue } from "../bson/describe-value.js";
import type { Doc, Value } from "../bson/value.js";
import { mongoError } from "../mongo-error.js";
import { compileFilter } from "../query/compile-filter.js";

/** Tests of array elements by the identifier that `$[identifier]` names. */
export type ArrayFilters = ReadonlyMap<string, (element: Value) => boolean>;

/** Compiles arrayFilters. Throws 9 (FailedToParse) or 2 (BadValue) as MongoDB does. */
export function compileArrayFilters(filters: readonly Doc[]): ArrayFilters {
  const tests = new Map<string, (element: Value) => boolean>();
  for (const condition of filters) {
    const identifiers = new Set<string>();
    collectIdentifiers(condition, identifiers);
    const [identifier, second] = identifiers;
    if (identifier === undefined)
      throw mongoError(
        9,
        "Cannot use an expression without a top-level field name in arrayFilters",
      );
    if (second !== undefined)
      throw mongoError(
        9,
        `Error parsing array filter :: caused by :: Expected a single top-level field name, found '${identifier}' and '${second}'`,
      );
    if (!/^[a-z][a-zA-Z0-9]*$/.test(identifier))
      throw mongoError(
        2,
        "Error parsing array filter :: caused by :: The top-level field name must be an " +
          `alphanumeric string beginning with a lowercase letter, found '${identifier}'`,
      );
    if (tests.has(identifier))
      throw mongoError(
        9,
        `Found multiple array filters with the same top-level field name ${identifier}`,
      );
    const filter = compileFilter(condition);
    tests.set(identifier, (element) => filter.matches(new Map([[identifier, element]])));
  }
  return tests;
}

function collectIdentifiers(condition: Doc, identifiers: Set<string>): void {
  for (const [name, value] of condition)
    if (!name.startsWith("$")) identifiers.add(name.split(".")[0] ?? name);
    else if (Array.isArray(value))
      for (const branch of value)
        if (branch instanceof Map) collectIdentifiers(branch, identifiers);
}

/** Throws when a filter is not used by a path, or a path names an identifier without a filter. */
export function checkIdentifiers(
  filters: ArrayFilters,
  paths: readonly { readonly text: string; readonly parts: readonly string[] }[],
  update: Doc,
): void {
  const used = new Set<string>();
  for (const { text, parts } of paths)
    for (const part of parts) {
      if (!part.startsWith("$[") || part === "$[]") continue;
      const identifier = part.slice(2, -1);
      if (!filters.has(identifier))
        throw mongoError(
          2,
          `No array filter found for identifier '${identifier}' in path '${text}'`,
        );
      used.add(identifier);
    }
  for (const identifier of filters.keys())
    if (!used.has(identifier))
      throw mongoError(
        9,
        `The array filter for identifier '${identifier}' was not used in the update ${describeValue(update)}`,
      );
}
