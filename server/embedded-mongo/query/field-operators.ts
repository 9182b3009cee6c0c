import { BSONRegExp } from "bson";
import { undefinedValue, type Doc, type Value } from "../bson/value.js";
import { mongoError } from "../mongo-error.js";
import { matchPath, noMatch, noOffset, type FieldPath, type ValueTest } from "./field-path.js";
import type { Comparison, FilterNode } from "./filter-node.js";
import { isTruthy } from "./truthiness.js";
import {
  bitsTest,
  comparisonTest,
  inTest,
  modTest,
  regexTest,
  sizeTest,
  typeTest,
} from "./value-tests.js";

/** A predicate on the values at one path. */
export interface FieldPredicate {
  readonly node: FilterNode;
  /** On one value as it is, without going through arrays: what `$elemMatch` asks of an element. */
  readonly single: ValueTest;
  readonly matches: (doc: Doc) => boolean;
  readonly position: (doc: Doc) => number | undefined;
}

/** Compiles the filter of `$elemMatch` on documents. */
type CompileNested = (filter: Doc) => (doc: Doc) => boolean;

/** `{ path: value }`: equal to the value, or matched by it when it is a regular expression. */
export function equalityPredicates(path: FieldPath, value: Value): FieldPredicate[] {
  return [
    value instanceof BSONRegExp ? regexPredicate(path, value) : comparison(path, "$eq", value),
  ];
}

/** `{ path: { $operator: operand, … } }`: all of them have to hold, each for itself. */
export function compileFieldOperators(
  path: FieldPath,
  operators: Doc,
  compileNested: CompileNested,
): FieldPredicate[] {
  const predicates: FieldPredicate[] = [];
  for (const [name, operand] of operators) {
    if (name === "$regex") predicates.push(regexPredicate(path, parseRegex(operators)));
    else if (name === "$options") {
      if (!operators.has("$regex")) throw mongoError(2, "$options needs a $regex");
    } else predicates.push(...compileOperator(path, name, operand, compileNested));
  }
  return predicates;
}

function compileOperator(
  path: FieldPath,
  name: string,
  operand: Value,
  compileNested: CompileNested,
): FieldPredicate[] {
  switch (name) {
    case "$eq":
    case "$gt":
    case "$gte":
    case "$lt":
    case "$lte":
      return [comparison(path, name, operand)];
    case "$ne":
      if (operand instanceof BSONRegExp) throw mongoError(2, "Can't have regex as arg to $ne.");
      return [negation(path, [comparison(path, "$eq", operand)])];
    case "$in":
      return [membership(path, parseList(name, operand))];
    case "$nin":
      return [negation(path, [membership(path, parseList(name, operand))])];
    case "$exists":
      return [existence(path, isTruthy(operand))];
    case "$not":
      return [negation(path, compileNegated(path, operand, compileNested))];
    case "$all":
      return compileAll(path, operand, compileNested);
    case "$elemMatch":
      return [compileElemMatch(path, operand, compileNested)];
    case "$size":
      return [leaf(path, { op: "other", path: path.text }, sizeTest(operand), false)];
    case "$type":
      return [other(path, typeTest(path.text, operand))];
    case "$mod":
      return [other(path, modTest(operand))];
    case "$bitsAllSet":
    case "$bitsAllClear":
    case "$bitsAnySet":
    case "$bitsAnyClear":
      return [other(path, bitsTest(name, operand))];
    case "$geoWithin":
    case "$geoIntersects":
    case "$near":
    case "$nearSphere":
    case "$within":
    case "$geoNear":
    case "$maxDistance":
    case "$minDistance":
      throw mongoError(238, `${name} is not supported by this server`);
    default:
      throw mongoError(2, `unknown operator: ${name}`);
  }
}

function leaf(
  path: FieldPath,
  node: FilterNode,
  test: ValueTest,
  expandLeaf: boolean,
): FieldPredicate {
  return {
    node,
    single: test,
    matches: (doc) => matchPath(doc, path, expandLeaf, test) !== noMatch,
    position: (doc) => {
      const offset = matchPath(doc, path, expandLeaf, test);
      return offset >= 0 ? offset : undefined;
    },
  };
}

function other(path: FieldPath, test: ValueTest): FieldPredicate {
  return leaf(path, { op: "other", path: path.text }, test, true);
}

function comparison(path: FieldPath, cmp: Comparison, value: Value): FieldPredicate {
  if (value === undefinedValue) throw mongoError(2, "cannot compare to undefined");
  if (value instanceof BSONRegExp && cmp !== "$eq")
    throw mongoError(2, `Can't have RegEx as arg to predicate over field '${path.text}'.`);
  return leaf(path, { op: "cmp", path: path.text, cmp, value }, comparisonTest(cmp, value), true);
}

function membership(path: FieldPath, values: readonly Value[]): FieldPredicate {
  return leaf(path, { op: "in", path: path.text, values }, inTest(values), true);
}

function existence(path: FieldPath, value: boolean): FieldPredicate {
  const exists: ValueTest = (found) => found !== undefined;
  const node: FilterNode = { op: "exists", path: path.text, value };
  const present = leaf(path, node, exists, false);
  return value ? present : { ...negation(path, [present]), node };
}

