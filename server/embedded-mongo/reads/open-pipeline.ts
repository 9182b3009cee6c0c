import { commandVariables, type CommandVariables } from "../aggregate/compile-expression.js";
import {
  bringsItsDocuments,
  runPipeline,
  type PipelineContext,
} from "../aggregate/run-pipeline.js";
import { docOf } from "../bson/from-js.js";
import { int } from "../bson/plain-number.js";
import { parseDoc } from "../bson/parse-bson.js";
import { isDoc, type Doc, type Value } from "../bson/value.js";
import { Arguments, noFields } from "../commands/arguments.js";
import type { DocumentSource } from "../cursors/cursor-registry.js";
import { listSource } from "../cursors/list-source.js";
import { mongoError } from "../mongo-error.js";
import {
  countStage,
  splitPipeline,
  type CountStage,
  type PipelinePrefix,
} from "../planner/pipeline-prefix.js";
import { QuerySource, type Query } from "../planner/query.js";
import { TooSlow, Turn } from "../planner/turn.js";
import { collStatsInput } from "./coll-stats.js";
import { CountSource } from "./count-source.js";
import { parseQuery, refuseCollation } from "./parse-query.js";
import { PipelineSource } from "./pipeline-source.js";
import { quickPlan } from "./quick-plan.js";
import type { ReadContext, ReadRequest } from "./read-request.js";
import { resolveView } from "./views.js";

/** How many documents a pipeline takes from the store at a time, and how many bytes. */
const inputDocuments = 256;
const inputBytes = 4 * 1024 * 1024;

/** The stages of an aggregate command. */
export function stagesOf(args: Arguments): Doc[] {
  return (args.list("pipeline") ?? []).map((stage) => {
    if (isDoc(stage)) return stage;
    throw mongoError(14, "Each element of the 'pipeline' array must be an object");
  });
}

/**
 * Opens a pipeline without its `$out` or `$merge`. What is a plain query in front runs as one; a pipeline
 * that is nothing else, or only counts, runs wherever a find may; everything else in the slow reader.
 */
export function openPipeline(
  context: ReadContext,
  request: ReadRequest,
  args: Arguments,
  turn: Turn,
): DocumentSource {
  refuseCollation(args);
  const view = resolveView(context, request.namespace);
  const stages = [...(view?.pipeline ?? []), ...stagesOf(args)];
  if (view !== undefined) refuseStatsOfView(request.namespace, stagesOf(args));
  const namespace = view?.namespace ?? request.namespace;
  const prefix = splitPipeline(stages);
  const parsed = prefixQuery(prefix, args);
  const collection = context.find(namespace);
  const query = collection && { ...parsed, collection };
  const counted = countStage(prefix.rest);
  if (prefix.rest.length === 0)
    return query === undefined
      ? listSource([])
      : new QuerySource(context.space, query, turn, quickPlan(context, query, turn));
  if (counted !== undefined)
    return query === undefined
      ? listSource([])
      : new CountSource(
          context,
          query,
          turn,
          quickPlan(context, { ...query, sort: noFields }, turn, true),
          (count) => countShape(counted, count),
        );
  if (turn.limited) throw new TooSlow();
  const stats = collStatsInput(context, namespace, stages[0]);
  const own = bringsItsDocuments(stages);
  let input: Iterable<Doc> | AsyncIterable<Doc> = [];
  if (stats !== undefined) input = stats;
  else if (query !== undefined && !own) input = documentsOf(context, query, turn);
  const remaining = stats !== undefined ? stages.slice(1) : own ? stages : prefix.rest;
  const results = runPipeline(remaining, input, {
    ...pipelineContext(context, request.database, commandVariables(args.doc("let"))),
    localSessions: () => [docOf({ _id: args.raw("lsid") ?? noFields, lastUse: new Date() })],
  });
  return new PipelineSource(results, turn);
}

/** The query in front of a pipeline, with what the command says of variables and indexes. */
function prefixQuery(prefix: PipelinePrefix, args?: Arguments): Omit<Query, "collection"> {
  const plain: Doc = new Map<string, Value>([
    ["filter", prefix.filter],
    ["sort", prefix.sort],
    ["skip", int(prefix.skip)],
    ["limit", int(prefix.limit)],
  ]);
  for (const field of ["let", "hint"]) {
    const value = args?.raw(field);
    if (value !== undefined) plain.set(field, value);
  }
  return parseQuery(new Arguments("aggregate", plain), "filter");
}

function refuseStatsOfView(namespace: string, stages: readonly Doc[]): void {
  if (stages[0]?.has("$collStats") === true)
    throw mongoError(166, `Namespace ${namespace} is a view, not a collection`);
}

/** What stages that read other collections, or views, get. */
function pipelineContext(
  context: ReadContext,
  database: string,
  variables: CommandVariables,
): PipelineContext {
  return {
    database,
    variables,
    readCollection: ({ database: other, collection }, filter) =>
      readNamespace(context, `${other}.${collection}`, filter, variables.now),
  };
}

function countShape({ field, id }: CountStage, count: number): Doc | undefined {
  if (count === 0) return undefined;
  const doc: Doc = new Map();
  if (id !== undefined) doc.set("_id", id);
  return doc.set(field, int(count));
}

/** The documents of a query, one by one, with pauses for others between batches. */
async function* documentsOf(context: ReadContext, query: Query, turn: Turn): AsyncGenerator<Doc> {
  const source = new QuerySource(context.space, query, turn);
  for (;;) {
    const batch = await source.next(inputDocuments, inputBytes, turn.deadline);
    for (const bytes of batch.documents)
      yield parseDoc(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
    if (batch.done) return;
    await new Promise(setImmediate);
  }
}

function readNamespace(
  context: ReadContext,
  namespace: string,
  filter: Doc | undefined,
  now: Date,
): AsyncIterable<Doc> | Iterable<Doc> {
  const view = resolveView(context, namespace);
  const match: Doc[] = filter === undefined ? [] : [new Map([["$match", filter]])];
  const prefix = splitPipeline([...(view?.pipeline ?? []), ...match]);
  const base = view?.namespace ?? namespace;
  const collection = context.find(base);
  const input =
    collection === undefined
      ? []
      : documentsOf(context, { ...prefixQuery(prefix), collection }, new Turn());
  if (prefix.rest.length === 0) return input;
  const database = base.slice(0, base.indexOf("."));
  // A view knows nothing of the variables of whoever reads it.
  return runPipeline(
    prefix.rest,
    input,
    pipelineContext(context, database, commandVariables(undefined, now)),
  );
}
