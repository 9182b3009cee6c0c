import { BSONRegExp } from "bson";
import { undefinedValue, type Doc, type Value } from "../../bson/value.js";
import { mongoError } from "../../mongo-error.js";
import { compileExpression } from "../compile-expression.js";
import type { Frame } from "../expression.js";
import { MemoryMeter } from "../memory-meter.js";
import type {
  CompilePipeline,
  DocStream,
  Namespace,
  PipelineContext,
  StageCompiler,
} from "../pipeline-context.js";

/** Stages with other collections or with pipelines inside. */

export async function* toStream(docs: Iterable<Doc> | AsyncIterable<Doc>): DocStream {
  for await (const doc of docs) yield doc;
}

export function parsePipeline(name: string, value: Value | undefined): Doc[] {
  if (!Array.isArray(value)) throw mongoError(14, `'pipeline' option of ${name} must be an array`);
  return value.map((stage) => {
    if (!(stage instanceof Map))
      throw mongoError(14, "Each element of the 'pipeline' array must be an object");
    const [only] = stage.keys();
    if (only === "$out" || only === "$merge")
      throw mongoError(51047, `${only} is not allowed within a ${name}'s sub-pipeline`);
    return stage;
  });
}

export function parseNamespace(
  name: string,
  value: Value | undefined,
  database: string,
): Namespace {
  if (typeof value === "string" && value !== "") return { database, collection: value };
  if (value instanceof Map) {
    const db = value.get("db") ?? database;
    const coll = value.get("coll");
    if (typeof db === "string" && typeof coll === "string")
      return { database: db, collection: coll };
  }
  throw mongoError(9, `${name} needs the name of a collection`);
}

/** The leading `$match` of a pipeline, for `readCollection`, where it can do without variables. */
function leadingFilter(pipeline: readonly Doc[]): Doc | undefined {
  const filter = pipeline[0]?.get("$match");
  return filter instanceof Map && !mentionsExpr(filter) ? filter : undefined;
}

function mentionsExpr(value: Value): boolean {
  if (Array.isArray(value)) return value.some(mentionsExpr);
  if (!(value instanceof Map)) return false;
  for (const [name, field] of value) if (name === "$expr" || mentionsExpr(field)) return true;
  return false;
}

export const compileUnionWith: StageCompiler = (operand, context, compile) => {
  const spec: Doc = operand instanceof Map ? operand : new Map([["coll", operand]]);
  const namespace = parseNamespace("$unionWith", spec.get("coll"), context.database);
  const given = spec.get("pipeline");
  const pipeline = given === undefined ? [] : parsePipeline("$unionWith", given);
  const run = compile(pipeline, context);
  return async function* (input) {
    yield* input;
    yield* run(toStream(context.readCollection(namespace, leadingFilter(pipeline))));
  };
};

interface LookupSpec {
  readonly namespace: Namespace;
  readonly as: string;
  readonly localField: string[] | undefined;
  readonly foreignField: string | undefined;
  readonly pipeline: Doc[] | undefined;
  readonly letFields: Doc | undefined;
}

function parseLookup(operand: Value, context: PipelineContext): LookupSpec {
  if (!(operand instanceof Map))
    throw mongoError(9, "the $lookup stage specification must be an object");
  for (const name of operand.keys())
    if (!["from", "as", "localField", "foreignField", "pipeline", "let"].includes(name))
      throw mongoError(9, `unknown argument to $lookup: ${name}`);
  const [as, local, foreign] = ["as", "localField", "foreignField"].map((name) => {
    const value = operand.get(name);
    if (value !== undefined && typeof value !== "string")
      throw mongoError(9, `$lookup argument '${name}' must be a string`);
    return value;
  });
  const given = operand.get("pipeline");
  if (as === undefined) throw mongoError(9, "must specify 'as' field for a $lookup");
  if (
    (local === undefined) !== (foreign === undefined) ||
    (local === undefined && given === undefined)
  )
    throw mongoError(
      9,
      "$lookup requires both or neither of 'localField' and 'foreignField' to be specified",
    );
  const letFields = operand.get("let");
  if (letFields !== undefined && !(letFields instanceof Map))
    throw mongoError(9, "$lookup argument 'let' must be an object");
  return {
    namespace: parseNamespace("$lookup", operand.get("from"), context.database),
    as,
    localField: local?.split("."),
    foreignField: foreign,
    pipeline: given === undefined ? undefined : parsePipeline("$lookup", given),
    letFields,
  };
}

export const compileLookup: StageCompiler = (operand, context, compile) => {
  const spec = parseLookup(operand, context);
  const asParts = spec.as.split(".");
  const letFields = [...(spec.letFields ?? [])].map(
    ([name, value]) => [name, compileExpression(value, context.variables.scope)] as const,
  );
  checkPipeline(spec, context, compile);
  const { frame, now } = context.variables;
  return async function* (input) {
    for await (const doc of input) {
      let inner = frame;
      for (const [name, value] of letFields)
        inner = { name, value: value({ root: doc, frame, now }), outer: inner };
      const joined = await collectJoined(doc, spec, withFrame(spec, context, inner), compile);
      yield setPath(doc, asParts, joined);
    }
  };
};

