import { commandVariables } from "../aggregate/compile-expression.js";
import { bringsItsDocuments, runPipeline, stageNames } from "../aggregate/run-pipeline.js";
import { boundExpressions } from "../aggregate/time-bound.js";
import { parseDoc } from "../bson/parse-bson.js";
import type { Doc } from "../bson/value.js";
import { listSource } from "../cursors/list-source.js";
import type { DocumentSource } from "../cursors/cursor-registry.js";
import { mongoError } from "../mongo-error.js";
import { stagesOf } from "../reads/open-pipeline.js";
import { refuseUnsupported } from "../reads/parse-query.js";
import { batchSizeIn } from "./catalog-commands.js";
import type { Command, CommandHandler, Reply, ServerContext } from "./command.js";
import { batchBytes, firstBatchReply } from "./cursor-reply.js";
import { namespaceFor } from "./namespaces.js";
import { pipelineOutput } from "./pipeline-output.js";
import { largeStatementBytes, type ReadRequest } from "../reads/read-request.js";

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
  run: (context, command) => runAggregate(context, command),
};

/** The namespace of the command; `aggregate: 1` is for pipelines that read no collection. */
function aggregateNamespace(command: Command): string {
  return typeof command.args.raw("aggregate") === "string"
    ? namespaceFor(command)
    : `${command.database}.$cmd.aggregate`;
}

/** What stands first must read the collection if there is one, and be able to do without if not (code 73). */
function checkSource({ args }: Command, stages: readonly Doc[]): void {
  const [first] = stages[0]?.keys() ?? [];
  const own = bringsItsDocuments(stages);
  if (typeof args.raw("aggregate") === "string") {
    if (own) throw mongoError(73, `'${first}' can only be run with {aggregate: 1}`);
    return;
  }
  if (args.integer("aggregate") !== 1)
    throw mongoError(
      9,
      "Invalid command format: the 'aggregate' field must specify a collection name or 1",
    );
  if (first === undefined)
    throw mongoError(73, "{aggregate: 1} is not valid for an empty pipeline.");
  if (!own && (stageNames.includes(first) || first === "$collStats"))
    throw mongoError(73, `{aggregate: 1} is not valid for '${first}'; a collection is required.`);
}

async function runAggregate(context: ServerContext, command: Command): Promise<Reply> {
  const { args, database } = command;
  refuseUnsupported(args, ["explain"]);
  const stages = stagesOf(args);
  if (args.doc("cursor") === undefined)
    throw mongoError(
      9,
      "The 'cursor' option is required, except for aggregate with the explain argument",
    );
  const namespace = aggregateNamespace(command);
  checkSource(command, stages);
  const last = stages.at(-1);
  const writes = last !== undefined && (last.has("$out") || last.has("$merge"));
  const body: Doc = writes ? new Map(args.body).set("pipeline", stages.slice(0, -1)) : args.body;
  const large = command.bytes > largeStatementBytes;
  const request: ReadRequest = { kind: "aggregate", database, namespace, body, large };
  const batchSize = batchSizeIn(args.doc("cursor"));
  const source = context.read(request);
  if (!writes) return firstBatchReply(context, command, namespace, source, { batchSize });
  try {
    await writeResults(context, command, last, source);
  } finally {
    source.close();
  }
  return firstBatchReply(context, command, namespace, listSource([]), { batchSize });
}

/** Runs `$out` or `$merge` here, where writes are, over what the rest of the pipeline gives. */
async function writeResults(
  context: ServerContext,
  command: Command,
  stage: Doc,
  source: DocumentSource,
): Promise<void> {
  const variables = boundExpressions(() => commandVariables(command.args.doc("let")));
  const results = runPipeline([stage], documentsOf(source, command.deadline), {
    database: command.database,
    variables,
    readCollection: () => [],
    output: pipelineOutput(context, command.args.flag("bypassDocumentValidation")),
  });
  const iterator = results[Symbol.asyncIterator]();
  while ((await iterator.next()).done !== true);
}

async function* documentsOf(
  source: DocumentSource,
  deadline: number | undefined,
): AsyncGenerator<Doc> {
  for (;;) {
    const batch = await source.next(500, batchBytes, deadline);
    for (const bytes of batch.documents) yield parseDoc(bytes);
    if (batch.done) return;
  }
}

export const aggregateCommands: Readonly<Record<string, CommandHandler>> = { aggregate };
