import { compareValues, equalValues } from "../../bson/compare.js";
import { isNumber, typeNameOf, type Doc, type Value } from "../../bson/value.js";
import { equalityKey } from "../../index-keys/encode-key.js";
import { mongoError } from "../../mongo-error.js";
import { compileSorter } from "../../query/sort.js";
import {
  withNames,
  withVariable,
  type OperatorCompiler,
  type OperatorTable,
} from "../expression.js";
import {
  arrayOf,
  compileNamed,
  int,
  int32Of,
  isNullish,
  isTrue,
  named,
  shownType,
  strict,
  unary,
} from "./operands.js";

function elementAt([array, index]: (Value | undefined)[]): Value | undefined {
  if (isNullish(array) || isNullish(index)) return null;
  if (!Array.isArray(array))
    throw mongoError(
      28689,
      `$arrayElemAt's first argument must be an array, but is ${typeNameOf(array)}`,
    );
  if (!isNumber(index))
    throw mongoError(
      28690,
      `$arrayElemAt's second argument must be a numeric value, but is ${typeNameOf(index)}`,
    );
  const at = int32Of(index, () =>
    mongoError(28691, "$arrayElemAt's second argument must be representable as a 32-bit integer"),
  );
  return array.at(at);
}

function edge(name: "$first" | "$last", at: 0 | -1) {
  return strict(name, 1, 1, ([array]) =>
    isNullish(array) ? null : arrayOf(name, array, 28689).at(at),
  );
}

/** `$firstN`, `$lastN`, `$minN` and `$maxN` of an array. */
function some(name: string, pick: (array: Value[], n: number) => Value[]): OperatorCompiler {
  return named(name, ["n", "input"], [], (values) => {
    const n = countOf(name, values.get("n"));
    const input = values.get("input");
    if (isNullish(input)) return null;
    return pick(arrayOf(name, input, 5788200), n);
  });
}

export function countOf(name: string, value: Value | undefined): number {
  const n = int32Of(value, () =>
    mongoError(
      5787902,
      `Value for 'n' must be of integral type, but found ${shownType(value)} in ${name}`,
    ),
  );
  if (n <= 0) throw mongoError(5787908, `'n' must be greater than 0, found ${n}`);
  return n;
}

/** The longest array that an operator makes: what one expression may hold in memory. */
const maxItems = 1_000_000;

function concat(values: (Value | undefined)[]): Value {
  const result: Value[] = [];
  for (const value of values) {
    if (isNullish(value)) return null;
    if (!Array.isArray(value))
      throw mongoError(28664, `$concatArrays only supports arrays, not ${typeNameOf(value)}`);
    if (result.length + value.length > maxItems)
      throw mongoError(
        292,
        `$concatArrays of more than ${maxItems} items exceeds the memory limit`,
      );
    for (const item of value) result.push(item);
  }
  return result;
}

function indexOf([array, wanted, start, end]: (Value | undefined)[]): Value {
  if (isNullish(array)) return null;
  if (!Array.isArray(array))
    throw mongoError(
      40090,
      `$indexOfArray requires an array as a first argument, found: ${typeNameOf(array)}`,
    );
  const bound = (value: Value | undefined, otherwise: number) =>
    value === undefined
      ? otherwise
      : int32Of(value, () => mongoError(40096, "$indexOfArray requires an integral index"));
  const from = bound(start, 0);
  const to = Math.min(bound(end, array.length), array.length);
  if (from < 0 || to < 0) throw mongoError(40097, "$indexOfArray requires a nonnegative index");
  for (let i = from; i < to; i++)
    if (wanted !== undefined && equalValues(array[i] ?? null, wanted)) return int(i);
  return int(-1);
}

function range([start, end, step]: (Value | undefined)[]): Value {
  const whole = (value: Value | undefined, what: string) =>
    int32Of(value, () =>
      mongoError(34443, `$range requires a numeric ${what} value that is a 32-bit integer`),
    );
  const from = whole(start, "starting");
  const to = whole(end, "ending");
  const by = step === undefined ? 1 : whole(step, "step");
  if (by === 0) throw mongoError(34449, "$range requires a non-zero step value");
  if ((to - from) / by > maxItems)
    throw mongoError(292, `$range of more than ${maxItems} numbers exceeds the memory limit`);
  const result: Value[] = [];
  for (let i = from; by > 0 ? i < to : i > to; i += by) result.push(int(i));
  return result;
}

function slice([array, second, third]: (Value | undefined)[]): Value {
  if (isNullish(array) || isNullish(second)) return null;
  if (!Array.isArray(array))
    throw mongoError(
      28724,
      `First argument to $slice must be an array, but is of type: ${typeNameOf(array)}`,
    );
  const bad = () => mongoError(28725, "Second argument to $slice must be a numeric 32-bit value");
  const first = int32Of(second, bad);
  if (third === undefined) return first >= 0 ? array.slice(0, first) : array.slice(first);
  if (third === null) return null;
  const count = int32Of(third, bad);
  if (count <= 0) throw mongoError(28729, `Third argument to $slice must be positive: ${count}`);
  const from = first >= 0 ? first : Math.max(0, array.length + first);
  return array.slice(from, from + count);
}