/** Compiles the pipeline once, so that its mistakes are found even if there is no document. */
function checkPipeline(spec: LookupSpec, context: PipelineContext, compile: CompilePipeline): void {
  compile(spec.pipeline ?? [], withFrame(spec, context, context.variables.frame));
}

function withFrame(
  spec: LookupSpec,
  context: PipelineContext,
  frame: Frame | undefined,
): PipelineContext {
  const names = new Set([...context.variables.scope.names, ...(spec.letFields?.keys() ?? [])]);
  return { ...context, variables: { ...context.variables, scope: { names }, frame } };
}

async function collectJoined(
  doc: Doc,
  spec: LookupSpec,
  context: PipelineContext,
  compile: CompilePipeline,
): Promise<Doc[]> {
  const pipeline = spec.pipeline ?? [];
  let filter = leadingFilter(pipeline);
  const stages = [...pipeline];
  if (spec.localField !== undefined && spec.foreignField !== undefined) {
    const join = joinFilter(spec.foreignField, valuesAt(doc, spec.localField));
    stages.unshift(new Map([["$match", join]]));
    filter = filter === undefined ? join : new Map([["$and", [join, filter]]]);
  }
  const meter = new MemoryMeter("$lookup", context.memoryLimit);
  const joined: Doc[] = [];
  for await (const found of compile(
    stages,
    context,
  )(toStream(context.readCollection(spec.namespace, filter)))) {
    meter.add(found);
    joined.push(found);
  }
  return joined;
}

/** Documents that have one of the values at a path. */
export function joinFilter(path: string, values: readonly Value[]): Doc {
  const equals = (value: Value): Doc => new Map([[path, new Map([["$eq", value]])]]);
  const [only] = values;
  if (values.length === 1 && only !== undefined) return equals(only);
  if (values.some((value) => value instanceof BSONRegExp))
    return new Map([["$or", values.map(equals)]]);
  return new Map([[path, new Map([["$in", [...values]]])]]);
}

/** All values at a path, those of arrays one by one; null where there are none. */
export function valuesAt(doc: Doc, parts: readonly string[]): Value[] {
  const found = foundAt(doc, parts);
  const usable = found.filter((value) => value !== undefinedValue);
  return usable.length === 0 ? [null] : usable;
}

/** As `valuesAt`, and nothing where there are none. */
export function foundAt(doc: Doc, parts: readonly string[]): Value[] {
  const found: Value[] = [];
  collectValues(doc, parts, 0, found);
  return found;
}

function collectValues(value: Value, parts: readonly string[], at: number, found: Value[]): void {
  const part = parts[at];
  if (part === undefined) {
    if (Array.isArray(value)) found.push(...value);
    else found.push(value);
  } else if (value instanceof Map) {
    const field = value.get(part);
    if (field !== undefined) collectValues(field, parts, at + 1, found);
  } else if (Array.isArray(value)) {
    for (const item of value) if (item instanceof Map) collectValues(item, parts, at, found);
    const byIndex = /^\d+$/.test(part) ? value[Number(part)] : undefined;
    if (byIndex !== undefined) collectValues(byIndex, parts, at + 1, found);
  }
}

/** A copy of the document with a value at a path of documents. */
export function setPath(doc: Doc, parts: readonly string[], value: Value): Doc {
  const [part = "", ...rest] = parts;
  const inner = doc.get(part);
  const target: Doc = inner instanceof Map ? inner : new Map<string, Value>();
  return new Map(doc).set(part, rest.length === 0 ? value : setPath(target, rest, value));
}

export const compileFacet: StageCompiler = (operand, context, compile) => {
  if (!(operand instanceof Map) || operand.size === 0)
    throw mongoError(40169, "the $facet specification must be a non-empty object");
  const facets = [...operand].map(([name, value]) => {
    const stages = parsePipeline("$facet", value);
    for (const stage of stages)
      for (const key of stage.keys())
        if (["$facet", "$geoNear", "$documents", "$collStats"].includes(key))
          throw mongoError(40600, `${key} is not allowed to be used within a $facet stage`);
    return [name, compile(stages, context)] as const;
  });
  return async function* (input) {
    const meter = new MemoryMeter("$facet", context.memoryLimit);
    const docs: Doc[] = [];
    for await (const doc of input) {
      meter.add(doc);
      docs.push(doc);
    }
    const result: Doc = new Map();
    for (const [name, run] of facets) {
      const found: Doc[] = [];
      for await (const doc of run(toStream(docs))) found.push(doc);
      result.set(name, found);
    }
    yield result;
  };
};
