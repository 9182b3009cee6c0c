import { Int32, ObjectId } from "bson";
import { equalValues } from "../../bson/compare.js";
import { describeValue } from "../../bson/describe-value.js";
import type { Doc, Value } from "../../bson/value.js";
import { mongoError } from "../../mongo-error.js";
import { compileExpression } from "../compile-expression.js";
import type { Frame } from "../expression.js";
import { mergeObjects } from "../operators/objects.js";
import type {
  DocStream,
  MergeAction,
  MergeEntry,
  Namespace,
  PipelineContext,
  PipelineOutput,
  StageCompiler,
} from "../pipeline-context.js";
import { boundExpressions } from "../time-bound.js";
import { compileDocMapper } from "./shape-stages.js";
import { parseNamespace } from "./join-stages.js";

/** Stages that write: always the last of a pipeline, they let no document through. */

function outputOf(name: string, context: PipelineContext): PipelineOutput {
  if (context.output === undefined) throw mongoError(238, `${name} is not supported here`);
  return context.output;
}

function withId(doc: Doc): Doc {
  if (doc.has("_id")) return doc;
  return new Map<string, Value>([["_id", new ObjectId()], ...doc]);
}

export const compileOut: StageCompiler = (operand, context) => {
  const output = outputOf("$out", context);
  if (operand instanceof Map && operand.has("timeseries"))
    throw mongoError(238, "$out to a time series collection is not supported by this server");
  const namespace = parseNamespace("$out", operand, context.database);
  return async function* (input) {
    await output.replaceCollection(namespace, withIds(input));
    yield* [];
  };
};

async function* withIds(input: DocStream): DocStream {
  for await (const doc of input) yield withId(doc);
}

interface MergeSpec {
  readonly into: Namespace;
  readonly on: readonly string[];
  readonly whenMatched: Value;
  readonly whenNotMatched: "insert" | "discard" | "fail";
  readonly letFields: Doc;
}

const defaultLet: Doc = new Map([["new", "$$ROOT"]]);

function parseMerge(operand: Value, context: PipelineContext): MergeSpec {
  const spec: Doc = operand instanceof Map ? operand : new Map([["into", operand]]);
  for (const name of spec.keys())
    if (!["into", "on", "let", "whenMatched", "whenNotMatched"].includes(name))
      throw mongoError(40415, `BSON field '$merge.${name}' is an unknown field.`);
  const fields = parseOn(spec.get("on") ?? "_id");
  const whenMatched = spec.get("whenMatched") ?? "merge";
  if (typeof whenMatched === "string") {
    if (!["replace", "keepExisting", "merge", "fail"].includes(whenMatched))
      throw mongoError(
        2,
        `Enumeration value '${whenMatched}' for field '$merge.whenMatched' is not a valid value.`,
      );
  } else if (!Array.isArray(whenMatched))
    throw mongoError(51191, "$merge 'whenMatched' must be a string or an array");
  const whenNotMatched = spec.get("whenNotMatched") ?? "insert";
  if (whenNotMatched !== "insert" && whenNotMatched !== "discard" && whenNotMatched !== "fail")
    throw mongoError(
      2,
      "Enumeration value for field '$merge.whenNotMatched' is not a valid value.",
    );
  const letFields = spec.get("let");
  return {
    into: parseNamespace("$merge", spec.get("into"), context.database),
    on: fields,
    whenMatched,
    whenNotMatched,
    letFields: letFields instanceof Map ? letFields : defaultLet,
  };
}

function parseOn(on: Value): string[] {
  const fields = (Array.isArray(on) ? on : [on]).map((field) => {
    if (typeof field !== "string")
      throw mongoError(51186, "$merge 'on' must be a string or strings");
    return field;
  });
  if (fields.length === 0)
    throw mongoError(
      51187,
      "If explicitly specifying $merge 'on', must include at least one field",
    );
  if (new Set(fields).size < fields.length)
    throw mongoError(31465, "Found a duplicate field in $merge 'on'");
  return fields;
}

export const compileMerge: StageCompiler = (operand, context) => {
  const output = outputOf("$merge", context);
  const spec = parseMerge(operand, context);
  output.checkUnique(spec.into, spec.on);
  if (Array.isArray(spec.whenMatched)) compileUpdatePipeline(spec, new Map(), context);
  return async function* (input) {
    await output.merge(spec.into, mergeEntries(input, spec, context));
    yield* [];
  };
};

