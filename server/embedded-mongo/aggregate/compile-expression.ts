import type { Doc, Value } from "../bson/value.js";
import { mongoError } from "../mongo-error.js";
import type { FilterOptions } from "../query/compile-filter.js";
import type { ProjectionOptions } from "../query/project.js";
import { accumulatorOperators } from "./accumulators.js";
import type { Env, Expression, Frame, OperatorTable, Scope } from "./expression.js";
import { arithmeticOperators } from "./operators/arithmetic.js";
import { arrayOperators } from "./operators/arrays.js";
import { comparisonOperators } from "./operators/comparison.js";
import { convertOperators } from "./operators/convert.js";
import { dateOperators } from "./operators/dates.js";
import { mingoOperators } from "./operators/mingo-functions.js";
import { objectOperators } from "./operators/objects.js";
import { isTrue } from "./operators/operands.js";
import { stringOperators } from "./operators/strings.js";
import { checkBound } from "./time-bound.js";

const operators = new Map(
  Object.entries({
    ...accumulatorOperators,
    ...arithmeticOperators,
    ...arrayOperators,
    ...comparisonOperators,
    ...convertOperators,
    ...dateOperators,
    ...mingoOperators,
    ...objectOperators,
    ...stringOperators,
  } satisfies OperatorTable),
);

/** The names of the expression operators that this server computes, for its documentation. */
export const expressionNames: readonly string[] = [...operators.keys()].sort();

/** Operators of MongoDB that this server does not have, refused by name. */
const refused = new Set([
  "$accumulator",
  "$binarySize",
  "$bsonSize",
  "$function",
  "$indexStats",
  "$median",
  "$meta",
  "$percentile",
  "$sampleRate",
  "$toHashedIndexKey",
  "$tsIncrement",
  "$tsSecond",
]);

const emptyScope: Scope = { names: new Set() };
const maxDepth = 200;
let depth = 0;

/**
 * Compiles an aggregation expression. Throws MongoDB's errors for what is malformed, 168
 * (InvalidPipelineOperator) for an unknown operator, 238 with its name for one that is not here.
 */
export function compileExpression(expression: Value, scope: Scope = emptyScope): Expression {
  if (depth > maxDepth) throw mongoError(15, "expression is nested too deeply");
  depth++;
  try {
    return compileAny(expression, scope);
  } finally {
    depth--;
  }
}

function compileAny(expression: Value, scope: Scope): Expression {
  if (typeof expression === "string" && expression.startsWith("$"))
    return expression.startsWith("$$")
      ? compileVariable(expression.slice(2), scope)
      : compilePath(expression.slice(1));
  if (expression instanceof Map) return compileDocument(expression, scope);
  if (Array.isArray(expression)) {
    const items = expression.map((item) => compileExpression(item, scope));
    return (env) => items.map((item) => item(env) ?? null);
  }
  return () => expression;
}

function compileDocument(expression: Doc, scope: Scope): Expression {
  const [first] = expression.keys();
  if (first?.startsWith("$") === true) {
    if (expression.size > 1)
      throw mongoError(15983, "an object representing an expression must have exactly one field");
    const operator = operators.get(first);
    if (operator !== undefined) {
      const compute = operator(expression.get(first) ?? null, scope, compileExpression);
      return (env) => {
        checkBound();
        return compute(env);
      };
    }
    if (refused.has(first)) throw mongoError(238, `${first} is not supported by this server`);
    throw mongoError(168, `Unrecognized expression '${first}'`);
  }
  const fields = [...expression].map(([name, value]) => {
    if (name.startsWith("$"))
      throw mongoError(
        15990,
        `this object is already an object expression, and can't also have ${name}`,
      );
    if (name.includes("."))
      throw mongoError(
        16405,
        `FieldPath field names may not contain '.'. Consider using $getField or $setField.`,
      );
    return [name, compileExpression(value, scope)] as const;
  });
  return (env) => {
    const doc: Doc = new Map();
    for (const [name, field] of fields) {
      const value = field(env);
      if (value !== undefined) doc.set(name, value);
    }
    return doc;
  };
}

