import { Decimal128, Double, Int32, Long } from "bson";
import {
  addNumbers,
  bigintOf,
  integerValue,
  multiplyNumbers,
  negateNumber,
  operandDecimal,
} from "../../bson/arithmetic.js";
import {
  decimalOf,
  decimalOfDouble,
  divideHalfEven,
  doubleOfDecimal,
  encodeDecimal,
  finite,
  toDouble,
  type Decimal,
} from "../../bson/decimal.js";
import { isNumber, typeNameOf, type NumberValue, type Value } from "../../bson/value.js";
import { mongoError } from "../../mongo-error.js";
import { truncateToLong } from "../../query/value-tests.js";
import type { OperatorTable } from "../expression.js";
import { divideDecimals, NumberSum } from "../sum-numbers.js";
import { double, doubleOf, int32Of, isNullish, shownType, strict, unary } from "./operands.js";

function numberOf(name: string, value: Value): NumberValue {
  if (!isNumber(value))
    throw mongoError(
      name === "$multiply" ? 14 : 28765,
      `${name} only supports numeric types, not ${typeNameOf(value)}`,
    );
  return value;
}

function add(values: (Value | undefined)[]): Value {
  const sum = new NumberSum();
  let date: Date | undefined;
  for (const value of values) {
    if (isNullish(value)) return null;
    if (value instanceof Date) {
      if (date !== undefined)
        throw mongoError(16612, "only one date allowed in an $add expression");
      date = value;
    } else if (isNumber(value)) sum.add(value);
    else throw mongoError(14, `$add only supports numeric or date types, not ${typeNameOf(value)}`);
  }
  if (date === undefined) return sum.total();
  return shiftDate(date, sum.total());
}

function shiftDate(date: Date, millis: NumberValue): Date {
  const whole =
    millis instanceof Double ? Math.round(millis.value) : Number(truncateToLong(millis) ?? NaN);
  const shifted = new Date(date.getTime() + whole);
  if (Number.isNaN(shifted.getTime())) throw mongoError(15, "date overflow");
  return shifted;
}

function subtract([left, right]: (Value | undefined)[]): Value {
  if (isNullish(left) || isNullish(right)) return null;
  if (left instanceof Date && right instanceof Date)
    return Long.fromNumber(left.getTime() - right.getTime());
  if (isNumber(right)) {
    if (isNumber(left)) return subtractNumbers(left, right);
    if (left instanceof Date) return shiftDate(left, negateNumber(right) ?? right);
  }
  throw mongoError(14, `can't $subtract ${typeNameOf(right)} from ${typeNameOf(left)}`);
}

function subtractNumbers(left: NumberValue, right: NumberValue): NumberValue {
  const bothWhole = !(left instanceof Double) && !(right instanceof Double);
  if (bothWhole && !(left instanceof Decimal128) && !(right instanceof Decimal128))
    return whole(bigintOf(left) - bigintOf(right), [left, right]);
  const negated = negateNumber(right) ?? double(-toDouble(right));
  return addNumbers(left, negated) ?? double(toDouble(left) - toDouble(right));
}

/** An integer result: int32 or int64 as the operands are, a double where it fits neither. */
function whole(value: bigint, operands: readonly NumberValue[]): NumberValue {
  const long = operands.some((operand) => operand instanceof Long);
  return integerValue(value, long) ?? double(Number(value));
}

function multiply(values: (Value | undefined)[]): Value {
  let product: NumberValue = new Int32(1);
  for (const value of values) {
    if (isNullish(value)) return null;
    const factor = numberOf("$multiply", value);
    product = multiplyNumbers(product, factor) ?? double(toDouble(product) * toDouble(factor));
  }
  return product;
}

