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
import { Code, DBPointer, undefinedValue, type Doc, type Value } from "./value.js";

const bsonClasses = [
  Int32,
  Double,
  Long,
  Decimal128,
  ObjectId,
  Binary,
  BSONRegExp,
  BSONSymbol,
  Timestamp,
  MinKey,
  MaxKey,
  Code,
  DBPointer,
  Date,
] as const;

/** An integer as the smallest integer type that holds it, else a double: how a driver sends a number. */
export function numberValue(value: number): Int32 | Double {
  return Number.isInteger(value) && value === (value | 0) && !Object.is(value, -0)
    ? new Int32(value)
    : new Double(value);
}

/** A bigint as an int64. */
export function longValue(value: bigint): Long {
  return Long.fromBigInt(value);
}

/**
 * A plain JavaScript value as a BSON value, as a driver would send it. Objects become documents;
 * properties that are `undefined` are left out. For writing replies and tests by hand.
 */
export function fromJs(value: unknown): Value {
  if (value === null || value === undefined) return null;
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (value === undefinedValue) return undefinedValue;
  if (typeof value === "number") return numberValue(value);
  if (typeof value === "bigint") return longValue(value);
  if (Array.isArray(value)) return value.map(fromJs);
  for (const bsonClass of bsonClasses) if (value instanceof bsonClass) return value;
  if (value instanceof RegExp)
    return new BSONRegExp(value.source, value.flags.replace(/[^imsux]/g, ""));
  if (value instanceof Uint8Array) return new Binary(value);
  const doc: Doc = new Map();
  const entries = value instanceof Map ? value.entries() : Object.entries(value);
  for (const [name, field] of entries)
    if (field !== undefined) doc.set(String(name), fromJs(field));
  return doc;
}

/** A plain object as a document; see `fromJs`. */
export function docOf(fields: Readonly<Record<string, unknown>>): Doc {
  const doc: Doc = new Map();
  for (const [name, field] of Object.entries(fields))
    if (field !== undefined) doc.set(name, fromJs(field));
  return doc;
}
