import type { Doc, Value } from "../bson/value.js";

/** One variable of `$let`, `$map` and the like, and those around it. */
export interface Frame {
  readonly name: string;
  readonly value: Value | undefined;
  readonly outer: Frame | undefined;
}

/** What an expression is evaluated on. */
export interface Env {
  readonly root: Doc;
  readonly frame: Frame | undefined;
  readonly now: Date;
}

/** A compiled expression; undefined is a missing value. */
export type Expression = (env: Env) => Value | undefined;

/** What is known when an expression is compiled: the names of its variables. */
export interface Scope {
  readonly names: ReadonlySet<string>;
}

export type CompileOperand = (expression: Value, scope: Scope) => Expression;

/** Compiles `{ $operator: operand }`. */
export type OperatorCompiler = (
  operand: Value,
  scope: Scope,
  compile: CompileOperand,
) => Expression;

export type OperatorTable = Readonly<Record<string, OperatorCompiler>>;

export function withVariable(env: Env, name: string, value: Value | undefined): Env {
  return { ...env, frame: { name, value, outer: env.frame } };
}

export function withNames(scope: Scope, names: Iterable<string>): Scope {
  return { names: new Set([...scope.names, ...names]) };
}