function regexPredicate(path: FieldPath, regex: BSONRegExp): FieldPredicate {
  const { test, prefix } = regexTest(regex);
  const node: FilterNode = {
    op: "regex",
    path: path.text,
    pattern: regex.pattern,
    ...(prefix === undefined ? {} : { prefix }),
  };
  return leaf(path, node, test, true);
}

/** Not all of the predicates hold. */
function negation(path: FieldPath, predicates: readonly FieldPredicate[]): FieldPredicate {
  return {
    node: { op: "other", path: path.text },
    single: (value) => !predicates.every(({ single }) => single(value)),
    matches: (doc) => !predicates.every(({ matches }) => matches(doc)),
    position: () => undefined,
  };
}

function compileNegated(
  path: FieldPath,
  operand: Value,
  compileNested: CompileNested,
): FieldPredicate[] {
  if (operand instanceof BSONRegExp) return [regexPredicate(path, operand)];
  if (!(operand instanceof Map)) throw mongoError(2, "$not needs a regex or a document");
  if (operand.size === 0) throw mongoError(2, "$not cannot be empty");
  return compileFieldOperators(path, operand, compileNested);
}

function parseList(name: string, operand: Value): Value[] {
  if (!Array.isArray(operand)) throw mongoError(2, `${name} needs an array`);
  for (const item of operand) {
    if (item === undefinedValue) throw mongoError(2, `${name} cannot contain undefined`);
    if (startsWithDollar(item)) throw mongoError(2, `cannot nest $ under ${name}`);
  }
  return operand;
}

function startsWithDollar(value: Value): value is Doc {
  if (!(value instanceof Map)) return false;
  const [first] = value.keys();
  return first?.startsWith("$") === true && first !== "$ref" && first !== "$id" && first !== "$db";
}

function parseRegex(operators: Doc): BSONRegExp {
  const pattern = operators.get("$regex");
  const options = operators.get("$options");
  if (options !== undefined && typeof options !== "string")
    throw mongoError(2, "$options has to be a string");
  if (pattern instanceof BSONRegExp) {
    if (options === undefined) return pattern;
    if (pattern.options !== "") throw mongoError(51074, "options set in both $regex and $options");
    return newRegex(pattern.pattern, options);
  }
  if (typeof pattern !== "string") throw mongoError(2, "$regex has to be a string");
  return newRegex(pattern, options ?? "");
}

function newRegex(pattern: string, options: string): BSONRegExp {
  if (pattern.includes("\0"))
    throw mongoError(2, "Regular expression cannot contain an embedded null byte");
  for (const flag of options)
    if (!"imsxu".includes(flag)) throw mongoError(51108, `invalid flag in regex options: ${flag}`);
  return new BSONRegExp(pattern, options);
}

function compileAll(
  path: FieldPath,
  operand: Value,
  compileNested: CompileNested,
): FieldPredicate[] {
  if (!Array.isArray(operand)) throw mongoError(2, "$all needs an array");
  if (operand.length === 0) return [membership(path, [])];
  const isElemMatch = (item: Value) =>
    item instanceof Map && item.keys().next().value === "$elemMatch";
  const elemMatches = operand.filter(isElemMatch).length;
  if (elemMatches > 0 && elemMatches < operand.length)
    throw mongoError(2, "$all/$elemMatch has to be consistent");
  return operand.flatMap((item) => {
    if (item instanceof Map && elemMatches > 0)
      return [compileElemMatch(path, item.get("$elemMatch") ?? null, compileNested)];
    if (startsWithDollar(item)) throw mongoError(2, "no $ expressions in $all");
    return equalityPredicates(path, item);
  });
}

const documentOperators = new Set([
  "$and",
  "$or",
  "$nor",
  "$where",
  "$expr",
  "$comment",
  "$jsonSchema",
]);

/** An element of the array passes as a document, or as a value when the operand begins with an operator. */
function compileElemMatch(
  path: FieldPath,
  operand: Value,
  compileNested: CompileNested,
): FieldPredicate {
  if (!(operand instanceof Map)) throw mongoError(2, "$elemMatch needs an Object");
  const [first] = operand.keys();
  let passes: ValueTest;
  if (startsWithDollar(operand) && first !== undefined && !documentOperators.has(first)) {
    const predicates = compileFieldOperators(path, operand, compileNested);
    passes = (item) => predicates.every(({ single }) => single(item));
  } else {
    const matches = compileNested(operand);
    passes = (item) =>
      item instanceof Map ? matches(item) : Array.isArray(item) && matches(fieldsOfArray(item));
  }
  const test: ValueTest = (value) => Array.isArray(value) && value.some(passes);
  const predicate = leaf(path, { op: "other", path: path.text }, test, false);
  return {
    ...predicate,
    position: (doc) => {
      let inner: number | undefined;
      const offset = matchPath(doc, path, false, (value) => {
        const index = Array.isArray(value) ? value.findIndex(passes) : -1;
        inner = index;
        return index >= 0;
      });
      return offset === noOffset ? inner : offset >= 0 ? offset : undefined;
    },
  };
}

/** An array as MongoDB stores it: a document whose names are the indexes. */
function fieldsOfArray(array: readonly Value[]): Doc {
  return new Map(array.map((item, index) => [String(index), item]));
}