function divide([left, right]: (Value | undefined)[]): Value {
  if (isNullish(left) || isNullish(right)) return null;
  if (!isNumber(left) || !isNumber(right))
    throw mongoError(
      14,
      `$divide only supports numeric types, not ${shownType(left)} and ${shownType(right)}`,
    );
  if (toDouble(right) === 0) throw mongoError(2, "can't $divide by zero");
  if (left instanceof Decimal128 || right instanceof Decimal128)
    return encodeDecimal(divideDecimals(operandDecimal(left), operandDecimal(right)));
  return double(toDouble(left) / toDouble(right));
}

function mod([left, right]: (Value | undefined)[]): Value {
  if (isNullish(left) || isNullish(right)) return null;
  if (!isNumber(left) || !isNumber(right))
    throw mongoError(
      16611,
      `$mod only supports numeric types, not ${shownType(left)} and ${shownType(right)}`,
    );
  if (toDouble(right) === 0) throw mongoError(16610, "can't $mod by zero");
  if (left instanceof Decimal128 || right instanceof Decimal128)
    return encodeDecimal(modDecimals(operandDecimal(left), operandDecimal(right)));
  if (left instanceof Double || right instanceof Double)
    return double(toDouble(left) % toDouble(right));
  return whole(bigintOf(left) % bigintOf(right), [left, right]);
}

function modDecimals(a: Decimal, b: Decimal): Decimal {
  if (a.kind !== "finite" || b.kind === "nan") return { kind: "nan" };
  if (b.kind === "infinite") return a;
  const exponent = Math.min(a.exponent, b.exponent);
  const scaled = (d: { coefficient: bigint; exponent: number }) =>
    d.coefficient * 10n ** BigInt(d.exponent - exponent);
  return finite(a.negative, scaled(a) % scaled(b), exponent);
}

type Rounding = "half-even" | "truncate" | "floor" | "ceil";

/** Rounds to `place` digits after the point, keeping the type. */
function roundNumber(value: NumberValue, place: number, rounding: Rounding): NumberValue {
  if (value instanceof Int32 || value instanceof Long) {
    if (place >= 0) return value;
    const { negative, coefficient } = roundDecimal(decimalParts(value), place, rounding);
    const rounded = negative ? -coefficient : coefficient;
    const scaled = rounded * 10n ** BigInt(-place);
    const result = integerValue(scaled, value instanceof Long);
    if (result === undefined) throw mongoError(51080, "invalid conversion from Decimal128 result");
    return result;
  }
  if (value instanceof Double) {
    if (!Number.isFinite(value.value)) return value;
    if (place === 0 && rounding !== "half-even") {
      const round =
        rounding === "floor" ? Math.floor : rounding === "ceil" ? Math.ceil : Math.trunc;
      return double(round(value.value));
    }
    const decimal = decimalOfDouble(value.value);
    if (decimal.kind !== "finite") return value;
    return double(doubleOfDecimal(roundDecimal(decimal, place, rounding)));
  }
  const decimal = decimalOf(value);
  return decimal.kind === "finite" ? encodeDecimal(roundDecimal(decimal, place, rounding)) : value;
}

interface Parts {
  readonly kind: "finite";
  readonly negative: boolean;
  readonly coefficient: bigint;
  readonly exponent: number;
}

function decimalParts(value: Int32 | Long): Parts {
  const big = bigintOf(value);
  return finite(big < 0n, big < 0n ? -big : big, 0);
}

/** The coefficient is in units of 10^-place afterwards. */
function roundDecimal(decimal: Parts, place: number, rounding: Rounding): Parts {
  const { negative, coefficient, exponent } = decimal;
  const drop = -place - exponent;
  if (drop <= 0) return decimal;
  const unit = 10n ** BigInt(Math.min(drop, 400));
  let kept = rounding === "half-even" ? divideHalfEven(coefficient, unit) : coefficient / unit;
  const away = rounding === (negative ? "floor" : "ceil");
  if (away && coefficient % unit !== 0n) kept += 1n;
  return finite(negative, kept, -place);
}

