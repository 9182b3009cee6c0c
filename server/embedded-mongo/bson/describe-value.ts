import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  Decimal128,
  Double,
  Int32,
  Long,
  MinKey,
  ObjectId,
  Timestamp,
} from "bson";
import { Code, FarDate, type Doc, type Value } from "./value.js";

const longest = 160;

/** A value as MongoDB shows it in error messages, cut where it is long. */
export function describeValue(value: Value): string {
  const text = describe(value);
  return text.length > longest ? `${text.slice(0, longest)}...` : text;
}

/** `{a: 5}`, the way messages show one element. */
export function describeElement(name: string, value: Value): string {
  return `{${name}: ${describeValue(value)}}`;
}

function describe(value: Value): string {
  if (typeof value === "string") return `"${value}"`;
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "symbol") return "undefined";
  if (value instanceof Map) return describeFields(value);
  if (Array.isArray(value))
    return value.length === 0 ? "[]" : `[ ${value.slice(0, 50).map(describe).join(", ")} ]`;
  if (value instanceof Int32 || value instanceof Double) return describeDouble(value);
  if (value instanceof Long) return value.toString();
  if (value instanceof Decimal128) return value.toString();
  if (value instanceof ObjectId) return `ObjectId('${value.toHexString()}')`;
  if (value instanceof FarDate) return `new Date(${value.millis})`;
  if (value instanceof Date) return `new Date(${value.getTime()})`;
  if (value instanceof BSONSymbol) return `"${value.value}"`;
  if (value instanceof BSONRegExp) return `/${value.pattern}/${value.options}`;
  if (value instanceof Timestamp) return `Timestamp(${value.t}, ${value.i})`;
  if (value instanceof Binary)
    return `BinData(${value.sub_type}, ${Buffer.from(value.buffer.subarray(0, value.position))
      .toString("hex")
      .toUpperCase()})`;
  if (value instanceof Code) return value.code;
  return value instanceof MinKey ? "MinKey" : "MaxKey";
}

function describeDouble(value: Int32 | Double): string {
  const text = String(value.value);
  return value instanceof Double && /^-?\d+$/.test(text) ? `${text}.0` : text;
}

function describeFields(doc: Doc): string {
  if (doc.size === 0) return "{}";
  const fields = [...doc].slice(0, 50).map(([name, value]) => `${name}: ${describe(value)}`);
  return `{ ${fields.join(", ")} }`;
}