function zip(values: ReadonlyMap<string, Value | undefined>): Value {
  const inputs = arrayOf("$zip", values.get("inputs"), 34461);
  const arrays: Value[][] = [];
  for (const input of inputs) {
    if (isNullish(input)) return null;
    arrays.push(arrayOf("$zip", input, 34468));
  }
  const longest = values.get("useLongestLength") === true;
  const defaults = values.get("defaults");
  const lengths = arrays.map(({ length }) => length);
  const length = lengths.length === 0 ? 0 : longest ? Math.max(...lengths) : Math.min(...lengths);
  return Array.from({ length }, (_, row) =>
    arrays.map((array, column) => {
      const fallback = Array.isArray(defaults) ? defaults[column] : undefined;
      return array[row] ?? fallback ?? null;
    }),
  );
}

function arrayToObject(value: Value): Value {
  const result: Doc = new Map();
  for (const item of arrayOf("$arrayToObject", value, 40386)) {
    const [name, field]: (Value | undefined)[] = Array.isArray(item)
      ? item
      : item instanceof Map
        ? [item.get("k"), item.get("v")]
        : [undefined, undefined];
    if (typeof name !== "string" || field === undefined)
      throw mongoError(
        40392,
        "$arrayToObject requires pairs [k, v] or {k, v} whose 'k' is a string",
      );
    result.set(name, field);
  }
  return result;
}

const noFields: Doc = new Map();

function sortArray(values: ReadonlyMap<string, Value | undefined>): Value {
  const input = values.get("input");
  if (isNullish(input)) return null;
  const array = arrayOf("$sortArray", input, 2942504);
  const sortBy = values.get("sortBy");
  if (isNumber(sortBy)) {
    const direction = int32Of(sortBy, () => mongoError(2942507, "Invalid sortBy in $sortArray"));
    return array.toSorted((a, b) => direction * compareValues(a, b));
  }
  if (!(sortBy instanceof Map))
    throw mongoError(2942507, "$sortArray needs a sortBy of 1, -1 or fields");
  const sorter = compileSorter(sortBy);
  const keyed = array.map((item): { item: Value; key: Value[] } => ({
    item,
    key: sorter.key(item instanceof Map ? item : noFields),
  }));
  return keyed.sort((a, b) => sorter.compare(a.key, b.key)).map(({ item }) => item);
}

/** Of equal values the first stays. */
function firstOfEach(entries: Iterable<readonly [string, Value]>): Map<string, Value> {
  const found = new Map<string, Value>();
  for (const [key, value] of entries) if (!found.has(key)) found.set(key, value);
  return found;
}

/** The distinct values of arrays, with what tells them apart. */
function keysOf(name: string, value: Value | undefined, code: number): Map<string, Value> {
  if (!Array.isArray(value))
    throw mongoError(
      code,
      `All operands of ${name} must be arrays. One argument is of type: ${shownType(value)}`,
    );
  return firstOfEach(value.map((item) => [equalityKey(item), item] as const));
}

function sortedValues(values: Iterable<Value>): Value[] {
  return [...values].sort(compareValues);
}

const setOperators: OperatorTable = {
  $setUnion: strict("$setUnion", 0, Infinity, (values) => {
    if (values.some(isNullish)) return null;
    const all = values.flatMap((value) => [...keysOf("$setUnion", value, 17043)]);
    return sortedValues(firstOfEach(all).values());
  }),
  $setIntersection: strict("$setIntersection", 0, Infinity, (values) => {
    if (values.some(isNullish)) return null;
    const [first, ...rest] = values.map((value) => keysOf("$setIntersection", value, 17047));
    const common = [...(first ?? [])].filter(([key]) => rest.every((set) => set.has(key)));
    return sortedValues(common.map(([, value]) => value));
  }),
  $setDifference: strict("$setDifference", 2, 2, ([left, right]) => {
    if (isNullish(left) || isNullish(right)) return null;
    const out = keysOf("$setDifference", right, 17049);
    return [...keysOf("$setDifference", left, 17048)]
      .filter(([key]) => !out.has(key))
      .map(([, value]) => value);
  }),
  $setEquals: strict("$setEquals", 2, Infinity, (values) => {
    const [first, ...rest] = values.map((value) => keysOf("$setEquals", value, 17044));
    return rest.every(
      (set) => set.size === first?.size && [...set.keys()].every((key) => first.has(key)),
    );
  }),
  $setIsSubset: strict("$setIsSubset", 2, 2, ([left, right]) => {
    const all = keysOf("$setIsSubset", right, 17042);
    return [...keysOf("$setIsSubset", left, 17046).keys()].every((key) => all.has(key));
  }),
  $allElementsTrue: strict("$allElementsTrue", 1, 1, ([value]) =>
    arrayOf("$allElementsTrue", value, 17040).every(isTrue),
  ),
  $anyElementTrue: strict("$anyElementTrue", 1, 1, ([value]) =>
    arrayOf("$anyElementTrue", value, 17041).some(isTrue),
  ),
};

