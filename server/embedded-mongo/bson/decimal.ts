import { Decimal128, Double, Int32, Long } from "bson";
import type { NumberValue } from "./value.js";

/** `±coefficient × 10^exponent`, exact. */
export interface FiniteDecimal {
  readonly kind: "finite";
  readonly negative: boolean;
  readonly coefficient: bigint;
  readonly exponent: number;
}

/** A decimal floating-point number, taken apart: what Decimal128 (IEEE 754-2008) can hold. */
export type Decimal =
  | FiniteDecimal
  | { readonly kind: "infinite"; readonly negative: boolean }
  | { readonly kind: "nan" };

const bias = 6176;
const maxDigits = 34;
const maxExponent = 6111;
const maxCoefficient = 10n ** 34n - 1n;

export const nan: Decimal = { kind: "nan" };

export function finite(negative: boolean, coefficient: bigint, exponent: number): FiniteDecimal {
  return { kind: "finite", negative, coefficient, exponent };
}

export function decodeDecimal(value: Decimal128): Decimal {
  const view = new DataView(value.bytes.buffer, value.bytes.byteOffset, 16);
  const low = view.getBigUint64(0, true);
  const high = view.getBigUint64(8, true);
  const negative = high >> 63n === 1n;
  const combination = Number((high >> 58n) & 31n);
  if (combination === 31) return nan;
  if (combination === 30) return { kind: "infinite", negative };
  // The other form of a coefficient starts at 2^113 > 10^34: not canonical, and zero by the standard.
  if (combination >= 24) return finite(negative, 0n, Number((high >> 47n) & 0x3fffn) - bias);
  const coefficient = ((high & 0x1ffffffffffffn) << 64n) | low;
  const exponent = Number((high >> 49n) & 0x3fffn) - bias;
  return finite(negative, coefficient > maxCoefficient ? 0n : coefficient, exponent);
}

/** Rounds to 34 digits (half to even) where needed; too large becomes infinite, too small zero. */
export function encodeDecimal(decimal: Decimal): Decimal128 {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  if (decimal.kind === "nan") view.setBigUint64(8, 0x7cn << 56n, true);
  else {
    const rounded = decimal.kind === "finite" ? fitExponent(roundTo(decimal, maxDigits)) : decimal;
    let high = rounded.negative ? 1n << 63n : 0n;
    if (rounded.kind === "finite") {
      high |= (BigInt(rounded.exponent + bias) << 49n) | (rounded.coefficient >> 64n);
      view.setBigUint64(0, rounded.coefficient & 0xffffffffffffffffn, true);
    } else high |= 0x78n << 56n;
    view.setBigUint64(8, high, true);
  }
  return new Decimal128(bytes);
}

function fitExponent(
  decimal: FiniteDecimal,
): FiniteDecimal | { kind: "infinite"; negative: boolean } {
  const { negative } = decimal;
  let { coefficient, exponent } = decimal;
  if (coefficient === 0n)
    return finite(negative, 0n, Math.max(-bias, Math.min(maxExponent, exponent)));
  while (exponent > maxExponent && coefficient * 10n <= maxCoefficient) {
    coefficient *= 10n;
    exponent--;
  }
  if (exponent > maxExponent) return { kind: "infinite", negative };
  if (exponent < -bias) {
    const excess = -bias - exponent;
    coefficient = excess > maxDigits + 1 ? 0n : divideHalfEven(coefficient, 10n ** BigInt(excess));
    exponent = -bias;
  }
  return finite(negative, coefficient, exponent);
}

/** At most `digits` significant digits, the last one rounded half to even. */
export function roundTo(decimal: FiniteDecimal, digits: number): FiniteDecimal {
  const excess = digitCount(decimal.coefficient) - digits;
  if (excess <= 0) return decimal;
  const coefficient = divideHalfEven(decimal.coefficient, 10n ** BigInt(excess));
  const rounded = finite(decimal.negative, coefficient, decimal.exponent + excess);
  return digitCount(coefficient) > digits ? roundTo(rounded, digits) : rounded;
}