function checkedParts(path: string): string[] {
  if (path === "") throw mongoError(16872, "'$' by itself is not a valid FieldPath");
  const parts = path.split(".");
  for (const part of parts) {
    if (part === "") throw mongoError(15998, "FieldPath field names may not be empty strings.");
    if (part.startsWith("$"))
      throw mongoError(
        16410,
        "FieldPath field names may not start with '$'. Consider using $getField or $setField.",
      );
    if (part.includes("\0"))
      throw mongoError(16411, "FieldPath field names may not contain '\\0'.");
  }
  return parts;
}

function compilePath(path: string): Expression {
  const parts = checkedParts(path);
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return (env) => env.root.get(only);
  return (env) => valueAt(env.root, parts, 0);
}

/** The value at a path; through an array, the array of what its documents have there. */
function valueAt(
  value: Value | undefined,
  parts: readonly string[],
  at: number,
): Value | undefined {
  let current = value;
  for (let i = at; i < parts.length; i++) {
    if (current instanceof Map) current = current.get(parts[i] ?? "");
    else if (Array.isArray(current)) {
      const found: Value[] = [];
      for (const item of current) {
        const inner = item instanceof Map ? valueAt(item, parts, i) : undefined;
        if (inner !== undefined) found.push(inner);
      }
      return found;
    } else return undefined;
  }
  return current;
}

const systemNames = new Set(["ROOT", "CURRENT", "NOW", "REMOVE", "DESCEND", "PRUNE", "KEEP"]);

function compileVariable(text: string, scope: Scope): Expression {
  const [name = "", ...rest] = text.split(".");
  const parts = rest.length === 0 ? [] : checkedParts(rest.join("."));
  let read: Expression;
  if (scope.names.has(name)) read = (env) => lookUp(env, name);
  else if (name === "ROOT" || name === "CURRENT") read = (env) => env.root;
  else if (name === "NOW") read = (env) => env.now;
  else if (name === "REMOVE") read = () => undefined;
  else if (name === "CLUSTER_TIME" || name === "USER_ROLES" || systemNames.has(name))
    throw mongoError(238, `$$${name} is not supported here by this server`);
  else throw mongoError(17276, `Use of undefined variable: ${name}`);
  return parts.length === 0 ? read : (env) => valueAt(read(env), parts, 0);
}

function lookUp(env: Env, name: string): Value | undefined {
  let frame = env.frame;
  while (frame !== undefined && frame.name !== name) frame = frame.outer;
  return frame?.value;
}

/** The variables that a command gives by `let`, and the time that `$$NOW` stands for. */
export interface CommandVariables {
  readonly scope: Scope;
  readonly frame: Frame | undefined;
  readonly now: Date;
}

/** Evaluates the `let` of a command. Its expressions must not refer to a document. */
export function commandVariables(definitions?: Doc, now = new Date()): CommandVariables {
  let frame: Frame | undefined;
  const env: Env = { root: new Map(), frame: undefined, now };
  for (const [name, value] of definitions ?? []) {
    if (!/^[a-z\u0080-\uffff][\w\u0080-\uffff]*$/.test(name))
      throw mongoError(9, `'${name}' starts with an invalid character for a user variable name`);
    frame = { name, value: compileExpression(value)(env), outer: frame };
  }
  return { scope: { names: new Set(definitions?.keys() ?? []) }, frame, now };
}

/** Hooks for `compileFilter` and `compileProjection`: `$expr`, and expressions in projections. */
export function expressionOptions(
  variables: CommandVariables = commandVariables(),
): Required<FilterOptions> & ProjectionOptions {
  const { scope, frame, now } = variables;
  const compute = (expression: Value) => {
    const compiled = compileExpression(expression, scope);
    return (root: Doc) => compiled({ root, frame, now });
  };
  return {
    compileExpression: compute,
    compileExpr: (expression) => {
      const test = compute(expression);
      return (doc) => isTrue(test(doc));
    },
  };
}
