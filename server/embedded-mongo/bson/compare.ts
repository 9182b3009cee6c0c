import {
  type Binary,
  type BSONRegExp,
  BSONSymbol,
  Decimal128,
  Double,
  Int32,
  Long,
  ObjectId,
  type Timestamp,
} from "bson";
import { compareDecimals, decimalOf } from "./decimal.js";
import {
  FarDate,
  typeNameOf,
  type BsonTypeName,
  type Code,
  type DBPointer,
  type Doc,
  type NumberValue,
  type Value,
} from "./value.js";

/**
 * Where a type stands in MongoDB's order across types. Types with the same number compare by value:
 * all numbers, strings and symbols. Also the type byte of index keys: never change one.
 */
export const typeOrder: Readonly<Record<BsonTypeName, number>> = {
  minKey: 1,
  undefined: 2,
  null: 5,
  int: 10,
  double: 10,
  long: 10,
  decimal: 10,
  string: 15,
  symbol: 15,
  object: 20,
  array: 25,
  binData: 30,
  objectId: 35,
  bool: 40,
  date: 45,
  timestamp: 47,
  regex: 50,
  dbPointer: 55,
  javascript: 60,
  javascriptWithScope: 65,
  maxKey: 127,
};

/** The place of a value's type in the order across types. */
export function orderOf(value: Value): number {
  if (typeof value === "string") return 15;
  if (value instanceof Int32 || value instanceof Double) return 10;
  if (value instanceof ObjectId) return 35;
  return typeOrder[typeNameOf(value)];
}

/** MongoDB's total order over all values: negative, zero or positive. Zero means equal to MongoDB. */
export function compareValues(a: Value, b: Value): number {
  if (typeof a === "string" && typeof b === "string") return compareStrings(a, b);
  const orderA = orderOf(a);
  const orderB = orderOf(b);
  return orderA === orderB ? compareSameType(a, b, orderA) : orderA - orderB;
}

/** Equality as a query means it: 1, 1.0, Long 1 and Decimal128 1.00 are the same. */
export function equalValues(a: Value, b: Value): boolean {
  return compareValues(a, b) === 0;
}

/**
 * Whether two values are the same bytes for an update that asks "does this change anything":
 * as `equalValues`, but the number type counts.
 */
export function identicalValues(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (typeof a === "string" || typeof b === "string") return false;
  if (a instanceof Map) return b instanceof Map && a.size === b.size && identicalFields(a, b);
  if (Array.isArray(a))
    return (
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((item, index) => identicalValues(item, b[index] ?? null))
    );
  if (a === null || b === null || typeNameOf(a) !== typeNameOf(b)) return false;
  if (a instanceof Double && b instanceof Double) return Object.is(a.value, b.value);
  if (a instanceof Decimal128 && b instanceof Decimal128)
    return Buffer.compare(a.bytes, b.bytes) === 0;
  return compareValues(a, b) === 0;
}

function identicalFields(a: Doc, b: Doc): boolean {
  const others = b.entries();
  for (const [name, value] of a) {
    const other = others.next();
    if (other.done === true || other.value[0] !== name) return false;
    if (!identicalValues(value, other.value[1])) return false;
  }
  return true;
}

/**
 * The order of the UTF-8 bytes, which is the order of the code points. UTF-16 differs from it only
 * where a surrogate meets a unit from U+E000 up.
 */
export function compareStrings(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const unitA = a.charCodeAt(i);
    const unitB = b.charCodeAt(i);
    if (unitA !== unitB) return liftSurrogate(unitA) - liftSurrogate(unitB);
  }
  return a.length - b.length;
}

function liftSurrogate(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

export function compareNumbers(a: NumberValue, b: NumberValue): number {
  if (a instanceof Decimal128 || b instanceof Decimal128)
    return compareDecimals(decimalOf(a), decimalOf(b));
  if (a instanceof Long) {
    if (b instanceof Long) return a.compare(b);
    return compareLongToDouble(a, b.value);
  }
  if (b instanceof Long) return -compareLongToDouble(b, a.value) + 0;
  return compareDoubles(a.value, b.value);
}

function compareDoubles(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a === b) return 0;
  return Number.isNaN(a) ? (Number.isNaN(b) ? 0 : -1) : 1;
}

