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
import { Code, DBPointer, FarDate, undefinedValue, type Doc, type Value } from "../bson/value.js";
import { JsonNumber, parseJson, type Json, type JsonObject } from "./parse-json.js";

/** Parses one document of Extended JSON v2, canonical or relaxed, with its fields in order. Throws SyntaxError. */
export function parseEjson(text: string): Doc {
  const json = parseJson(text);
  const value = fromJson(json);
  if (value instanceof Map) return value;
  throw new SyntaxError("not a document");
}

function fromJson(json: Json): Value {
  if (json === null || typeof json === "boolean" || typeof json === "string") return json;
  if (json instanceof JsonNumber) return relaxedNumber(json.text);
  if (Array.isArray(json)) return json.map(fromJson);
  const [first] = json.keys();
  if (first?.startsWith("$") === true) {
    const special = fromWrapper(first, json);
    if (special !== undefined) return special;
  }
  const doc: Doc = new Map();
  for (const [name, value] of json) doc.set(name, fromJson(value));
  return doc;
}

/** A plain JSON number, as relaxed Extended JSON has them: the narrowest type that holds it. */
function relaxedNumber(text: string): Int32 | Long | Double {
  if (!/^-?\d+$/.test(text) || text === "-0") return new Double(Number(text));
  const integer = BigInt(text);
  if (integer === BigInt.asIntN(32, integer)) return new Int32(Number(integer));
  return integer === BigInt.asIntN(64, integer)
    ? Long.fromBigInt(integer)
    : new Double(Number(text));
}

function wrong(wrapper: string): never {
  throw new SyntaxError(`${wrapper} has a value it cannot have`);
}

function textIn(object: JsonObject, field: string): string {
  const value = object.get(field);
  return typeof value === "string" ? value : wrong(field);
}

function objectIn(object: JsonObject, field: string): JsonObject {
  const value = object.get(field);
  return value instanceof Map ? value : wrong(field);
}

function numberIn(object: JsonObject, field: string): number {
  const value = object.get(field);
  return value instanceof JsonNumber ? Number(value.text) : wrong(field);
}

/** The value that a wrapper such as `{"$oid": …}` stands for; undefined when it is an ordinary document. */
function fromWrapper(first: string, object: JsonObject): Value | undefined {
  if (first === "$code") {
    const scope = object.get("$scope");
    if (scope === undefined) return new Code(textIn(object, "$code"));
    const inside = fromJson(scope);
    return inside instanceof Map ? new Code(textIn(object, "$code"), inside) : wrong("$scope");
  }
  if (object.size !== 1) return undefined;
  switch (first) {
    case "$numberInt":
      return new Int32(Number(textIn(object, first)));
    case "$numberDouble":
      return new Double(Number(textIn(object, first)));
    case "$numberLong":
      return Long.fromString(textIn(object, first));
    case "$numberDecimal":
      return Decimal128.fromString(textIn(object, first));
    case "$oid":
      return ObjectId.createFromHexString(textIn(object, first));
    case "$date":
      return dateOf(object.get(first));
    case "$binary":
      return binaryOf(objectIn(object, first));
    case "$uuid":
      return new Binary(
        Buffer.from(textIn(object, first).replaceAll("-", ""), "hex"),
        Binary.SUBTYPE_UUID,
      );
    case "$timestamp": {
      const { t, i } = {
        t: numberIn(objectIn(object, first), "t"),
        i: numberIn(objectIn(object, first), "i"),
      };
      return new Timestamp({ t, i });
    }
    case "$regularExpression": {
      const inside = objectIn(object, first);
      return new BSONRegExp(textIn(inside, "pattern"), textIn(inside, "options"));
    }
    case "$dbPointer": {
      const inside = objectIn(object, first);
      return new DBPointer(
        textIn(inside, "$ref"),
        ObjectId.createFromHexString(textIn(objectIn(inside, "$id"), "$oid")),
      );
    }
    case "$symbol":
      return new BSONSymbol(textIn(object, first));
    case "$undefined":
      return undefinedValue;
    case "$minKey":
      return new MinKey();
    case "$maxKey":
      return new MaxKey();
    default:
      return undefined;
  }
}

const maxMillis = 8_640_000_000_000_000n;

function dateOf(value: Json | undefined): Date {
  if (typeof value === "string") {
    const date = new Date(value);
    return Number.isNaN(date.getTime()) ? wrong("$date") : date;
  }
  if (!(value instanceof Map)) return wrong("$date");
  const millis = BigInt(textIn(value, "$numberLong"));
  return millis > maxMillis || millis < -maxMillis ? new FarDate(millis) : new Date(Number(millis));
}

function binaryOf(inside: JsonObject): Binary {
  return new Binary(
    Buffer.from(textIn(inside, "base64"), "base64"),
    Number.parseInt(textIn(inside, "subType"), 16),
  );
}
