import type { Decimal128, Long } from "bson";
import { compareDecimals, decimalOf, decimalOfDouble, doubleOfDecimal } from "../bson/decimal.js";

export interface SplitNumber {
  /** The largest double that is not above the number (NaN for NaN). */
  readonly floor: number;
  /** The number itself, 0.digits × 10^magnitude, where it is not that double. */
  readonly rest?: {
    readonly negative: boolean;
    readonly digits: string;
    readonly magnitude: number;
  };
}

/**
 * Splits a number that may be finer than a double into a double and its exact digits. Doubles and
 * decimals meet in 34 digits, as `compareNumbers` compares them, so both give the same order.
 */
export function splitNumber(value: Long | Decimal128): SplitNumber {
  const decimal = decimalOf(value);
  if (decimal.kind === "nan") return { floor: NaN };
  if (decimal.kind === "infinite") return { floor: decimal.negative ? -Infinity : Infinity };
  let floor = doubleOfDecimal(decimal);
  const order = compareDecimals(decimalOfDouble(floor), decimal);
  if (order === 0) return { floor };
  if (order > 0) floor = doubleBelow(floor);
  const text = decimal.coefficient.toString();
  return {
    floor,
    rest: {
      negative: decimal.negative,
      digits: text.replace(/0+$/, ""),
      magnitude: text.length + decimal.exponent,
    },
  };
}

const view = new DataView(new ArrayBuffer(8));

/** The next double towards negative infinity. */
function doubleBelow(value: number): number {
  if (value === 0) return -Number.MIN_VALUE;
  view.setFloat64(0, value);
  view.setBigInt64(0, view.getBigInt64(0) + (value > 0 ? -1n : 1n));
  return view.getFloat64(0);
}
