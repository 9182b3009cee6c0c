import { compareValues } from "../../bson/compare.js";
import { undefinedValue, type Value } from "../../bson/value.js";
import { mongoError } from "../../mongo-error.js";
import type { Expression, OperatorTable } from "../expression.js";
import {
  checkCount,
  compileList,
  compileNamed,
  int,
  isNullish,
  isTrue,
  strict,
} from "./operands.js";

/** Missing comes before everything but MinKey, as undefined does. */
function compare([left, right]: (Value | undefined)[]): number {
  if (left === undefined || right === undefined) {
    if (left === right) return 0;
    return (
      compareValues(left ?? undefinedValue, right ?? undefinedValue) ||
      (left === undefined ? -1 : 1)
    );
  }
  return compareValues(left, right);
}

function comparison(name: string, accepts: (order: number) => boolean) {
  return strict(name, 2, 2, (values) => accepts(compare(values)));
}

function compileIfNull(operand: Value, expressions: readonly Expression[]): Expression {
  if (expressions.length < 2)
    throw mongoError(
      1257300,
      `$ifNull needs at least two arguments, had: ${Array.isArray(operand) ? operand.length : 1}`,
    );
  return (env) => {
    let value: Value | undefined;
    for (const expression of expressions) {
      value = expression(env);
      if (!isNullish(value)) return value;
    }
    return value;
  };
}

/** Comparison, Boolean and conditional operators: those that need not evaluate every operand. */
export const comparisonOperators: OperatorTable = {
  $cmp: strict("$cmp", 2, 2, (values) => int(Math.sign(compare(values)))),
  $eq: comparison("$eq", (order) => order === 0),
  $ne: comparison("$ne", (order) => order !== 0),
  $gt: comparison("$gt", (order) => order > 0),
  $gte: comparison("$gte", (order) => order >= 0),
  $lt: comparison("$lt", (order) => order < 0),
  $lte: comparison("$lte", (order) => order <= 0),
  $and: (operand, scope, compile) => {
    const expressions = compileList(operand, scope, compile);
    return (env) => expressions.every((expression) => isTrue(expression(env)));
  },
  $or: (operand, scope, compile) => {
    const expressions = compileList(operand, scope, compile);
    return (env) => expressions.some((expression) => isTrue(expression(env)));
  },
  $not: strict("$not", 1, 1, ([value]) => !isTrue(value)),
  $cond: (operand, scope, compile) => {
    let parts: (Value | undefined)[];
    if (operand instanceof Map) {
      const fields = compileNamed("$cond", operand, ["if", "then", "else"], []);
      parts = ["if", "then", "else"].map((name) => fields.get(name));
    } else parts = Array.isArray(operand) ? operand : [operand];
    checkCount("$cond", parts.length, 3, 3);
    const [condition, yes, no] = parts.map((part) => compile(part ?? null, scope));
    return (env) => (isTrue(condition?.(env)) ? yes?.(env) : no?.(env));
  },
  $ifNull: (operand, scope, compile) =>
    compileIfNull(operand, compileList(operand, scope, compile)),
  $switch: (operand, scope, compile) => {
    const fields = compileNamed("$switch", operand, ["branches"], ["default"]);
    const list = fields.get("branches");
    if (!Array.isArray(list) || list.length === 0)
      throw mongoError(40068, "$switch requires at least one branch.");
    const branches = list.map((branch) => {
      const parts = compileNamed("$switch", branch, ["case", "then"], []);
      const [when, then]: [Value, Value] = [parts.get("case") ?? null, parts.get("then") ?? null];
      return { when: compile(when, scope), then: compile(then, scope) };
    });
    const fallback = fields.get("default");
    const otherwise = fallback === undefined ? undefined : compile(fallback, scope);
    return (env) => {
      for (const { when, then } of branches) if (isTrue(when(env))) return then(env);
      if (otherwise === undefined)
        throw mongoError(
          40066,
          "$switch could not find a matching branch for an input, and no default was specified.",
        );
      return otherwise(env);
    };
  },
};