export function divideHalfEven(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  const twice = (dividend % divisor) * 2n;
  return twice > divisor || (twice === divisor && quotient % 2n === 1n) ? quotient + 1n : quotient;
}

export function digitCount(coefficient: bigint): number {
  return coefficient === 0n ? 1 : coefficient.toString().length;
}

const doubleView = new DataView(new ArrayBuffer(8));

/** A double as a decimal of at most `digits` digits. 34: as MongoDB compares; 15: as it converts. */
export function decimalOfDouble(value: number, digits = maxDigits): Decimal {
  if (Number.isNaN(value)) return nan;
  const negative = value < 0 || Object.is(value, -0);
  if (!Number.isFinite(value)) return { kind: "infinite", negative };
  if (Number.isSafeInteger(value) && digits >= 16)
    return finite(negative, BigInt(Math.abs(value)), 0);
  doubleView.setFloat64(0, value);
  const bits = doubleView.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  const mantissa = biased === 0 ? fraction : fraction | (1n << 52n);
  const power = (biased === 0 ? 1 : biased) - 1075;
  const exact =
    power >= 0
      ? finite(negative, mantissa << BigInt(power), 0)
      : finite(negative, mantissa * 5n ** BigInt(-power), power);
  return roundTo(exact, digits);
}

/** Any BSON number as a decimal; a double to 34 digits, as MongoDB compares. */
export function decimalOf(value: NumberValue): Decimal {
  if (value instanceof Decimal128) return decodeDecimal(value);
  if (value instanceof Long) {
    const bits = value.toBigInt();
    return bits < 0n ? finite(true, -bits, 0) : finite(false, bits, 0);
  }
  return decimalOfDouble(value.value);
}

/** The nearest double. */
export function doubleOfDecimal(decimal: Decimal): number {
  if (decimal.kind === "nan") return NaN;
  const sign = decimal.negative ? -1 : 1;
  if (decimal.kind === "infinite") return sign * Infinity;
  return sign * Number(`${decimal.coefficient}e${decimal.exponent}`);
}

/** The nearest double to any BSON number. */
export function toDouble(value: NumberValue): number {
  if (value instanceof Int32 || value instanceof Double) return value.value;
  if (value instanceof Long) return value.toNumber();
  return doubleOfDecimal(decodeDecimal(value));
}

/** MongoDB's order: NaN before everything, then by value; 1.0 and 1.00 are equal, as are 0 and -0. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  if (a.kind === "nan" || b.kind === "nan")
    return a.kind === b.kind ? 0 : a.kind === "nan" ? -1 : 1;
  const signA = signOf(a);
  const signB = signOf(b);
  if (signA !== signB) return signA < signB ? -1 : 1;
  if (signA === 0) return 0;
  return signA > 0 ? compareMagnitudes(a, b) : compareMagnitudes(b, a);
}

type NotNan = Exclude<Decimal, { kind: "nan" }>;

function signOf(decimal: NotNan): number {
  if (decimal.kind === "finite" && decimal.coefficient === 0n) return 0;
  return decimal.negative ? -1 : 1;
}

function compareMagnitudes(a: NotNan, b: NotNan): number {
  if (a.kind === "infinite" || b.kind === "infinite")
    return a.kind === b.kind ? 0 : a.kind === "infinite" ? 1 : -1;
  const magnitudeA = digitCount(a.coefficient) + a.exponent;
  const magnitudeB = digitCount(b.coefficient) + b.exponent;
  if (magnitudeA !== magnitudeB) return magnitudeA < magnitudeB ? -1 : 1;
  const shift = a.exponent - b.exponent;
  const left = shift > 0 ? a.coefficient * 10n ** BigInt(shift) : a.coefficient;
  const right = shift < 0 ? b.coefficient * 10n ** BigInt(-shift) : b.coefficient;
  return left === right ? 0 : left < right ? -1 : 1;
}
