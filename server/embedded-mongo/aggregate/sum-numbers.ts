import { type Decimal128, Double, Int32, Long } from "bson";
import { addDecimals, bigintOf, operandDecimal } from "../bson/arithmetic.js";
import { encodeDecimal, finite, type Decimal } from "../bson/decimal.js";
import type { NumberValue } from "../bson/value.js";

/**
 * Adds numbers as `$sum` and `$add` do: integers exactly, doubles with a compensation for rounding
 * (so that the order does not matter), and the result in the widest of the types.
 */
export class NumberSum {
  count = 0;
  private small = 0;
  private integers = 0n;
  private sum = 0;
  private lost = 0;
  private decimal: Decimal | undefined;
  private hasLong = false;
  private hasDouble = false;

  add(value: NumberValue): void {
    this.count++;
    if (value instanceof Int32) {
      this.small += value.value;
      if (!Number.isSafeInteger(this.small)) this.spill();
    } else if (value instanceof Long) {
      this.hasLong = true;
      this.integers += bigintOf(value);
    } else if (value instanceof Double) {
      this.hasDouble = true;
      this.addDouble(value.value);
    } else {
      const operand = operandDecimal(value);
      this.decimal = this.decimal === undefined ? operand : addDecimals(this.decimal, operand);
    }
  }

  private spill(): void {
    this.integers += BigInt(this.small);
    this.small = 0;
  }

  /** Knuth's two-sum: `lost` is what rounding takes away. */
  private addDouble(value: number): void {
    const next = this.sum + value;
    if (!Number.isFinite(next)) {
      this.sum = next;
      this.lost = 0;
      return;
    }
    const back = next - this.sum;
    this.lost += this.sum - (next - back) + (value - back);
    this.sum = next;
  }

  total(): NumberValue {
    this.spill();
    if (this.decimal !== undefined) return encodeDecimal(this.decimalTotal(this.decimal));
    if (this.hasDouble) return new Double(this.doubleTotal());
    if (!this.hasLong && BigInt.asIntN(32, this.integers) === this.integers)
      return new Int32(Number(this.integers));
    if (BigInt.asIntN(64, this.integers) === this.integers) return Long.fromBigInt(this.integers);
    return new Double(Number(this.integers));
  }

  /** The mean: a Decimal128 if any number was one, else a double; undefined of no numbers. */
  average(): Double | Decimal128 | undefined {
    if (this.count === 0) return undefined;
    this.spill();
    if (this.decimal !== undefined)
      return encodeDecimal(
        divideDecimals(this.decimalTotal(this.decimal), finite(false, BigInt(this.count), 0)),
      );
    return new Double(this.doubleTotal() / this.count);
  }

  private doubleTotal(): number {
    if (!Number.isFinite(this.sum)) return this.sum;
    const whole = Number(this.integers);
    return this.sum + whole + this.lost;
  }

  private decimalTotal(decimals: Decimal): Decimal {
    let total = decimals;
    if (this.integers !== 0n) total = addDecimals(total, integerDecimal(this.integers));
    if (this.hasDouble) total = addDecimals(total, operandDecimal(new Double(this.doubleOnly())));
    return total;
  }

  private doubleOnly(): number {
    return Number.isFinite(this.sum) ? this.sum + this.lost : this.sum;
  }
}

function integerDecimal(value: bigint): Decimal {
  return value < 0n ? finite(true, -value, 0) : finite(false, value, 0);
}

/** The quotient to 34 digits; exact quotients have the exponent that IEEE 754 prefers. */
export function divideDecimals(a: Decimal, b: Decimal): Decimal {
  if (a.kind === "nan" || b.kind === "nan") return { kind: "nan" };
  const negative = a.negative !== b.negative;
  if (a.kind === "infinite")
    return b.kind === "infinite" ? { kind: "nan" } : { kind: "infinite", negative };
  if (b.kind === "infinite") return finite(negative, 0n, 0);
  if (b.coefficient === 0n)
    return a.coefficient === 0n ? { kind: "nan" } : { kind: "infinite", negative };
  const preferred = a.exponent - b.exponent;
  const shift = 40 + b.coefficient.toString().length;
  const scaled = a.coefficient * 10n ** BigInt(shift);
  let coefficient = scaled / b.coefficient;
  let exponent = preferred - shift;
  if (scaled % b.coefficient !== 0n) {
    // A last digit that keeps half-even rounding from seeing a tie where there is none.
    return finite(negative, coefficient * 10n + 1n, exponent - 1);
  }
  while (exponent < preferred && coefficient % 10n === 0n) {
    coefficient /= 10n;
    exponent++;
  }
  return finite(negative, coefficient, exponent);
}