async function* mergeEntries(
  input: DocStream,
  spec: MergeSpec,
  context: PipelineContext,
): AsyncGenerator<MergeEntry> {
  for await (const given of input) {
    // by other fields, a document that is there keeps its own, and a new one gets it when it is stored
    const doc = spec.on.includes("_id") ? withId(given) : given;
    yield {
      filter: keyFilter(doc, spec.on),
      decide: (found) =>
        found === undefined ? unmatched(doc, spec) : mergeMatched(found, doc, spec, context),
    };
  }
}

function keyFilter(doc: Doc, on: readonly string[]): Doc {
  const filter: Doc = new Map();
  for (const path of on) {
    let value: Value | undefined = doc;
    for (const part of path.split(".")) value = value instanceof Map ? value.get(part) : undefined;
    if (value === undefined || value === null || Array.isArray(value))
      throw mongoError(
        51132,
        "$merge write error: 'on' field cannot be missing, null, undefined or an array",
      );
    filter.set(path, new Map([["$eq", value]]));
  }
  return filter;
}

function unmatched(doc: Doc, spec: MergeSpec): MergeAction {
  if (spec.whenNotMatched === "discard") return { kind: "keep" };
  if (spec.whenNotMatched === "fail")
    throw mongoError(
      13113,
      "$merge could not find a matching document in the target collection for at least one document in the source collection",
    );
  return { kind: "insert", doc };
}

function mergeMatched(
  found: Doc,
  doc: Doc,
  spec: MergeSpec,
  context: PipelineContext,
): MergeAction {
  const replace = (merged: Doc): MergeAction => ({ kind: "replace", doc: keepId(found, merged) });
  if (Array.isArray(spec.whenMatched))
    return replace(compileUpdatePipeline(spec, doc, context)(found));
  switch (spec.whenMatched) {
    case "keepExisting":
      return { kind: "keep" };
    case "replace":
      return replace(doc);
    case "merge":
      return replace(mergeObjects([found, doc]));
    default:
      throw alreadyThere(doc, spec);
  }
}

/** As the insert would fail that MongoDB tries for `whenMatched: "fail"`. */
function alreadyThere(doc: Doc, { into, on }: MergeSpec): Error {
  const keyValue: Doc = new Map();
  for (const [path, condition] of keyFilter(doc, on))
    keyValue.set(path, condition instanceof Map ? (condition.get("$eq") ?? null) : condition);
  const name = on.map((path) => `${path}_1`).join("_");
  return mongoError(
    11000,
    `E11000 duplicate key error collection: ${into.database}.${into.collection} index: ` +
      `${name === "_id_1" ? "_id_" : name} dup key: ${describeValue(keyValue)}`,
    new Map<string, Value>([
      ["keyPattern", new Map(on.map((path) => [path, new Int32(1)]))],
      ["keyValue", keyValue],
    ]),
  );
}

function compileUpdatePipeline(
  spec: MergeSpec,
  doc: Doc,
  context: PipelineContext,
): (found: Doc) => Doc {
  const { scope, frame, now } = context.variables;
  let inner: Frame | undefined = frame;
  for (const [name, expression] of spec.letFields)
    inner = {
      name,
      value: boundExpressions(() =>
        compileExpression(expression, scope)({ root: doc, frame, now }),
      ),
      outer: inner,
    };
  const names = new Set([...scope.names, ...spec.letFields.keys()]);
  const variables = { scope: { names }, frame: inner, now };
  return compileUpdateStages(Array.isArray(spec.whenMatched) ? spec.whenMatched : [], {
    ...context,
    variables,
  });
}

/** The stages that an update may consist of, as one step. Throws 72 (InvalidOptions) for others. */
export function compileUpdateStages(
  stages: readonly Value[],
  context: PipelineContext,
): (doc: Doc) => Doc {
  const mappers = stages.map((stage) => {
    const [name, ...others] = stage instanceof Map ? stage.keys() : [];
    if (!(stage instanceof Map) || name === undefined || others.length > 0)
      throw mongoError(
        40323,
        "A pipeline stage specification object must contain exactly one field.",
      );
    const mapper = compileDocMapper(name, stage.get(name) ?? null, context);
    if (mapper === undefined)
      throw mongoError(72, `${name} is not allowed to be used within an update`);
    return mapper;
  });
  return (doc) => mappers.reduce((current, mapper) => mapper(current), doc);
}

function keepId(found: Doc, merged: Doc): Doc {
  const id = found.get("_id");
  if (id === undefined) return merged;
  const given = merged.get("_id");
  if (given !== undefined && !equalValues(given, id))
    throw mongoError(
      66,
      "$merge failed to update the matching document, did you attempt to modify the _id or the shard key?",
    );
  const doc: Doc = new Map([["_id", id]]);
  for (const [name, value] of merged) if (name !== "_id") doc.set(name, value);
  return doc;
}