function roundTo(name: string, rounding: Rounding) {
  return strict(name, 1, 2, ([value, place]) => {
    if (isNullish(value)) return null;
    if (place === null) return null;
    const bad = () => mongoError(51082, `precision argument to ${name} must be a integral value`);
    const digits = place === undefined ? 0 : int32Of(place, bad);
    if (digits < -20 || digits > 100)
      throw mongoError(
        51083,
        `cannot apply ${name} with precision value ${digits} value must be in [-20, 100]`,
      );
    return roundNumber(numberOf(name, value), digits, rounding);
  });
}

function absolute(value: Value): Value {
  const number = numberOf("$abs", value);
  const negative = toDouble(number) < 0;
  if (!negative) return number;
  const result = negateNumber(number);
  if (result === undefined) throw mongoError(28680, "can't take $abs of long long min");
  return result;
}

function power([base, exponent]: (Value | undefined)[]): Value {
  if (isNullish(base) || isNullish(exponent)) return null;
  if (!isNumber(base))
    throw mongoError(28762, `$pow's base must be numeric, not ${typeNameOf(base)}`);
  if (!isNumber(exponent))
    throw mongoError(28763, `$pow's exponent must be numeric, not ${typeNameOf(exponent)}`);
  const x = doubleOf("$pow", base);
  const y = doubleOf("$pow", exponent);
  if (x === 0 && y < 0)
    throw mongoError(28764, "$pow cannot take a base of 0 and a negative exponent");
  const isWhole = (value: NumberValue) => value instanceof Int32 || value instanceof Long;
  if (isWhole(base) && isWhole(exponent) && y >= 0 && (Math.abs(x) <= 1 || y <= 64))
    return whole(BigInt(x) ** BigInt(y % 2 === 0 && y > 64 ? 2 : Math.min(y, 65)), [
      base,
      exponent,
    ]);
  return double(x ** y);
}

function squareRoot(value: Value): Value {
  const number = doubleOf("$sqrt", value);
  if (number < 0) throw mongoError(28714, "$sqrt's argument must be greater than or equal to 0");
  return double(Math.sqrt(number));
}

function bitwise(name: string, start: number, combine: (a: bigint, b: bigint) => bigint) {
  return strict(name, 0, Infinity, (values) => {
    let result: Int32 | Long = new Int32(start);
    for (const value of values) {
      if (isNullish(value)) return null;
      if (!(value instanceof Int32) && !(value instanceof Long))
        throw mongoError(14, `${name} only supports int and long operands.`);
      const long: boolean = result instanceof Long || value instanceof Long;
      result = integerValue(combine(bigintOf(result), bigintOf(value)), long) ?? result;
    }
    return result;
  });
}

export const arithmeticOperators: OperatorTable = {
  $add: strict("$add", 0, Infinity, add),
  $subtract: strict("$subtract", 2, 2, subtract),
  $multiply: strict("$multiply", 0, Infinity, multiply),
  $divide: strict("$divide", 2, 2, divide),
  $mod: strict("$mod", 2, 2, mod),
  $abs: unary("$abs", absolute),
  $ceil: unary("$ceil", (value) => roundNumber(numberOf("$ceil", value), 0, "ceil")),
  $floor: unary("$floor", (value) => roundNumber(numberOf("$floor", value), 0, "floor")),
  $round: roundTo("$round", "half-even"),
  $trunc: roundTo("$trunc", "truncate"),
  $pow: strict("$pow", 2, 2, power),
  $sqrt: unary("$sqrt", squareRoot),
  $bitAnd: bitwise("$bitAnd", -1, (a, b) => a & b),
  $bitOr: bitwise("$bitOr", 0, (a, b) => a | b),
  $bitXor: bitwise("$bitXor", 0, (a, b) => a ^ b),
  $bitNot: unary("$bitNot", (value) => {
    if (!(value instanceof Int32) && !(value instanceof Long))
      throw mongoError(28765, `$bitNot only supports int and long, not: ${typeNameOf(value)}.`);
    return whole(~bigintOf(value), [value]);
  }),
};
