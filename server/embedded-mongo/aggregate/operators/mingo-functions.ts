import { Context, evalExpr, ProcessingMode } from "mingo/core";
import { $exp, $ln, $log10 } from "mingo/operators/expression/arithmetic";
import * as trigonometry from "mingo/operators/expression/trignometry";
import { Decimal128, Double } from "bson";
import { isNumber, typeNameOf, type Value } from "../../bson/value.js";
import { mongoError } from "../../mongo-error.js";
import type { OperatorCompiler, OperatorTable } from "../expression.js";
import { doubleOf, isNullish, strict } from "./operands.js";

/**
 * The functions of real numbers, computed by mingo on numbers promoted to doubles. mingo knows no
 * number types, so everything that has to keep one, or to compare, is computed elsewhere.
 */
const options = {
  idKey: "_id",
  useStrictMode: true,
  scriptEnabled: false,
  failOnError: true,
  processingMode: ProcessingMode.CLONE_OFF,
  context: Context.init({ expression: { $exp, $ln, $log10, ...trigonometry } }),
};

function compute(name: string, operand: number | number[]): Double {
  const result: unknown = evalExpr({ operand }, { [name]: "$operand" }, options);
  if (typeof result !== "number") throw mongoError(238, `${name} of ${String(operand)}`);
  return new Double(result);
}

/** A function of one number whose domain is the closed or open range that MongoDB enforces. */
function real(name: string, code?: number, inDomain?: (x: number) => boolean): OperatorCompiler {
  return strict(name, 1, 1, ([value]) => {
    if (isNullish(value)) return null;
    const x = doubleOf(name, value);
    if (code !== undefined && !Number.isNaN(x) && inDomain?.(x) === false)
      throw mongoError(code, `cannot apply ${name} to ${x}, value is outside its domain`);
    return compute(name, x);
  });
}

function positive(name: string, code: number): OperatorCompiler {
  return strict(name, 1, 1, ([value]) => {
    if (isNullish(value)) return null;
    const x = doubleOf(name, value);
    if (x <= 0) throw mongoError(code, `${name}'s argument must be a positive number, but is ${x}`);
    return compute(name, x);
  });
}

function logarithm([value, base]: (Value | undefined)[]): Value {
  if (isNullish(value) || isNullish(base)) return null;
  for (const operand of [value, base])
    if (!isNumber(operand) || operand instanceof Decimal128)
      throw mongoError(28756, `$log's operands must be numbers, not ${typeNameOf(operand)}`);
  const x = doubleOf("$log", value);
  const b = doubleOf("$log", base);
  if (x <= 0) throw mongoError(28758, `$log's argument must be a positive number, but is ${x}`);
  if (b <= 0 || b === 1)
    throw mongoError(28759, `$log's base must be a positive number not equal to 1, but is ${b}`);
  return new Double(compute("$ln", x).value / compute("$ln", b).value);
}

const finite = (x: number) => Number.isFinite(x);
const unit = (x: number) => x >= -1 && x <= 1;

export const mingoOperators: OperatorTable = {
  $exp: real("$exp"),
  $ln: positive("$ln", 28766),
  $log10: positive("$log10", 28761),
  $log: strict("$log", 2, 2, logarithm),
  $sin: real("$sin", 50989, finite),
  $cos: real("$cos", 50989, finite),
  $tan: real("$tan", 50989, finite),
  $asin: real("$asin", 50989, unit),
  $acos: real("$acos", 50989, unit),
  $atan: real("$atan"),
  $sinh: real("$sinh"),
  $cosh: real("$cosh"),
  $tanh: real("$tanh"),
  $asinh: real("$asinh"),
  $acosh: real("$acosh", 50989, (x) => x >= 1),
  $atanh: real("$atanh", 50989, unit),
  $atan2: strict("$atan2", 2, 2, ([y, x]) =>
    isNullish(y) || isNullish(x)
      ? null
      : compute("$atan2", [doubleOf("$atan2", y), doubleOf("$atan2", x)]),
  ),
  $degreesToRadians: real("$degreesToRadians"),
  $radiansToDegrees: real("$radiansToDegrees"),
};
