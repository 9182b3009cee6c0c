import { Binary, BSONRegExp, BSONSymbol, Decimal128, Double, Long } from "bson";
import { compareValues, orderOf, typeOrder } from "../bson/compare.js";
import { decodeDecimal, toDouble } from "../bson/decimal.js";
import {
  bsonTypes,
  isNumber,
  typeNameOf,
  type BsonTypeName,
  type NumberValue,
  type Value,
} from "../bson/value.js";
import { equalityKey } from "../index-keys/encode-key.js";
import { mongoError } from "../mongo-error.js";
import type { ValueTest } from "./field-path.js";
import type { Comparison } from "./filter-node.js";
import { compileRegex } from "./regular-expression.js";

const orderOfMissing = typeOrder.undefined;

/** A comparison with one value: same type class only, missing counts as null, NaN equals only NaN. */
export function comparisonTest(cmp: Comparison, operand: Value): ValueTest {
  if (cmp === "$eq" && typeof operand === "string")
    return (value) =>
      typeof value === "string"
        ? value === operand
        : value instanceof BSONSymbol && value.value === operand;
  const order = orderOf(operand);
  if (order === typeOrder.minKey || order === typeOrder.maxKey) return limitTest(cmp, order);
  const accepts = acceptedOrder(cmp);
  const orEqual = cmp === "$eq" || cmp === "$lte" || cmp === "$gte";
  if (order === typeOrder.null)
    return (value) =>
      orEqual && (value === undefined || value === null || orderOf(value) === typeOrder.undefined);
  if (isNumber(operand) && Number.isNaN(toDouble(operand)))
    return (value) => orEqual && isNumber(value) && Number.isNaN(toDouble(value));
  const ordered = cmp !== "$eq";
  return (value) => {
    if (value === undefined || orderOf(value) !== order) return false;
    if (ordered && isNumber(value) && Number.isNaN(toDouble(value))) return false;
    return accepts(compareValues(value, operand));
  };
}

function acceptedOrder(cmp: Comparison): (order: number) => boolean {
  switch (cmp) {
    case "$eq":
      return (order) => order === 0;
    case "$gt":
      return (order) => order > 0;
    case "$gte":
      return (order) => order >= 0;
    case "$lt":
      return (order) => order < 0;
    case "$lte":
      return (order) => order <= 0;
  }
}

/** MinKey and MaxKey compare with values of every type. */
function limitTest(cmp: Comparison, limit: number): ValueTest {
  const accepts = acceptedOrder(cmp);
  return (value) =>
    accepts(Math.sign((value === undefined ? orderOfMissing : orderOf(value)) - limit));
}

/** Equal to one of the values, or matched by one of the regular expressions. */
export function inTest(operands: readonly Value[]): ValueTest {
  const keys = new Set<string>();
  const tests: ValueTest[] = [];
  const strings = new Set<string>();
  for (const operand of operands)
    if (operand instanceof BSONRegExp) tests.push(regexTest(operand).test);
    else if (operand === null) tests.push((value) => value === undefined || value === null);
    else if (typeof operand === "string") strings.add(operand);
    else keys.add(equalityKey(operand));
  return (value) => {
    if (typeof value === "string") {
      if (strings.has(value)) return true;
    } else if (value !== undefined) {
      if (keys.size > 0 && keys.has(equalityKey(value))) return true;
      if (value instanceof BSONSymbol && strings.has(value.value)) return true;
    }
    return tests.some((test) => test(value));
  };
}

/** A string that the expression matches, or a regular expression that is the same. */
export function regexTest(regex: BSONRegExp): { test: ValueTest; prefix: string | undefined } {
  const compiled = compileRegex(regex);
  const test: ValueTest = (value) => {
    if (typeof value === "string") return compiled.test(value);
    if (value instanceof BSONSymbol) return compiled.test(value.value);
    return (
      value instanceof BSONRegExp &&
      value.pattern === regex.pattern &&
      value.options === regex.options
    );
  };
  return { test, prefix: compiled.prefix };
}

const nameOfNumber = new Map<number, BsonTypeName>();
for (const name of typeNames()) nameOfNumber.set(bsonTypes[name], name);

function typeNames(): BsonTypeName[] {
  return Object.keys(bsonTypes).filter((name): name is BsonTypeName => name in bsonTypes);
}

/** `$type`: names, numbers, `number` for all four number types, or an array of these. */
export function typeTest(path: string, operand: Value): ValueTest {
  const wanted = new Set<BsonTypeName>();
  const operands: Value[] = Array.isArray(operand) ? operand : [operand];
  if (operands.length === 0) throw mongoError(9, `${path} must match at least one type`);
  for (const type of operands) for (const name of parseType(type)) wanted.add(name);
  return (value) => value !== undefined && wanted.has(typeNameOf(value));
}

function parseType(type: Value): BsonTypeName[] {
  if (typeof type === "string") {
    if (type === "number") return ["int", "long", "double", "decimal"];
    const name = typeNames().find((known) => known === type);
    if (name === undefined) throw mongoError(2, `Unknown type name alias: ${type}`);
    return [name];
  }
  if (!isNumber(type)) throw mongoError(14, "type must be represented as a number or a string");
  const name = nameOfNumber.get(toDouble(type));
  if (name === undefined) throw mongoError(2, `Invalid numerical type code: ${toDouble(type)}`);
  return [name];
}

