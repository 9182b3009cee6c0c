import { typeNameOf, type Doc, type Value } from "../../bson/value.js";
import { mongoError } from "../../mongo-error.js";
import { withNames, withVariable, type Expression, type OperatorTable } from "../expression.js";
import { compileNamed, double, isNullish, strict, unary } from "./operands.js";

export function mergeObjects(values: readonly (Value | undefined)[]): Doc {
  const merged: Doc = new Map();
  for (const value of values) {
    if (isNullish(value)) continue;
    if (!(value instanceof Map))
      throw mongoError(
        40400,
        `$mergeObjects requires object inputs, but input is of type ${typeNameOf(value)}`,
      );
    for (const [name, field] of value) merged.set(name, field);
  }
  return merged;
}

/** The name of a field, which has to be known beforehand: a string, or `{ $literal: "…" }`. */
function constantName(operator: string, value: Value | undefined): string {
  const name = value instanceof Map && value.has("$literal") ? value.get("$literal") : value;
  if (typeof name !== "string" || (name === value && name.startsWith("$")))
    throw mongoError(4161107, `${operator} requires 'field' to evaluate to a constant string`);
  return name;
}

function setField(name: string, input: Value | undefined, value: Value | undefined): Value {
  if (isNullish(input)) return null;
  if (!(input instanceof Map))
    throw mongoError(4161105, `$setField requires 'input' to evaluate to type Object`);
  const copy: Doc = new Map(input);
  if (value === undefined) copy.delete(name);
  else copy.set(name, value);
  return copy;
}

export const objectOperators: OperatorTable = {
  $mergeObjects: strict("$mergeObjects", 0, Infinity, mergeObjects),
  $objectToArray: unary("$objectToArray", (value) => {
    if (!(value instanceof Map))
      throw mongoError(
        40390,
        `$objectToArray requires a document input, found: ${typeNameOf(value)}`,
      );
    return [...value].map(
      ([k, v]) =>
        new Map<string, Value>([
          ["k", k],
          ["v", v],
        ]),
    );
  }),
  $getField: (operand, scope, compile) => {
    const isForm = operand instanceof Map && operand.has("field");
    const field = isForm ? operand.get("field") : operand;
    const name = constantName("$getField", field);
    const input: Expression =
      isForm && operand.has("input")
        ? compile(operand.get("input") ?? null, scope)
        : (env) => env.root;
    return (env) => {
      const value = input(env);
      if (value instanceof Map) return value.get(name);
      return isNullish(value) && value !== undefined ? null : undefined;
    };
  },
  $setField: (operand, scope, compile) => {
    const fields = compileNamed("$setField", operand, ["field", "input", "value"], []);
    const name = constantName("$setField", fields.get("field"));
    const input = compile(fields.get("input") ?? null, scope);
    const value = compile(fields.get("value") ?? null, scope);
    return (env) => setField(name, input(env), value(env));
  },
  $unsetField: (operand, scope, compile) => {
    const fields = compileNamed("$unsetField", operand, ["field", "input"], []);
    const name = constantName("$unsetField", fields.get("field"));
    const input = compile(fields.get("input") ?? null, scope);
    return (env) => setField(name, input(env), undefined);
  },
  $literal: (operand) => () => operand,
  $rand: () => () => double(Math.random()),
  $let: (operand, scope, compile) => {
    const fields = compileNamed("$let", operand, ["vars", "in"], []);
    const vars = fields.get("vars");
    if (!(vars instanceof Map)) throw mongoError(16876, "$let: vars must be an object");
    const bound = [...vars].map(([name, value]) => {
      if (!/^[a-z\u0080-\uffff][\w\u0080-\uffff]*$/.test(name) && name !== "CURRENT")
        throw mongoError(9, `'${name}' starts with an invalid character for a user variable name`);
      return [name, compile(value, scope)] as const;
    });
    const body = compile(fields.get("in") ?? null, withNames(scope, vars.keys()));
    return (env) => {
      let inner = env;
      for (const [name, value] of bound) inner = withVariable(inner, name, value(env));
      return body(inner);
    };
  },
};
