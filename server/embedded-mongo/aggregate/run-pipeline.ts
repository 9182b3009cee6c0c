import type { Doc, Value } from "../bson/value.js";
import { mongoError } from "../mongo-error.js";
import { compileExpression } from "./compile-expression.js";
import type {
  CompilePipeline,
  DocStream,
  PipelineContext,
  Stage,
  StageCompiler,
} from "./pipeline-context.js";
import {
  compileBucket,
  compileBucketAuto,
  compileCount,
  compileGroup,
  compileSortByCount,
} from "./stages/group-stages.js";
import { compileGraphLookup } from "./stages/graph-lookup.js";
import { compileFacet, compileLookup, compileUnionWith, toStream } from "./stages/join-stages.js";
import {
  compileLimit,
  compileMatch,
  compileSample,
  compileSkip,
  compileSort,
  limitOf,
  sortStage,
} from "./stages/order-stages.js";
import { compileMerge, compileOut } from "./stages/output-stages.js";
import { compileRedact } from "./stages/redact.js";
import { compileMapStage, compileUnwind } from "./stages/shape-stages.js";

export type { MergeEntry, Namespace, PipelineContext, PipelineOutput } from "./pipeline-context.js";

const stages = new Map<string, StageCompiler>([
  ["$addFields", compileMapStage("$addFields")],
  ["$bucket", compileBucket],
  ["$bucketAuto", compileBucketAuto],
  ["$count", compileCount],
  ["$documents", compileDocuments],
  ["$facet", compileFacet],
  ["$graphLookup", compileGraphLookup],
  ["$group", compileGroup],
  ["$limit", compileLimit],
  ["$listLocalSessions", compileListSessions],
  ["$lookup", compileLookup],
  ["$match", compileMatch],
  ["$merge", compileMerge],
  ["$out", compileOut],
  ["$project", compileMapStage("$project")],
  ["$redact", compileRedact],
  ["$replaceRoot", compileMapStage("$replaceRoot")],
  ["$replaceWith", compileMapStage("$replaceWith")],
  ["$sample", compileSample],
  ["$set", compileMapStage("$set")],
  ["$skip", compileSkip],
  ["$sort", compileSort],
  ["$sortByCount", compileSortByCount],
  ["$unionWith", compileUnionWith],
  ["$unset", compileMapStage("$unset")],
  ["$unwind", compileUnwind],
]);

/** The names of the stages that this server has, for its documentation. */
export const stageNames: readonly string[] = [...stages.keys()];

/** Stages of MongoDB that this server does not have, refused by name. */
const refused = new Set([
  "$changeStream",
  "$changeStreamSplitLargeEvent",
  "$collStats",
  "$currentOp",
  "$densify",
  "$fill",
  "$geoNear",
  "$indexStats",
  "$listSampledQueries",
  "$listSearchIndexes",
  "$listSessions",
  "$planCacheStats",
  "$search",
  "$searchMeta",
  "$setWindowFields",
  "$shardedDataDistribution",
  "$vectorSearch",
]);

const maxStages = 1000;

/** Stages that read no collection: they come first, and their input is empty. */
const sources = new Set(["$documents", "$listLocalSessions"]);

/** Whether a pipeline needs no collection to read from. */
export function bringsItsDocuments(pipeline: readonly Doc[]): boolean {
  const [first] = pipeline[0]?.keys() ?? [];
  return first !== undefined && sources.has(first);
}

/**
 * Runs a pipeline over `source`. The whole of it is compiled before the first document is read:
 * throws 40324 for an unknown stage, 238 with its name for one that this server does not have, and
 * MongoDB's errors for what is malformed.
 */
export function runPipeline(
  pipeline: readonly Doc[],
  source: Iterable<Doc> | AsyncIterable<Doc>,
  context: PipelineContext,
): DocStream {
  return compilePipeline(pipeline, context)(toStream(source));
}

export const compilePipeline: CompilePipeline = (pipeline, context) => {
  if (pipeline.length > maxStages)
    throw mongoError(7749501, `Pipeline length must be no longer than ${maxStages} stages`);
  const compiled = pipeline.map((stage, index) => compileStage(stage, index, pipeline, context));
  return (input) => compiled.reduce((stream, stage) => stage(stream), input);
};

function compileStage(
  stage: Doc,
  index: number,
  pipeline: readonly Doc[],
  context: PipelineContext,
): Stage {
  const [name, ...others] = stage.keys();
  if (name === undefined || others.length > 0)
    throw mongoError(
      40323,
      "A pipeline stage specification object must contain exactly one field.",
    );
  const operand = stage.get(name) ?? null;
  if ((name === "$out" || name === "$merge") && index < pipeline.length - 1)
    throw mongoError(40601, `${name} can only be the final stage in the pipeline`);
  if (sources.has(name) && index > 0)
    throw mongoError(40602, `${name} is only valid as the first stage in a pipeline.`);
  if (name === "$sort") {
    const limit = limitOf(pipeline[index + 1]);
    return sortStage(operand, limit, context.memoryLimit);
  }
  const compile = stages.get(name);
  if (compile !== undefined) return compile(operand, context, compilePipeline);
  if (refused.has(name)) throw mongoError(238, `${name} is not supported by this server`);
  throw mongoError(40324, `Unrecognized pipeline stage name: '${name}'`);
}

function compileDocuments(operand: Value, context: PipelineContext): Stage {
  const { scope, frame, now } = context.variables;
  const value = compileExpression(operand, scope)({ root: new Map(), frame, now });
  if (!Array.isArray(value)) throw mongoError(5858203, "an array is expected for $documents");
  const docs = value.map((item) => {
    if (!(item instanceof Map)) throw mongoError(5858203, "$documents must be an array of objects");
    return item;
  });
  return () => toStream(docs);
}

function compileListSessions(_operand: Value, context: PipelineContext): Stage {
  const list = context.localSessions;
  if (list === undefined) throw mongoError(238, "$listLocalSessions is not supported here");
  return () => toStream(list());
}
