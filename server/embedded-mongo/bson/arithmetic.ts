import { Decimal128, Double, Int32, Long } from "bson";
import {
  decimalOf,
  decimalOfDouble,
  digitCount,
  encodeDecimal,
  finite,
  nan,
  toDouble,
  type Decimal,
} from "./decimal.js";
import type { NumberValue } from "./value.js";

/** An integer as int32 where it fits (and `long` does not forbid), as int64, or undefined: too large. */
export function integerValue(value: bigint, long = false): Int32 | Long | undefined {
  if (!long && BigInt.asIntN(32, value) === value) return new Int32(Number(value));
  return BigInt.asIntN(64, value) === value ? Long.fromBigInt(value) : undefined;
}

function isIntegral(value: NumberValue): value is Int32 | Long {
  return value instanceof Int32 || value instanceof Long;
}

export function bigintOf(value: Int32 | Long): bigint {
  return value instanceof Long ? value.toBigInt() : BigInt(value.value);
}

/** The sum in MongoDB's type for it: the wider of the two, int32 growing to int64. Undefined: overflow. */
export function addNumbers(a: NumberValue, b: NumberValue): NumberValue | undefined {
  if (a instanceof Int32 && b instanceof Int32) {
    const sum = a.value + b.value;
    return sum === (sum | 0) ? new Int32(sum) : Long.fromNumber(sum);
  }
  if (a instanceof Decimal128 || b instanceof Decimal128)
    return encodeDecimal(addDecimals(operandDecimal(a), operandDecimal(b)));
  if (isIntegral(a) && isIntegral(b)) return integerValue(bigintOf(a) + bigintOf(b), true);
  return new Double(toDouble(a) + toDouble(b));
}

/** The product, typed as `addNumbers`. */
export function multiplyNumbers(a: NumberValue, b: NumberValue): NumberValue | undefined {
  if (a instanceof Decimal128 || b instanceof Decimal128)
    return encodeDecimal(multiplyDecimals(operandDecimal(a), operandDecimal(b)));
  if (isIntegral(a) && isIntegral(b))
    return integerValue(bigintOf(a) * bigintOf(b), a instanceof Long || b instanceof Long);
  return new Double(toDouble(a) * toDouble(b));
}

export function negateNumber(value: NumberValue): NumberValue | undefined {
  if (value instanceof Double) return new Double(-value.value);
  if (value instanceof Decimal128) {
    const decimal = decimalOf(value);
    return encodeDecimal(
      decimal.kind === "nan" ? decimal : { ...decimal, negative: !decimal.negative },
    );
  }
  return integerValue(-bigintOf(value), value instanceof Long);
}

/** As MongoDB takes a double into decimal arithmetic: exactly 15 significant digits. */
export function operandDecimal(value: NumberValue): Decimal {
  if (!(value instanceof Double)) return decimalOf(value);
  const decimal = decimalOfDouble(value.value, 15);
  if (decimal.kind !== "finite" || decimal.coefficient === 0n) return decimal;
  const missing = 15 - digitCount(decimal.coefficient);
  return finite(
    decimal.negative,
    decimal.coefficient * 10n ** BigInt(missing),
    decimal.exponent - missing,
  );
}

export function addDecimals(a: Decimal, b: Decimal): Decimal {
  if (a.kind === "nan" || b.kind === "nan") return nan;
  if (a.kind === "infinite" || b.kind === "infinite") {
    if (a.kind === b.kind) return a.negative === b.negative ? a : nan;
    return a.kind === "infinite" ? a : b;
  }
  // The exponents of two Decimal128 are at most 12,287 apart, so this stays a number of 41,000 bits.
  const [large, small] = a.exponent >= b.exponent ? [a, b] : [b, a];
  const gap = large.exponent - small.exponent;
  const left = signed(large) * 10n ** BigInt(gap);
  const sum = left + signed(small);
  const negative = sum < 0n || (sum === 0n && a.negative && b.negative);
  return finite(negative, sum < 0n ? -sum : sum, small.exponent);
}

function signed(decimal: { negative: boolean; coefficient: bigint }): bigint {
  return decimal.negative ? -decimal.coefficient : decimal.coefficient;
}

export function multiplyDecimals(a: Decimal, b: Decimal): Decimal {
  if (a.kind === "nan" || b.kind === "nan") return nan;
  const negative = a.negative !== b.negative;
  if (a.kind === "infinite" || b.kind === "infinite") {
    const zero = (d: Decimal) => d.kind === "finite" && d.coefficient === 0n;
    return zero(a) || zero(b) ? nan : { kind: "infinite", negative };
  }
  return finite(negative, a.coefficient * b.coefficient, a.exponent + b.exponent);
}
