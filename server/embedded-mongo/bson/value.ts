import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
} from "bson";

/** The deprecated BSON type "undefined" (6): a value of its own, so that it survives a round trip. */
export const undefinedValue: unique symbol = Symbol("undefined");

/** JavaScript code (13), or code with scope (15) where `scope` is set. Stored and compared, never run. */
export class Code {
  constructor(
    readonly code: string,
    readonly scope?: Doc,
  ) {}
}

/** The deprecated DBPointer type (12). */
export class DBPointer {
  constructor(
    readonly namespace: string,
    readonly id: ObjectId,
  ) {}
}

/** A BSON date outside JavaScript's range of ±8.64e15 ms; `getTime()` is NaN, `millis` is exact. */
export class FarDate extends Date {
  constructor(readonly millis: bigint) {
    super(NaN);
  }
}

/** The deprecated binary subtype whose bytes begin with their length once more. */
export const oldBinary = 2;

/** A document: field names to values, in the order of the bytes ("10" after "9b" included). */
export type Doc = Map<string, Value>;

/** A BSON number. Which of the four it is decides what arithmetic gives, never how it compares. */
export type NumberValue = Int32 | Double | Long | Decimal128;

/** Every BSON value, one JavaScript shape for each type. */
export type Value =
  | NumberValue
  | string
  | boolean
  | null
  | typeof undefinedValue
  | Doc
  | Value[]
  | Date
  | ObjectId
  | Binary
  | BSONRegExp
  | BSONSymbol
  | Timestamp
  | Code
  | DBPointer
  | MinKey
  | MaxKey;

/** The type numbers of the BSON specification; MinKey and MaxKey as MongoDB's `$type` names them. */
export const bsonTypes = {
  double: 1,
  string: 2,
  object: 3,
  array: 4,
  binData: 5,
  undefined: 6,
  objectId: 7,
  bool: 8,
  date: 9,
  null: 10,
  regex: 11,
  dbPointer: 12,
  javascript: 13,
  symbol: 14,
  javascriptWithScope: 15,
  int: 16,
  timestamp: 17,
  long: 18,
  decimal: 19,
  minKey: -1,
  maxKey: 127,
} as const;

export type BsonTypeName = keyof typeof bsonTypes;

const typeOfClass = new Map<unknown, BsonTypeName>([
  [Map, "object"],
  [Array, "array"],
  [Int32, "int"],
  [Double, "double"],
  [Long, "long"],
  [Decimal128, "decimal"],
  [ObjectId, "objectId"],
  [Date, "date"],
  [FarDate, "date"],
  [Binary, "binData"],
  [BSONRegExp, "regex"],
  [BSONSymbol, "symbol"],
  [Timestamp, "timestamp"],
  [DBPointer, "dbPointer"],
  [MinKey, "minKey"],
  [MaxKey, "maxKey"],
]);

/** MongoDB's name for the type of a value, as `$type` of an aggregation gives it. */
export function typeNameOf(value: Value): BsonTypeName {
  if (typeof value === "string") return "string";
  if (typeof value === "boolean") return "bool";
  if (value === null) return "null";
  if (typeof value === "symbol") return "undefined";
  const name = typeOfClass.get(value.constructor);
  if (name !== undefined) return name;
  if (value instanceof Code)
    return value.scope === undefined ? "javascript" : "javascriptWithScope";
  if (value instanceof Binary) return "binData"; // bson's UUID
  throw new TypeError("not a BSON value of this server's model");
}

export function isDoc(value: Value | undefined): value is Doc {
  return value instanceof Map;
}

export function isNumber(value: Value | undefined): value is NumberValue {
  return (
    value instanceof Int32 ||
    value instanceof Double ||
    value instanceof Long ||
    value instanceof Decimal128
  );
}

/** A copy that shares nothing that an update could change: documents and arrays are copied deeply. */
export function cloneValue(value: Value): Value {
  if (value instanceof Map) return cloneDoc(value);
  if (Array.isArray(value)) return value.map(cloneValue);
  return value;
}

export function cloneDoc(doc: Doc): Doc {
  const copy: Doc = new Map();
  for (const [name, value] of doc) copy.set(name, cloneValue(value));
  return copy;
}
