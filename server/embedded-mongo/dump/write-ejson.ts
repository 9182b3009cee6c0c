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
import { dateMillis } from "../bson/compare.js";
import { Code, type DBPointer, type Doc, type Value } from "../bson/value.js";

/**
 * A document as canonical Extended JSON v2, on one line, as mongoexport writes it. bson's own EJSON works
 * on JavaScript objects, which put fields named `10` before all others; here their order is kept.
 */
export function writeEjson(doc: Doc): string {
  return writeDoc(doc);
}

function writeDoc(doc: Doc): string {
  const fields: string[] = [];
  for (const [name, value] of doc) fields.push(`${JSON.stringify(name)}:${writeValue(value)}`);
  return `{${fields.join(",")}}`;
}

function writeValue(value: Value): string {
  if (value === null || typeof value === "boolean" || typeof value === "string")
    return JSON.stringify(value);
  if (typeof value === "symbol") return `{"$undefined":true}`;
  if (value instanceof Map) return writeDoc(value);
  if (Array.isArray(value)) return `[${value.map(writeValue).join(",")}]`;
  if (value instanceof Int32) return `{"$numberInt":"${value.value}"}`;
  if (value instanceof Double) return `{"$numberDouble":"${doubleText(value.value)}"}`;
  if (value instanceof Timestamp) return `{"$timestamp":{"t":${value.t},"i":${value.i}}}`;
  if (value instanceof Long) return `{"$numberLong":"${value.toString()}"}`;
  if (value instanceof Decimal128) return `{"$numberDecimal":"${value.toString()}"}`;
  if (value instanceof ObjectId) return `{"$oid":"${value.toHexString()}"}`;
  if (value instanceof Date) return `{"$date":{"$numberLong":"${dateMillis(value).toString()}"}}`;
  if (value instanceof Binary) return binaryText(value);
  if (value instanceof BSONRegExp)
    return `{"$regularExpression":{"pattern":${JSON.stringify(value.pattern)},"options":${JSON.stringify(value.options)}}}`;
  if (value instanceof BSONSymbol) return `{"$symbol":${JSON.stringify(value.value)}}`;
  if (value instanceof MinKey) return `{"$minKey":1}`;
  if (value instanceof MaxKey) return `{"$maxKey":1}`;
  if (value instanceof Code) return codeText(value);
  return pointerText(value);
}

function doubleText(value: number): string {
  if (Object.is(value, -0)) return "-0.0";
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "Infinity" : "-Infinity";
  if (Math.abs(value) >= 1e17) return value.toExponential().replace("e", "E");
  const text = String(value);
  return Number.isInteger(value) && !text.includes("e") ? `${text}.0` : text;
}

function binaryText(value: Binary): string {
  const base64 = Buffer.from(value.buffer.subarray(0, value.position)).toString("base64");
  const subType = value.sub_type.toString(16).padStart(2, "0");
  return `{"$binary":{"base64":"${base64}","subType":"${subType}"}}`;
}

function codeText(value: Code): string {
  const code = `"$code":${JSON.stringify(value.code)}`;
  return value.scope === undefined ? `{${code}}` : `{${code},"$scope":${writeDoc(value.scope)}}`;
}

function pointerText(value: DBPointer): string {
  return `{"$dbPointer":{"$ref":${JSON.stringify(value.namespace)},"$id":{"$oid":"${value.id.toHexString()}"}}}`;
}
