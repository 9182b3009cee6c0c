import { BSONRegExp, Decimal128, Double } from "bson";
import { compareNumbers } from "../../bson/compare.js";
import { decodeDecimal } from "../../bson/decimal.js";
import { isNumber, typeNameOf, type NumberValue, type Value } from "../../bson/value.js";
import { regexTest, truncateToLong, typeTest } from "../value-tests.js";
import {
  brokenRule,
  countOperand,
  flagOperand,
  listOperand,
  malformed,
  numberOperand,
  textOperand,
  unorderedKey,
  wrongType,
} from "./operands.js";
import type { KeywordCompiler, Rule } from "./schema.js";

/** The types of JSON, and the BSON types that they are. */
const jsonTypes: Readonly<Record<string, string>> = {
  array: "array",
  boolean: "bool",
  null: "null",
  number: "number",
  object: "object",
  string: "string",
};

function typeRule(keyword: string, operand: Value, names: readonly string[]): Rule {
  if (names.length === 0) throw malformed(`$jsonSchema keyword '${keyword}' must name a type`);
  if (new Set(names).size < names.length)
    throw malformed(`$jsonSchema keyword '${keyword}' has duplicate value`);
  const test = typeTest(keyword, [...names]);
  return (value) =>
    test(value)
      ? undefined
      : brokenRule(keyword, operand, {
          reason: "type did not match",
          consideredValue: value,
          consideredType: typeNameOf(value),
        });
}

function typeNames(keyword: string, operand: Value): string[] {
  const names: Value[] = Array.isArray(operand) ? operand : [operand];
  return names.map((name) => {
    if (typeof name !== "string") throw wrongType(keyword, "a string or an array of strings", name);
    return name;
  });
}

const type: KeywordCompiler = (operand, schema) => {
  if (schema.has("bsonType"))
    throw malformed("Cannot specify both $jsonSchema keywords 'type' and 'bsonType'");
  const names = typeNames("type", operand).map((name) => {
    const known = jsonTypes[name];
    if (name === "integer")
      throw malformed("$jsonSchema type 'integer' is not currently supported.");
    if (known === undefined) throw malformed(`Unknown type name alias: ${name}`);
    return known;
  });
  return typeRule("type", operand, names);
};

const bsonType: KeywordCompiler = (operand) =>
  typeRule("bsonType", operand, typeNames("bsonType", operand));

const enumeration: KeywordCompiler = (operand) => {
  const keys = listOperand("enum", operand).map(unorderedKey);
  const allowed = new Set(keys);
  if (allowed.size < keys.length)
    throw malformed("$jsonSchema keyword 'enum' array cannot contain duplicate values.");
  return (value) =>
    allowed.has(unorderedKey(value))
      ? undefined
      : brokenRule("enum", operand, {
          reason: "value was not found in enum",
          consideredValue: value,
        });
};

/** `minimum` and `maximum`, with the flags beside them that take the bound itself away. */
function bound(keyword: "minimum" | "maximum"): KeywordCompiler {
  const exclusiveName = keyword === "minimum" ? "exclusiveMinimum" : "exclusiveMaximum";
  const sign = keyword === "minimum" ? 1 : -1;
  return (operand, schema) => {
    const limit = numberOperand(keyword, operand);
    const exclusive = flagOperand(exclusiveName, schema.get(exclusiveName));
    return (value) => {
      if (!isNumber(value)) return undefined;
      const order = compareNumbers(value, limit) * sign;
      if (order > 0 || (order === 0 && !exclusive)) return undefined;
      return brokenRule(keyword, operand, { reason: "comparison failed", consideredValue: value });
    };
  };
}

/** The flag has no meaning of its own; without its bound it is a mistake. */
function boundFlag(keyword: string, beside: string): KeywordCompiler {
  return (operand, schema) => {
    flagOperand(keyword, operand);
    if (!schema.has(beside))
      throw malformed(`$jsonSchema keyword '${beside}' must be a present if ${keyword} is present`);
    return () => undefined;
  };
}

const multipleOf: KeywordCompiler = (operand) => {
  const divisor = exact(numberOperand("multipleOf", operand));
  if (divisor === undefined || divisor.digits <= 0n)
    throw malformed("$jsonSchema keyword 'multipleOf' must have a positive value");
  return (value) => {
    if (!isNumber(value)) return undefined;
    const number = exact(value);
    if (number !== undefined && isMultiple(number, divisor)) return undefined;
    return brokenRule("multipleOf", operand, {
      reason: "considered value is not a multiple of the specified value",
      consideredValue: value,
    });
  };
};

/** `digits × 10^power`. */
interface Exact {
  readonly digits: bigint;
  readonly power: number;
}

/** As MongoDB reads a number for this: doubles to 15 digits, so that 0.3 is a multiple of 0.1. */
function exact(value: NumberValue): Exact | undefined {
  const whole =
    value instanceof Double || value instanceof Decimal128 ? undefined : truncateToLong(value);
  if (whole !== undefined) return { digits: whole, power: 0 };
  const text = value instanceof Double ? value.value.toPrecision(15) : value.toString();
  if (/[IN]/.test(text)) return undefined;
  const decimal = decodeDecimal(Decimal128.fromString(text));
  if (decimal.kind !== "finite") return undefined;
  const { coefficient, exponent, negative } = decimal;
  return { digits: negative ? -coefficient : coefficient, power: exponent };
}

function isMultiple(number: Exact, divisor: Exact): boolean {
  const power = Math.min(number.power, divisor.power);
  const scaled = ({ digits, power: own }: Exact): bigint => digits * 10n ** BigInt(own - power);
  return scaled(number) % scaled(divisor) === 0n;
}

function lengthRule(keyword: "minLength" | "maxLength"): KeywordCompiler {
  return (operand) => {
    const limit = countOperand(keyword, operand);
    return (value) => {
      if (typeof value !== "string") return undefined;
      const length = Array.from(value).length;
      if (keyword === "minLength" ? length >= limit : length <= limit) return undefined;
      return brokenRule(keyword, operand, {
        reason: "specified string length was not satisfied",
        consideredValue: value,
      });
    };
  };
}

const pattern: KeywordCompiler = (operand) => {
  const { test } = regexTest(new BSONRegExp(textOperand("pattern", operand), ""));
  return (value) =>
    typeof value !== "string" || test(value)
      ? undefined
      : brokenRule("pattern", operand, {
          reason: "regular expression did not match",
          consideredValue: value,
        });
};

/** Keywords on a value alone. */
export const valueKeywords: Readonly<Record<string, KeywordCompiler>> = {
  type,
  bsonType,
  enum: enumeration,
  minimum: bound("minimum"),
  maximum: bound("maximum"),
  exclusiveMinimum: boundFlag("exclusiveMinimum", "minimum"),
  exclusiveMaximum: boundFlag("exclusiveMaximum", "maximum"),
  multipleOf,
  minLength: lengthRule("minLength"),
  maxLength: lengthRule("maxLength"),
  pattern,
};
