import { BSONRegExp, Double, Int32 } from "bson";
import { compareValues, equalValues } from "../bson/compare.js";
import { describeElement } from "../bson/describe-value.js";
import { isNumber, typeNameOf, type Doc, type Value } from "../bson/value.js";
import { toDouble } from "../bson/decimal.js";
import { equalityKey } from "../index-keys/encode-key.js";
import { mongoError } from "../mongo-error.js";
import { compileFilter } from "../query/compile-filter.js";
import { wholeNumber } from "../query/value-tests.js";
import { setTo } from "./field-modifiers.js";
import { unchanged, type Modifier } from "./modifier.js";

/** What `$push` does with the array after its elements are in. */
interface PushOptions {
  readonly items: readonly Value[];
  readonly position: number | undefined;
  readonly slice: number | undefined;
  readonly sort: ((a: Value, b: Value) => number) | undefined;
}

export function pushModifier(operand: Value): Modifier {
  const options = parsePush(operand);
  return {
    onMissing: "create",
    apply: (current, place) => {
      if (current !== undefined && !Array.isArray(current))
        throw mongoError(
          2,
          `The field '${place.path}' must be an array but is of type ${typeNameOf(current)} in ` +
            `document {_id: ${place.id}}`,
        );
      return setTo(current, push(current ?? [], options));
    },
  };
}

function push(array: readonly Value[], { items, position, slice, sort }: PushOptions): Value[] {
  let result: Value[];
  if (position === undefined) result = [...array, ...items];
  else {
    const at = position < 0 ? Math.max(0, array.length + position) : position;
    result = [...array.slice(0, at), ...items, ...array.slice(at)];
  }
  if (sort !== undefined) result.sort(sort);
  if (slice === undefined) return result;
  return slice >= 0 ? result.slice(0, slice) : result.slice(slice);
}

function parsePush(operand: Value): PushOptions {
  if (!(operand instanceof Map) || !operand.has("$each"))
    return { items: [operand], position: undefined, slice: undefined, sort: undefined };
  const known = ["$each", "$slice", "$sort", "$position"];
  for (const name of operand.keys())
    if (!known.includes(name)) throw mongoError(2, `Unrecognized clause in $push: ${name}`);
  const items = operand.get("$each") ?? null;
  if (!Array.isArray(items))
    throw mongoError(
      2,
      `The argument to $each in $push must be an array but it was of type: ${typeNameOf(items)}`,
    );
  const sort = operand.get("$sort");
  return {
    items,
    position: parseInteger("$position", operand.get("$position")),
    slice: parseInteger("$slice", operand.get("$slice")),
    sort: sort === undefined ? undefined : parsePushSort(sort),
  };
}

function parseInteger(name: string, value: Value | undefined): number | undefined {
  if (value === undefined) return undefined;
  const what = name === "$slice" ? "value for $slice" : "value for $position";
  const whole = Number(
    wholeNumber(value, () =>
      mongoError(
        2,
        `The ${what} must be an integer value but was given type: ${typeNameOf(value)}`,
      ),
    ),
  );
  return Math.max(-0x8000_0000, Math.min(0x7fff_ffff, whole));
}

function parsePushSort(sort: Value): (a: Value, b: Value) => number {
  if (isNumber(sort)) {
    const direction = toDouble(sort);
    if (direction !== 1 && direction !== -1)
      throw mongoError(2, "The $sort element value must be either 1 or -1");
    return (a, b) => direction * compareValues(a, b);
  }
  if (!(sort instanceof Map))
    throw mongoError(
      2,
      "The $sort is invalid: use 1/-1 to sort the whole element, or {field:1/-1} to sort embedded fields",
    );
  if (sort.size === 0)
    throw mongoError(2, "The $sort pattern is empty when it should be a set of fields.");
  const fields = [...sort].map(([path, value]) => parseSortField(path, value));
  return (a, b) => {
    for (const { parts, direction } of fields) {
      const order = compareValues(plainField(a, parts), plainField(b, parts));
      if (order !== 0) return direction * order;
    }
    return 0;
  };
}

