import type { Doc, Value } from "../bson/value.js";
import { mongoError } from "../mongo-error.js";
import { compileFilter, type Filter, type FilterOptions } from "./compile-filter.js";
import {
  applyProjection,
  parseProjection,
  type Compute,
  type ProjectionNode,
} from "./projection-tree.js";
import { wholeNumber } from "./value-tests.js";

/** What a projection of find may use besides the document. */
export interface ProjectionOptions extends FilterOptions {
  /** Compiles an aggregation expression; without it expressions are refused. */
  readonly compileExpression?: (expression: Value) => Compute;
}

/**
 * Compiles a projection of find or findAndModify. `filter` is what the positional `$` refers to.
 * Throws MongoDB's errors for malformed projections, 238 with its name for what is not supported.
 */
export function compileProjection(
  projection: Doc,
  filter?: Filter,
  options: ProjectionOptions = {},
): (doc: Doc) => Doc {
  if (projection.size === 0) return (doc) => doc;
  const positional = [...projection.keys()].filter((path) => path.endsWith(".$"));
  const [positionalPath] = positional;
  if (positional.length > 1)
    throw mongoError(31276, "Cannot specify more than one positional projection per query.");
  const plain: Doc = new Map();
  for (const [path, value] of projection) plain.set(path.replace(/\.\$$/, ""), value);
  const state = { elemMatch: false };
  const tree = parseProjection(plain, (path, value) => parseOperator(path, value, options, state));
  const mode = state.elemMatch || positionalPath !== undefined ? "inclusion" : tree.mode;
  if (mode !== tree.mode) {
    if (hasExclusion(projection))
      throw mongoError(31254, "Cannot do exclusion in a projection with $elemMatch");
    if (!tree.root.children.has("_id")) tree.root.children.set("_id", { kind: "include" });
  }
  const project = (doc: Doc) => applyProjection({ root: tree.root, mode }, doc);
  if (positionalPath === undefined) return project;
  const parts = positionalPath.split(".").slice(0, -1);
  return (doc) => project(keepElement(doc, parts, filter?.arrayPosition(doc)));
}

function hasExclusion(projection: Doc): boolean {
  return [...projection].some(
    ([path, value]) => path !== "_id" && (value === false || isZero(value)),
  );
}

function isZero(value: Value): boolean {
  return typeof value === "object" && value !== null && "value" in value && value.value === 0;
}

function parseOperator(
  path: string,
  value: Value,
  options: ProjectionOptions,
  state: { elemMatch: boolean },
): ProjectionNode | undefined {
  if (value instanceof Map) {
    const [name] = value.keys();
    if (name === undefined || !name.startsWith("$")) return undefined;
    const operand = value.get(name) ?? null;
    if (name === "$slice" && !isSliceExpression(operand))
      return { kind: "transform", transform: compileSlice(operand) };
    if (name === "$elemMatch") {
      state.elemMatch = true;
      return { kind: "transform", transform: compileElemMatch(path, operand, options) };
    }
    if (name === "$meta") throw mongoError(238, "$meta is not supported by this server");
  }
  if (options.compileExpression === undefined)
    throw mongoError(238, `an expression in a projection (${path}) is not supported here`);
  return { kind: "compute", compute: options.compileExpression(value) };
}

/** `{ $slice: ["$array", 2] }` is the aggregation expression, `{ $slice: [1, 2] }` the projection. */
function isSliceExpression(operand: Value): boolean {
  if (!Array.isArray(operand)) return operand instanceof Map || typeof operand === "string";
  const [first] = operand;
  return typeof first === "string" || first instanceof Map || Array.isArray(first);
}

function compileSlice(operand: Value): (value: Value) => Value {
  const bad = () =>
    mongoError(
      28667,
      "Invalid $slice syntax. The given syntax did not match the find() $slice syntax",
    );
  let skip: number | undefined;
  let limit: number;
  if (Array.isArray(operand)) {
    if (operand.length !== 2) throw bad();
    skip = toInt(operand[0], bad);
    limit = toInt(operand[1], bad);
    if (limit <= 0)
      throw mongoError(
        28724,
        `First argument to $slice must be an positive integer, but is: ${limit}`,
      );
  } else limit = toInt(operand, bad);
  return (value) => {
    if (!Array.isArray(value)) return value;
    if (skip === undefined) return limit >= 0 ? value.slice(0, limit) : value.slice(limit);
    const from = skip >= 0 ? skip : Math.max(0, value.length + skip);
    return value.slice(from, from + limit);
  };
}

function toInt(value: Value | undefined, fail: () => Error): number {
  const whole = Number(wholeNumber(value, fail));
  return Math.max(-0x8000_0000, Math.min(0x7fff_ffff, whole));
}

function compileElemMatch(
  path: string,
  operand: Value,
  options: FilterOptions,
): (value: Value) => Value | undefined {
  if (path.includes("."))
    throw mongoError(31275, "Cannot use $elemMatch projection on a nested field.");
  if (!(operand instanceof Map))
    throw mongoError(31274, "elemMatch: Invalid argument, object required");
  // The filter does the work: its array position is the element that the projection keeps.
  const condition: Doc = new Map([["array", new Map([["$elemMatch", operand]])]]);
  const filter = compileFilter(condition, options);
  return (value) => {
    if (!Array.isArray(value)) return undefined;
    const doc: Doc = new Map([["array", value]]);
    const position = filter.matches(doc) ? filter.arrayPosition(doc) : undefined;
    const item = position === undefined ? undefined : value[position];
    return item === undefined ? undefined : [item];
  };
}

/** A copy in which the first array on the path has only the element at `position`. */
function keepElement(doc: Doc, parts: readonly string[], position: number | undefined): Doc {
  const [part = "", ...rest] = parts;
  const value = doc.get(part);
  let replaced: Value;
  if (Array.isArray(value)) {
    const item = position === undefined ? undefined : value[position];
    if (item === undefined)
      throw mongoError(
        51246,
        "Executor error during find command :: caused by :: positional operator '.$' couldn't " +
          "find a matching element in the array",
      );
    replaced = [item];
  } else if (value instanceof Map && rest.length > 0) replaced = keepElement(value, rest, position);
  else return doc;
  return new Map(doc).set(part, replaced);
}
