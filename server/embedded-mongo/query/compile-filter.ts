import { toDouble } from "../bson/decimal.js";
import { isNumber, type Doc, type Value } from "../bson/value.js";
import { mongoError } from "../mongo-error.js";
import {
  compileFieldOperators,
  equalityPredicates,
  type FieldPredicate,
} from "./field-operators.js";
import { fieldPath } from "./field-path.js";
import type { Filter, FilterNode } from "./filter-node.js";
import { compileSchema } from "./schema/compile-schema.js";

export type { Filter, FilterNode } from "./filter-node.js";

/** What a filter may refer to besides the document. */
export interface FilterOptions {
  /** Turns the operand of `$expr` into a test; without it `$expr` is refused. */
  readonly compileExpr?: (expression: Value) => (doc: Doc) => boolean;
}

/** A part of a filter on whole documents. */
interface Predicate {
  readonly node: FilterNode;
  matches(doc: Doc): boolean;
  position(doc: Doc): number | undefined;
}

const maxFilterDepth = 100;

/**
 * Compiles a filter document. Throws BadValue (2), as MongoDB words it, for what is malformed, and
 * NotImplemented (238) with its name for an operator that this server does not have.
 */
export function compileFilter(filter: Doc, options: FilterOptions = {}): Filter {
  const predicate = allOf(compilePredicates(filter, options, 0));
  return {
    node: predicate.node,
    matches: (doc) => predicate.matches(doc),
    arrayPosition: (doc) => predicate.position(doc),
  };
}

function compilePredicates(filter: Doc, options: FilterOptions, depth: number): Predicate[] {
  if (depth > maxFilterDepth)
    throw mongoError(2, `exceeded maximum query tree depth of ${maxFilterDepth}`);
  const predicates: Predicate[] = [];
  for (const [name, value] of filter) {
    if (name.startsWith("$")) {
      const predicate = compileTopLevel(name, value, options, depth);
      if (predicate !== undefined) predicates.push(predicate);
    } else {
      const compileNested = (nested: Doc) => nestedTest(nested, options, depth + 1);
      const path = fieldPath(name);
      const parts = isOperatorDoc(value)
        ? compileFieldOperators(path, value, compileNested)
        : equalityPredicates(path, value);
      predicates.push(...parts.map(onDocument));
    }
  }
  return predicates;
}

/** A document whose first field is an operator, as opposed to a value to be equal to (or a DBRef). */
function isOperatorDoc(value: Value): value is Doc {
  if (!(value instanceof Map)) return false;
  const [first] = value.keys();
  return first?.startsWith("$") === true && first !== "$ref" && first !== "$id" && first !== "$db";
}

function nestedTest(filter: Doc, options: FilterOptions, depth: number): (doc: Doc) => boolean {
  const predicate = allOf(compilePredicates(filter, options, depth));
  return (doc) => predicate.matches(doc);
}

function onDocument(predicate: FieldPredicate): Predicate {
  return { node: predicate.node, matches: predicate.matches, position: predicate.position };
}

const always: Predicate = {
  node: { op: "and", children: [] },
  matches: () => true,
  position: () => undefined,
};

function allOf(predicates: readonly Predicate[]): Predicate {
  const [first, second] = predicates;
  if (first === undefined) return always;
  if (second === undefined) return first;
  return {
    node: { op: "and", children: predicates.map(({ node }) => node) },
    matches: (doc) => {
      for (const predicate of predicates) if (!predicate.matches(doc)) return false;
      return true;
    },
    position: (doc) => {
      let last: number | undefined;
      for (const predicate of predicates) last = predicate.position(doc) ?? last;
      return last;
    },
  };
}

function compileTopLevel(
  name: string,
  value: Value,
  options: FilterOptions,
  depth: number,
): Predicate | undefined {
  switch (name) {
    case "$and":
      return allOf(compileBranches(name, value, options, depth));
    case "$or":
    case "$nor":
      return anyOf(name, compileBranches(name, value, options, depth));
    case "$comment":
      return undefined;
    case "$expr": {
      if (options.compileExpr === undefined) throw notSupported(name);
      return custom(options.compileExpr(value));
    }
    case "$alwaysTrue":
    case "$alwaysFalse":
      if (!isNumber(value) || toDouble(value) !== 1)
        throw mongoError(9, `${name} must be an integer value of 1`);
      return custom(() => name === "$alwaysTrue");
    case "$jsonSchema": {
      const schema = compileSchema(value);
      return custom((doc) => schema.broken(doc).length === 0);
    }
    case "$where":
    case "$text":
    case "$sampleRate":
    case "$near":
    case "$nearSphere":
      throw notSupported(name);
    default:
      throw mongoError(
        2,
        `unknown top level operator: ${name}. If you have a field name that starts with a '$' ` +
          "symbol, consider using $getField or $setField.",
      );
  }
}

function notSupported(name: string): Error {
  return mongoError(238, `${name} is not supported by this server`);
}

function custom(matches: (doc: Doc) => boolean): Predicate {
  return { node: { op: "other" }, matches, position: () => undefined };
}

function compileBranches(
  name: string,
  value: Value,
  options: FilterOptions,
  depth: number,
): Predicate[] {
  if (!Array.isArray(value)) throw mongoError(2, `${name} must be an array`);
  if (value.length === 0) throw mongoError(2, "$and/$or/$nor must be a nonempty array");
  return value.map((branch) => {
    if (!(branch instanceof Map))
      throw mongoError(2, "$or/$and/$nor entries need to be full objects");
    return allOf(compilePredicates(branch, options, depth + 1));
  });
}

/** As in MongoDB, a branch of `$or` or `$nor` gives no array position. */
function anyOf(name: "$or" | "$nor", branches: readonly Predicate[]): Predicate {
  const wanted = name === "$or";
  return {
    node: { op: wanted ? "or" : "nor", children: branches.map(({ node }) => node) },
    matches: (doc) => {
      for (const branch of branches) if (branch.matches(doc)) return wanted;
      return !wanted;
    },
    position: () => undefined,
  };
}