function parseSortField(path: string, value: Value): { parts: string[]; direction: number } {
  if (path === "" || path.split(".").includes(""))
    throw mongoError(2, `The $sort field is a dotted field but has an empty part: ${path}`);
  const direction = isNumber(value) ? toDouble(value) : NaN;
  if (direction !== 1 && direction !== -1)
    throw mongoError(2, "The $sort element value must be either 1 or -1");
  return { parts: path.split("."), direction };
}

function plainField(value: Value, parts: readonly string[]): Value {
  let current: Value | undefined = value;
  for (const part of parts) {
    if (current instanceof Map) current = current.get(part);
    else if (Array.isArray(current)) current = current[Number(part)];
    else return null;
  }
  return current ?? null;
}

export function addToSetModifier(operand: Value): Modifier {
  let items: readonly Value[] = [operand];
  if (operand instanceof Map && operand.keys().next().value === "$each") {
    const each = operand.get("$each") ?? null;
    if (!Array.isArray(each))
      throw mongoError(
        14,
        `The argument to $each in $addToSet must be an array but it was of type ${typeNameOf(each)}`,
      );
    if (operand.size > 1)
      throw mongoError(
        2,
        `Found unexpected fields after $each in $addToSet: ${[...operand.keys()].join(", ")}`,
      );
    items = each;
  }
  return {
    onMissing: "create",
    apply: (current, place) => {
      if (current !== undefined && !Array.isArray(current))
        throw mongoError(
          2,
          `Cannot apply $addToSet to non-array field. Field named '${place.field}' has non-array ` +
            `type ${typeNameOf(current)}`,
        );
      const known = new Set((current ?? []).map(equalityKey));
      const added: Value[] = [];
      for (const item of items) {
        const key = equalityKey(item);
        if (!known.has(key)) added.push(item);
        known.add(key);
      }
      if (added.length === 0 && current !== undefined) return unchanged;
      return { value: [...(current ?? []), ...added] };
    },
  };
}

export function popModifier(operand: Value): Modifier {
  const side =
    operand instanceof Int32 || operand instanceof Double || isNumber(operand)
      ? toDouble(operand)
      : NaN;
  if (side !== 1 && side !== -1)
    throw mongoError(
      9,
      `$pop expects 1 or -1, found: ${describeElement("", operand).slice(3, -1)}`,
    );
  return {
    onMissing: "check",
    apply: (current, place) => {
      if (current === undefined) return unchanged;
      if (!Array.isArray(current))
        throw mongoError(
          14,
          `Path '${place.path}' contains an element of non-array type '${typeNameOf(current)}'`,
        );
      if (current.length === 0) return unchanged;
      return { value: side === 1 ? current.slice(0, -1) : current.slice(1) };
    },
  };
}

function cullModifier(leaves: (item: Value) => boolean): Modifier {
  return {
    onMissing: "check",
    apply: (current) => {
      if (current === undefined) return unchanged;
      if (!Array.isArray(current)) throw mongoError(2, "Cannot apply $pull to a non-array value");
      const kept = current.filter((item) => !leaves(item));
      return kept.length === current.length ? unchanged : { value: kept };
    },
  };
}

/** `$pull`: elements equal to the operand, matched by it as a filter, or by its operators. */
export function pullModifier(operand: Value): Modifier {
  if (operand instanceof Map) {
    const [first] = operand.keys();
    if (first?.startsWith("$") !== true || ["$and", "$or", "$nor", "$expr"].includes(first)) {
      const filter = compileFilter(operand);
      return cullModifier((item) => item instanceof Map && filter.matches(item));
    }
    return cullModifier(elementTest(operand));
  }
  if (operand instanceof BSONRegExp) return cullModifier(elementTest(operand));
  return cullModifier((item) => equalValues(item, operand));
}

function elementTest(condition: Value): (item: Value) => boolean {
  const wrapped: Doc = new Map([["item", condition]]);
  const filter = compileFilter(wrapped);
  return (item) => filter.matches(new Map([["item", item]]));
}

export function pullAllModifier(operand: Value): Modifier {
  if (!Array.isArray(operand))
    throw mongoError(
      2,
      `$pullAll requires an array argument but was given a ${typeNameOf(operand)}`,
    );
  const keys = new Set(operand.map(equalityKey));
  return cullModifier((item) => keys.has(equalityKey(item)));
}
