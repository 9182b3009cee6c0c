import { Long } from "bson";
import { typeNameOf, type Doc, type Value } from "../../bson/value.js";
import { mongoError } from "../../mongo-error.js";
import {
  addNode,
  applyComputed,
  applyProjection,
  parseProjection,
  type ProjectionBranch,
} from "../../query/projection-tree.js";
import { compileExpression } from "../compile-expression.js";
import type { PipelineContext, Stage, StageCompiler } from "../pipeline-context.js";

/** Stages that turn one document into one document, or several. */

export type DocMapper = (doc: Doc) => Doc;

function mapStage(map: DocMapper): Stage {
  return async function* (input) {
    for await (const doc of input) yield map(doc);
  };
}

function computeOn(expression: Value, { variables }: PipelineContext) {
  const { scope, frame, now } = variables;
  const compiled = compileExpression(expression, scope);
  return (root: Doc) => compiled({ root, frame, now });
}

/** `$project`: inclusion or exclusion, with expressions. */
export function compileProject(operand: Value, context: PipelineContext): DocMapper {
  if (!(operand instanceof Map))
    throw mongoError(15969, "$project specification must be an object");
  if (operand.size === 0)
    throw mongoError(
      51272,
      "Invalid $project :: caused by :: projection specification must have at least one field",
    );
  const tree = parseProjection(operand, (_path, value) => {
    if (value instanceof Map && value.keys().next().value?.startsWith("$") !== true)
      return undefined;
    return { kind: "compute", compute: computeOn(value, context) };
  });
  return (doc) => applyProjection(tree, doc);
}

/** `$addFields` and `$set`. */
export function compileAddFields(
  name: string,
  operand: Value,
  context: PipelineContext,
): DocMapper {
  if (!(operand instanceof Map))
    throw mongoError(
      40272,
      `${name} specification stage must be an object, got ${typeNameOf(operand)}`,
    );
  const root: ProjectionBranch = { kind: "branch", children: new Map() };
  addFields(operand, "", root, context);
  return (doc) => applyComputed(root, doc);
}

function addFields(
  fields: Doc,
  prefix: string,
  root: ProjectionBranch,
  context: PipelineContext,
): void {
  for (const [name, value] of fields) {
    const path = prefix === "" ? name : `${prefix}.${name}`;
    const nested =
      value instanceof Map && value.size > 0 && value.keys().next().value?.startsWith("$") !== true;
    if (nested) addFields(value, path, root, context);
    else addNode(root, path, { kind: "compute", compute: computeOn(value, context) });
  }
}

/** `$unset`: a path, or a list of them. */
export function compileUnset(operand: Value): DocMapper {
  const paths: Value[] = Array.isArray(operand) ? operand : [operand];
  const projection: Doc = new Map();
  for (const path of paths) {
    if (typeof path !== "string" || path === "")
      throw mongoError(
        31002,
        "$unset specification must be a string or an array containing only string values",
      );
    projection.set(path, false);
  }
  if (projection.size === 0)
    throw mongoError(
      31119,
      "$unset specification must be a string or an array with at least one field",
    );
  const tree = parseProjection(projection, () => undefined);
  return (doc) => applyProjection(tree, doc);
}

/** `$replaceRoot` and `$replaceWith`. */
export function compileReplaceRoot(
  name: string,
  operand: Value,
  context: PipelineContext,
): DocMapper {
  let expression = operand;
  if (name === "$replaceRoot") {
    const given = operand instanceof Map ? operand.get("newRoot") : undefined;
    if (given === undefined)
      throw mongoError(40231, "no newRoot specified for the $replaceRoot stage");
    expression = given;
  }
  const compute = computeOn(expression, context);
  return (doc) => {
    const value = compute(doc);
    if (!(value instanceof Map))
      throw mongoError(
        40228,
        "'newRoot' expression must evaluate to an object, but resulting value was: type " +
          (value === undefined ? "missing" : typeNameOf(value)),
      );
    return value;
  };
}

/** The mapper of a stage that an update pipeline may have too; undefined for any other stage. */
export function compileDocMapper(
  name: string,
  operand: Value,
  context: PipelineContext,
): DocMapper | undefined {
  switch (name) {
    case "$project":
      return compileProject(operand, context);
    case "$addFields":
    case "$set":
      return compileAddFields(name, operand, context);
    case "$unset":
      return compileUnset(operand);
    case "$replaceRoot":
    case "$replaceWith":
      return compileReplaceRoot(name, operand, context);
    default:
      return undefined;
  }
}

export const compileMapStage =
  (name: string): StageCompiler =>
  (operand, context) => {
    const map = compileDocMapper(name, operand, context);
    if (map === undefined) throw mongoError(40324, `Unrecognized pipeline stage name: '${name}'`);
    return mapStage(map);
  };

/** `$unwind`: one document for each element of an array. */
export const compileUnwind: StageCompiler = (operand) => {
  const options: Doc = operand instanceof Map ? operand : new Map([["path", operand]]);
  for (const name of options.keys())
    if (!["path", "includeArrayIndex", "preserveNullAndEmptyArrays"].includes(name))
      throw mongoError(28811, `unrecognized option to $unwind stage: ${name}`);
  const path = options.get("path");
  if (typeof path !== "string")
    throw mongoError(28808, "expected a string as the path for $unwind stage");
  if (!path.startsWith("$") || path.length < 2)
    throw mongoError(28818, `path option to $unwind stage should be prefixed with a '$': ${path}`);
  const parts = path.slice(1).split(".");
  const keepEmpty = options.get("preserveNullAndEmptyArrays") === true;
  const indexName = options.get("includeArrayIndex");
  if (indexName !== undefined && (typeof indexName !== "string" || indexName.startsWith("$")))
    throw mongoError(28810, "includeArrayIndex option to $unwind must be a field name");
  const indexParts = typeof indexName === "string" ? indexName.split(".") : undefined;
  const withIndex = (doc: Doc, index: number | undefined) =>
    indexParts === undefined
      ? doc
      : setAt(doc, indexParts, index === undefined ? null : Long.fromNumber(index));
  return async function* (input) {
    for await (const doc of input) {
      const value = plainAt(doc, parts);
      if (Array.isArray(value)) {
        if (value.length === 0 && keepEmpty)
          yield withIndex(setAt(doc, parts, undefined), undefined);
        for (let i = 0; i < value.length; i++) yield withIndex(setAt(doc, parts, value[i]), i);
      } else if ((value !== undefined && value !== null) || keepEmpty)
        yield withIndex(doc, undefined);
    }
  };
};

function plainAt(doc: Doc, parts: readonly string[]): Value | undefined {
  let value: Value | undefined = doc;
  for (const part of parts) {
    if (!(value instanceof Map)) return undefined;
    value = value.get(part);
  }
  return value;
}

/** A copy of the document with another value at a path of documents. */
function setAt(doc: Doc, parts: readonly string[], value: Value | undefined): Doc {
  const [part = "", ...rest] = parts;
  const copy: Doc = new Map(doc);
  if (rest.length > 0) {
    const inner = doc.get(part);
    const target: Doc = inner instanceof Map ? inner : new Map<string, Value>();
    copy.set(part, setAt(target, rest, value));
  } else if (value === undefined) copy.delete(part);
  else copy.set(part, value);
  return copy;
}