function compareLongToDouble(a: Long, b: number): number {
  if (Number.isNaN(b)) return 1;
  if (b >= 2 ** 63) return -1;
  if (b < -(2 ** 63)) return 1;
  const whole = Math.trunc(b);
  const left = a.toBigInt();
  const right = BigInt(whole);
  if (left !== right) return left < right ? -1 : 1;
  return compareDoubles(whole, b);
}

/** Both values have the same place in the order of types. */
function compareSameType(a: Value, b: Value, order: number): number {
  if (order === typeOrder.int) return compareNumbers(a as NumberValue, b as NumberValue);
  switch (order) {
    case typeOrder.string:
      return compareStrings(textOf(a), textOf(b));
    case typeOrder.object:
      return compareDocs(a as Doc, b as Doc);
    case typeOrder.array:
      return compareArrays(a as Value[], b as Value[]);
    case typeOrder.objectId:
      return Buffer.compare((a as ObjectId).id, (b as ObjectId).id);
    case typeOrder.bool:
      return Number(a) - Number(b);
    case typeOrder.date:
      return compareDates(a as Date, b as Date);
    case typeOrder.timestamp:
      return compareTimestamps(a as Timestamp, b as Timestamp);
    case typeOrder.binData:
      return compareBinaries(a as Binary, b as Binary);
    case typeOrder.regex:
      return compareRegexes(a as BSONRegExp, b as BSONRegExp);
    case typeOrder.dbPointer:
      return comparePointers(a as DBPointer, b as DBPointer);
    case typeOrder.javascript:
      return compareStrings((a as Code).code, (b as Code).code);
    case typeOrder.javascriptWithScope:
      return compareCode(a as Code, b as Code);
    default:
      return 0; // null, undefined, MinKey, MaxKey: one value each
  }
}

function textOf(value: Value): string {
  return value instanceof BSONSymbol ? value.value : (value as string);
}

/** Field by field: type, then name, then value; a document that ends first comes first. */
export function compareDocs(a: Doc, b: Doc): number {
  const others = b.entries();
  for (const [nameA, valueA] of a) {
    const other = others.next();
    if (other.done === true) return 1;
    const [nameB, valueB] = other.value;
    const types = orderOf(valueA) - orderOf(valueB);
    if (types !== 0) return types;
    const order = compareStrings(nameA, nameB) || compareValues(valueA, valueB);
    if (order !== 0) return order;
  }
  return others.next().done === true ? 0 : -1;
}

function compareArrays(a: readonly Value[], b: readonly Value[]): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const order = compareValues(a[i] ?? null, b[i] ?? null);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareDates(a: Date, b: Date): number {
  if (!(a instanceof FarDate) && !(b instanceof FarDate)) return a.getTime() - b.getTime();
  const left = dateMillis(a);
  const right = dateMillis(b);
  return left === right ? 0 : left < right ? -1 : 1;
}

/** Milliseconds since 1970, exact for every BSON date. */
export function dateMillis(date: Date): bigint {
  return date instanceof FarDate ? date.millis : BigInt(date.getTime());
}

function compareTimestamps(a: Timestamp, b: Timestamp): number {
  return a.t - b.t || a.i - b.i;
}

function compareBinaries(a: Binary, b: Binary): number {
  return (
    a.position - b.position ||
    a.sub_type - b.sub_type ||
    Buffer.compare(a.buffer.subarray(0, a.position), b.buffer.subarray(0, b.position))
  );
}

function compareRegexes(a: BSONRegExp, b: BSONRegExp): number {
  return compareStrings(a.pattern, b.pattern) || compareStrings(a.options, b.options);
}

function comparePointers(a: DBPointer, b: DBPointer): number {
  return (
    Buffer.byteLength(a.namespace) - Buffer.byteLength(b.namespace) ||
    compareStrings(a.namespace, b.namespace) ||
    Buffer.compare(a.id.id, b.id.id)
  );
}

const noFields: Doc = new Map();

function compareCode(a: Code, b: Code): number {
  return compareStrings(a.code, b.code) || compareDocs(a.scope ?? noFields, b.scope ?? noFields);
}