/** `$map` and `$filter`: an expression for each element, under a name. */
function forEach(name: "$map" | "$filter", body: "in" | "cond"): OperatorCompiler {
  return (operand, scope, compile) => {
    const fields = compileNamed(
      name,
      operand,
      ["input", body],
      name === "$filter" ? ["as", "limit"] : ["as"],
    );
    const as = fields.get("as") ?? "this";
    if (typeof as !== "string") throw mongoError(16867, `'as' of ${name} must be a string`);
    const input = compile(fields.get("input") ?? null, scope);
    const each = compile(fields.get(body) ?? null, withNames(scope, [as]));
    const limitField = fields.get("limit");
    const limit = limitField === undefined ? undefined : compile(limitField, scope);
    return (env) => {
      const array = input(env);
      if (isNullish(array)) return null;
      if (!Array.isArray(array))
        throw mongoError(
          name === "$map" ? 16883 : 28651,
          `input to ${name} must be an array not ${typeNameOf(array)}`,
        );
      if (name === "$map") return array.map((item) => each(withVariable(env, as, item)) ?? null);
      const most = limit?.(env);
      const room = isNullish(most) ? Infinity : countOf(name, most);
      const kept: Value[] = [];
      for (const item of array) {
        if (kept.length >= room) break;
        if (isTrue(each(withVariable(env, as, item)))) kept.push(item);
      }
      return kept;
    };
  };
}

export const arrayOperators: OperatorTable = {
  ...setOperators,
  $arrayElemAt: strict("$arrayElemAt", 2, 2, elementAt),
  $first: edge("$first", 0),
  $last: edge("$last", -1),
  $firstN: some("$firstN", (array, n) => array.slice(0, n)),
  $lastN: some("$lastN", (array, n) => array.slice(-n)),
  $minN: some("$minN", (array, n) =>
    sortedValues(array.filter((item) => !isNullish(item))).slice(0, n),
  ),
  $maxN: some("$maxN", (array, n) =>
    sortedValues(array.filter((item) => !isNullish(item)))
      .reverse()
      .slice(0, n),
  ),
  $concatArrays: strict("$concatArrays", 0, Infinity, concat),
  $in: strict("$in", 2, 2, ([wanted, array]) => {
    if (!Array.isArray(array))
      throw mongoError(
        40081,
        `$in requires an array as a second argument, found: ${shownType(array)}`,
      );
    return wanted !== undefined && array.some((item) => equalValues(item, wanted));
  }),
  $indexOfArray: strict("$indexOfArray", 2, 4, indexOf),
  $isArray: strict("$isArray", 1, 1, ([value]) => Array.isArray(value)),
  $range: strict("$range", 2, 3, range),
  $reverseArray: unary("$reverseArray", (value) =>
    arrayOf("$reverseArray", value, 34435).toReversed(),
  ),
  $size: strict("$size", 1, 1, ([value]) => int(arrayOf("$size", value, 17124).length)),
  $slice: strict("$slice", 2, 3, slice),
  $zip: named("$zip", ["inputs"], ["useLongestLength", "defaults"], zip),
  $arrayToObject: unary("$arrayToObject", arrayToObject),
  $sortArray: (operand, scope, compile) => {
    const fields = compileNamed("$sortArray", operand, ["input", "sortBy"], []);
    const input = compile(fields.get("input") ?? null, scope);
    const sortBy = fields.get("sortBy");
    return (env) =>
      sortArray(
        new Map([
          ["input", input(env)],
          ["sortBy", sortBy],
        ]),
      );
  },
  $map: forEach("$map", "in"),
  $filter: forEach("$filter", "cond"),
  $reduce: (operand, scope, compile) => {
    const fields = compileNamed("$reduce", operand, ["input", "initialValue", "in"], []);
    const input = compile(fields.get("input") ?? null, scope);
    const initial = compile(fields.get("initialValue") ?? null, scope);
    const each = compile(fields.get("in") ?? null, withNames(scope, ["this", "value"]));
    return (env) => {
      const array = input(env);
      if (isNullish(array)) return null;
      let value = initial(env);
      for (const item of arrayOf("$reduce", array, 40080))
        value = each(withVariable(withVariable(env, "this", item), "value", value));
      return value;
    };
  },
};
