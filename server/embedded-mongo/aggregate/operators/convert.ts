import { Decimal128, Double, Int32, Long, ObjectId } from "bson";
import { decimalOf, decimalOfDouble, encodeDecimal, toDouble } from "../../bson/decimal.js";
import {
  bsonTypes,
  isNumber,
  typeNameOf,
  type BsonTypeName,
  type NumberValue,
  type Value,
} from "../../bson/value.js";
import { MongoError, mongoError } from "../../mongo-error.js";
import { truncateToLong } from "../../query/value-tests.js";
import type { Expression, OperatorTable } from "../expression.js";
import { parseDateText } from "./dates.js";
import { compileNamed, isNullish, isTrue, shownType, strict } from "./operands.js";

function failure(message: string): Error {
  return mongoError(241, `Failed to ${message} in $convert with no onError value`);
}

function unsupported(value: Value, to: string): Error {
  return mongoError(
    241,
    `Unsupported conversion from ${typeNameOf(value)} to ${to} in $convert with no onError value`,
  );
}

/** A number, date, Boolean or id as text, as `$toString` writes it. */
export function stringFrom(value: Value): string {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return String(value);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof ObjectId) return value.toHexString();
  if (value instanceof Double) return doubleText(value.value);
  if (isNumber(value)) return value.toString();
  throw unsupported(value, "string");
}

/** As MongoDB prints a double: C's `%.16g`. */
function doubleText(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "Infinity" : "-Infinity";
  const [mantissa = "", power = "0"] = value.toExponential(15).split("e");
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 16)
    return withoutZeros(value.toFixed(Math.max(0, 15 - exponent)));
  const sign = exponent < 0 ? "-" : "+";
  const digits = String(Math.abs(exponent)).padStart(2, "0");
  return `${withoutZeros(mantissa)}e${sign}${digits}`;
}

function withoutZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

function toIntegral(value: Value, to: "int" | "long"): Value {
  const bits = to === "int" ? 32 : 64;
  const make = (whole: bigint) => {
    if (BigInt.asIntN(bits, whole) !== whole)
      throw failure("convert: Conversion would overflow target type");
    return to === "int" ? new Int32(Number(whole)) : Long.fromBigInt(whole);
  };
  if (typeof value === "boolean") return make(value ? 1n : 0n);
  if (isNumber(value)) {
    const whole = truncateToLong(value);
    if (whole === undefined)
      throw failure("convert: Attempt to convert a value that is out of range");
    return make(whole);
  }
  if (typeof value === "string") {
    if (!/^[+-]?\d+$/.test(value)) throw failure(`parse number '${value}'`);
    return make(BigInt(value));
  }
  if (value instanceof Date && to === "long") return Long.fromNumber(value.getTime());
  throw unsupported(value, to);
}

const numberText = /^[+-]?(\d+\.?\d*([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?|Infinity|NaN|inf|nan)$/i;

function toDoubleValue(value: Value): Value {
  if (typeof value === "boolean") return new Double(value ? 1 : 0);
  if (isNumber(value)) return new Double(toDouble(value));
  if (value instanceof Date) return new Double(value.getTime());
  if (typeof value === "string") {
    if (!numberText.test(value)) throw failure(`parse number '${value}'`);
    return new Double(Number(value.replace(/inf(inity)?/i, "Infinity").replace(/nan/i, "NaN")));
  }
  throw unsupported(value, "double");
}

function toDecimalValue(value: Value): Value {
  if (typeof value === "boolean") return new Decimal128(value ? "1" : "0");
  if (isNumber(value)) return decimalFrom(value);
  if (value instanceof Date) return decimalFrom(Long.fromNumber(value.getTime()));
  if (typeof value === "string") {
    if (!numberText.test(value)) throw failure(`parse number '${value}'`);
    return Decimal128.fromStringWithRounding(value);
  }
  throw unsupported(value, "decimal");
}

function decimalFrom(value: NumberValue): Decimal128 {
  if (value instanceof Decimal128) return value;
  return encodeDecimal(
    value instanceof Double ? decimalOfDouble(value.value, 15) : decimalOf(value),
  );
}

function toDate(value: Value): Value {
  if (value instanceof Date) return value;
  if (value instanceof ObjectId) return value.getTimestamp();
  if (value instanceof Long || value instanceof Double || value instanceof Decimal128) {
    const date = new Date(Number(truncateToLong(value) ?? NaN));
    if (Number.isNaN(date.getTime())) throw failure("convert: date out of range");
    return date;
  }
  if (typeof value === "string") {
    const date = parseDateText(value);
    if (date === undefined) throw failure(`parse date '${value}'`);
    return date;
  }
  throw unsupported(value, "date");
}

function toObjectId(value: Value): Value {
  if (value instanceof ObjectId) return value;
  if (typeof value !== "string") throw unsupported(value, "objectId");
  if (!/^[0-9a-fA-F]{24}$/.test(value))
    throw failure(`parse objectId '${value}': Invalid string length for parsing to OID`);
  return ObjectId.createFromHexString(value);
}

function convertTo(type: BsonTypeName, value: Value): Value {
  switch (type) {
    case "string":
      return stringFrom(value);
    case "bool":
      return isTrue(value);
    case "int":
    case "long":
      return toIntegral(value, type);
    case "double":
      return toDoubleValue(value);
    case "decimal":
      return toDecimalValue(value);
    case "date":
      return toDate(value);
    case "objectId":
      return toObjectId(value);
    default:
      throw unsupported(value, type);
  }
}

function typeFrom(value: Value | undefined): BsonTypeName | undefined {
  if (isNullish(value)) return undefined;
  for (const [name, code] of Object.entries(bsonTypes))
    if (value === name || (isNumber(value) && toDouble(value) === code))
      if (isTypeName(name)) return name;
  throw mongoError(2, `Unknown type name: ${typeof value === "string" ? value : shownType(value)}`);
}

function isTypeName(name: string): name is BsonTypeName {
  return name in bsonTypes;
}

function shorthand(name: string, type: BsonTypeName) {
  return strict(name, 1, 1, ([value]) => (isNullish(value) ? null : convertTo(type, value)));
}

export const convertOperators: OperatorTable = {
  $toString: shorthand("$toString", "string"),
  $toBool: shorthand("$toBool", "bool"),
  $toInt: shorthand("$toInt", "int"),
  $toLong: shorthand("$toLong", "long"),
  $toDouble: shorthand("$toDouble", "double"),
  $toDecimal: shorthand("$toDecimal", "decimal"),
  $toDate: shorthand("$toDate", "date"),
  $toObjectId: shorthand("$toObjectId", "objectId"),
  $type: strict("$type", 1, 1, ([value]) => shownType(value)),
  $isNumber: strict("$isNumber", 1, 1, ([value]) => isNumber(value)),
  $convert: (operand, scope, compile) => {
    const fields = compileNamed("$convert", operand, ["input", "to"], ["onError", "onNull"]);
    const part = (name: string): Expression | undefined => {
      const value = fields.get(name);
      return value === undefined ? undefined : compile(value, scope);
    };
    const [input, to, onError, onNull] = ["input", "to", "onError", "onNull"].map(part);
    return (env) => {
      const value = input?.(env);
      const type = typeFrom(to?.(env));
      if (isNullish(value)) return onNull === undefined ? null : onNull(env);
      if (type === undefined) return null;
      try {
        return convertTo(type, value);
      } catch (error) {
        // what this server does not know is not MongoDB's failure to convert
        const unknown = error instanceof MongoError && error.code === 238;
        if (onError === undefined || unknown) throw error;
        return onError(env);
      }
    };
  },
};
