import { serializeDoc } from "../bson/serialize-bson.js";
import { isDoc, type Doc, type Value } from "../bson/value.js";
import { mongoError } from "../mongo-error.js";
import { countMatches } from "../planner/count-matches.js";
import { countStage, splitPipeline, type CountStage } from "../planner/pipeline-prefix.js";
import { QuerySource } from "../planner/query.js";
import { Turn } from "../planner/turn.js";
import { compileFilter } from "../query/compile-filter.js";
import type { CommandHandler } from "./command.js";
import { batchSizeIn } from "./catalog-commands.js";
import { firstBatchReply, listSource } from "./cursor-reply.js";
import { hintOf, refuseUnsupported } from "./find.js";
import { int } from "../bson/plain-number.js";
import { namespaceFor, refuseCollation } from "./namespaces.js";

const aggregate: CommandHandler = {
  fields: [
    "aggregate",
    "pipeline",
    "cursor",
    "explain",
    "allowDiskUse",
    "bypassDocumentValidation",
    "collation",
    "hint",
    "let",
  ],
  run: (context, command) => {
    const { args } = command;
    const namespace = namespaceFor(command);
    refuseCollation(args);
    refuseUnsupported(args, ["let", "explain"]);
    const stages = pipelineOf(command.args.list("pipeline"));
    if (!isDoc(args.raw("cursor")))
      throw mongoError(
        9,
        "The 'cursor' option is required, except for aggregate with the explain argument",
      );
    const prefix = splitPipeline(stages);
    const collection = context.store.catalog.find(namespace);
    const filter = compileFilter(prefix.filter);
    const query = collection && {
      collection,
      filter,
      sort: prefix.sort,
      skip: prefix.skip,
      limit: prefix.limit,
      projection: undefined,
      hint: hintOf(args),
    };
    const counted = countStage(prefix.rest);
    const [next] = prefix.rest;
    if (next !== undefined && counted === undefined)
      throw mongoError(238, `The stage ${[...next.keys()].join()} is not supported by this server`);
    const source =
      query === undefined
        ? listSource([])
        : counted === undefined
          ? new QuerySource(context.store.space, query, new Turn())
          : listSource(countResult(counted, countMatches(context.store, query, command.deadline)));
    return firstBatchReply(context, command, namespace, source, {
      batchSize: batchSizeIn(args.doc("cursor")),
    });
  },
};

function countResult({ field, id }: CountStage, count: number): Buffer[] {
  if (count === 0) return [];
  const doc: Doc = new Map();
  if (id !== undefined) doc.set("_id", id);
  return [serializeDoc(doc.set(field, int(count)))];
}

function pipelineOf(stages: readonly Value[] | undefined): Doc[] {
  return (stages ?? []).map((stage) => {
    if (isDoc(stage)) return stage;
    throw mongoError(14, "Each element of the 'pipeline' array must be an object");
  });
}

export const aggregateCommands: Readonly<Record<string, CommandHandler>> = { aggregate };