/** The whole part of a number as an int64; undefined where it is not finite or does not fit. */
export function truncateToLong(value: NumberValue): bigint | undefined {
  let whole: bigint;
  if (value instanceof Long) return value.toBigInt();
  if (value instanceof Decimal128) {
    const decimal = decodeDecimal(value);
    if (decimal.kind !== "finite" || decimal.exponent > 20) return undefined;
    const { coefficient, exponent } = decimal;
    whole =
      exponent >= 0
        ? coefficient * 10n ** BigInt(exponent)
        : coefficient / 10n ** BigInt(-exponent);
    if (decimal.negative) whole = -whole;
  } else {
    if (!Number.isFinite(value.value)) return undefined;
    whole = BigInt(Math.trunc(value.value));
  }
  return BigInt.asIntN(64, whole) === whole ? whole : undefined;
}

/** An integer operand of any number type; `fail` makes the error for anything else. */
export function wholeNumber(value: Value | undefined, fail: () => Error): bigint {
  if (!isNumber(value)) throw fail();
  const whole = truncateToLong(value);
  if (whole === undefined) throw fail();
  if (value instanceof Double && !Number.isInteger(value.value)) throw fail();
  if (value instanceof Decimal128 && compareValues(value, Long.fromBigInt(whole)) !== 0)
    throw fail();
  return whole;
}

export function modTest(operand: Value): ValueTest {
  if (!Array.isArray(operand)) throw mongoError(2, "malformed mod, needs to be an array");
  if (operand.length < 2) throw mongoError(2, "malformed mod, not enough elements");
  if (operand.length > 2) throw mongoError(2, "malformed mod, too many elements");
  const [divisor, remainder] = operand;
  if (!isNumber(divisor)) throw mongoError(2, "malformed mod, divisor not a number");
  if (!isNumber(remainder)) throw mongoError(2, "malformed mod, remainder not a number");
  const by = truncateToLong(divisor);
  const rest = truncateToLong(remainder);
  if (by === undefined) throw mongoError(2, "malformed mod, divisor value is invalid");
  if (rest === undefined) throw mongoError(2, "malformed mod, remainder value is invalid");
  if (by === 0n) throw mongoError(2, "divisor cannot be 0");
  return (value) => {
    if (!isNumber(value)) return false;
    const dividend = truncateToLong(value);
    return dividend !== undefined && dividend % by === rest;
  };
}

export function sizeTest(operand: Value): ValueTest {
  const shown = isNumber(operand) ? `${toDouble(operand)}` : typeNameOf(operand);
  const size = wholeNumber(operand, () =>
    mongoError(2, `Failed to parse $size. Expected an integer: $size: ${shown}`),
  );
  if (size < 0n)
    throw mongoError(
      2,
      `Failed to parse $size. Expected a non-negative number in: $size: ${shown}`,
    );
  const length = Number(size);
  return (value) => Array.isArray(value) && value.length === length;
}

/** `$bitsAllSet` and its three brothers, on integers of any number type and on binary data. */
export function bitsTest(operator: string, operand: Value): ValueTest {
  const mask = parseBitMask(operator, operand);
  const whenSet = operator.endsWith("Set");
  const all = operator.startsWith("$bitsAll");
  return (value) => {
    const bits = bitsOf(value);
    if (bits === undefined) return false;
    const seen = (whenSet ? bits : ~bits) & mask;
    return all ? seen === mask : seen !== 0n;
  };
}

function parseBitMask(operator: string, operand: Value): bigint {
  if (operand instanceof Binary) return bitsOf(operand) ?? 0n;
  if (Array.isArray(operand)) {
    let mask = 0n;
    for (const position of operand) {
      const bit = wholeNumber(position, () =>
        mongoError(2, `Failed to parse bit position. Expected a number in: ${operator}`),
      );
      if (bit < 0n || bit > 0x7fffffffn)
        throw mongoError(2, `Failed to parse bit position. Expected a non-negative int32: ${bit}`);
      if (bit > 1_000_000n)
        throw mongoError(238, `${operator} with bit ${bit} is not supported by this server`);
      mask |= 1n << bit;
    }
    return mask;
  }
  const mask = wholeNumber(operand, () =>
    mongoError(2, `${operator} takes an Array, a number, or a BinData`),
  );
  if (mask < 0n) throw mongoError(2, `${operator}: expected a non-negative number`);
  return mask;
}

function bitsOf(value: Value | undefined): bigint | undefined {
  if (value instanceof Binary) {
    const bytes = Buffer.from(value.buffer.subarray(0, value.position)).reverse();
    return bytes.length === 0 ? 0n : BigInt(`0x${bytes.toString("hex")}`);
  }
  if (!isNumber(value)) return undefined;
  const whole = truncateToLong(value);
  if (whole === undefined) return undefined;
  return compareValues(Long.fromBigInt(whole), value) === 0 ? whole : undefined;
}
