import { Decimal128, Double, Int32, Long } from "bson";
import { compareValues } from "../../bson/compare.js";
import { toDouble } from "../../bson/decimal.js";
import { isNumber, typeNameOf, undefinedValue, type Value } from "../../bson/value.js";
import { mongoError } from "../../mongo-error.js";
import { truncateToLong } from "../../query/value-tests.js";
import type { Expression, OperatorCompiler, Scope, CompileOperand } from "../expression.js";

/** null, undefined or missing: what most operators answer with null. */
export function isNullish(
  value: Value | undefined,
): value is null | undefined | typeof undefinedValue {
  return value === undefined || value === null || value === undefinedValue;
}

/** MongoDB's name of a type, "missing" included, for messages. */
export function shownType(value: Value | undefined): string {
  return value === undefined ? "missing" : typeNameOf(value);
}

/** The operand as a list of expressions; anything but an array is a list of one. */
export function compileList(operand: Value, scope: Scope, compile: CompileOperand): Expression[] {
  const list: Value[] = Array.isArray(operand) ? operand : [operand];
  return list.map((item) => compile(item, scope));
}

export function checkCount(name: string, count: number, least: number, most: number): void {
  if (count >= least && count <= most) return;
  const wanted =
    least === most
      ? `takes exactly ${least} arguments`
      : `takes at least ${least} arguments, and at most ${most}`;
  throw mongoError(
    least === most ? 16020 : 28667,
    `Expression ${name} ${wanted}. ${count} were passed in.`,
  );
}

/** An operator that works on the values of its operands. */
export function strict(
  name: string,
  least: number,
  most: number,
  apply: (values: (Value | undefined)[]) => Value | undefined,
): OperatorCompiler {
  return (operand, scope, compile) => {
    const expressions = compileList(operand, scope, compile);
    checkCount(name, expressions.length, least, most);
    return (env) => apply(expressions.map((expression) => expression(env)));
  };
}

/** As `strict` for one operand, where null gives null. */
export function unary(name: string, apply: (value: Value) => Value | undefined): OperatorCompiler {
  return strict(name, 1, 1, ([value]) => (isNullish(value) ? null : apply(value)));
}

/** The named operands of `{ $operator: { input: …, … } }`; unknown and missing names are refused. */
export function compileNamed(
  name: string,
  operand: Value,
  required: readonly string[],
  optional: readonly string[],
): Map<string, Value> {
  if (!(operand instanceof Map))
    throw mongoError(9, `${name} only supports an object as its argument`);
  for (const key of operand.keys())
    if (!required.includes(key) && !optional.includes(key))
      throw mongoError(9, `Unrecognized argument to ${name}: ${key}`);
  for (const key of required)
    if (!operand.has(key)) throw mongoError(9, `Missing '${key}' parameter to ${name}`);
  return operand;
}

/** An operator with named operands, all evaluated. */
export function named(
  name: string,
  required: readonly string[],
  optional: readonly string[],
  apply: (values: ReadonlyMap<string, Value | undefined>) => Value | undefined,
): OperatorCompiler {
  return (operand, scope, compile) => {
    const fields = [...compileNamed(name, operand, required, optional)].map(
      ([key, value]) => [key, compile(value, scope)] as const,
    );
    return (env) => apply(new Map(fields.map(([key, expression]) => [key, expression(env)])));
  };
}

/** Whether a value counts as true in an expression. */
export function isTrue(value: Value | undefined): boolean {
  if (isNullish(value) || value === false) return false;
  return !isNumber(value) || toDouble(value) !== 0;
}

/** A whole number that fits an int32, from any number type; throws `fail()` otherwise. */
export function int32Of(value: Value | undefined, fail: () => Error): number {
  if (value instanceof Int32) return value.value;
  if (!isNumber(value)) throw fail();
  const whole = truncateToLong(value);
  if (whole === undefined || BigInt.asIntN(32, whole) !== whole) throw fail();
  if (compareValues(Long.fromBigInt(whole), value) !== 0) throw fail();
  return Number(whole);
}

/** A number for double arithmetic; Decimal128 is refused by name, it would lose digits. */
export function doubleOf(name: string, value: Value): number {
  if (!isNumber(value))
    throw mongoError(28765, `${name} only supports numeric types, not ${typeNameOf(value)}`);
  if (value instanceof Decimal128)
    throw mongoError(238, `${name} of a Decimal128 is not supported by this server`);
  return toDouble(value);
}

export function stringOf(name: string, value: Value | undefined, code: number): string {
  if (typeof value !== "string")
    throw mongoError(code, `${name} requires a string argument, found: ${shownType(value)}`);
  return value;
}

export function arrayOf(name: string, value: Value | undefined, code: number): Value[] {
  if (!Array.isArray(value))
    throw mongoError(
      code,
      `The argument to ${name} must be an array, but was of type: ${shownType(value)}`,
    );
  return value;
}

export const int = (value: number): Int32 => new Int32(value);
export const double = (value: number): Double => new Double(value);
