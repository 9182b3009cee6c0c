import { commandVariables } from "../aggregate/compile-expression.js";
import { compilePipeline } from "../aggregate/run-pipeline.js";
import { int } from "../bson/plain-number.js";
import type { Doc, Value } from "../bson/value.js";
import { Arguments, noFields } from "../commands/arguments.js";
import type { DocumentSource } from "../cursors/cursor-registry.js";
import { mongoError } from "../mongo-error.js";
import { splitPipeline } from "../planner/pipeline-prefix.js";
import { TooSlow, type Turn } from "../planner/turn.js";
import { ExplainSource } from "./explain-source.js";
import { stagesOf } from "./open-pipeline.js";
import { stagesOnView } from "./open-view.js";
import { onCollection, parseQuery, refuseUnsupported, unsupportedInFind } from "./parse-query.js";
import type { ReadContext, ReadRequest } from "./read-request.js";
import { resolveView } from "./views.js";

/** Under which field each command that can be explained has its filter. */
const filterFields: Readonly<Record<string, string>> = {
  find: "filter",
  count: "query",
  distinct: "query",
  findAndModify: "query",
  findandmodify: "query",
};

/** Those of them that only read, and can be asked of a view. */
const readKinds = ["find", "count", "distinct", "aggregate"] as const;
const verbosities = ["queryPlanner", "executionStats", "allPlansExecution"];

/** Opens an `explain`; `request.namespace` is that of the command inside. Nothing is written. */
export function openExplain(
  context: ReadContext,
  request: ReadRequest,
  args: Arguments,
  turn: Turn,
): DocumentSource {
  const verbosity = args.text("verbosity") ?? "allPlansExecution";
  if (!verbosities.includes(verbosity))
    throw mongoError(
      2,
      `Enumeration value '${verbosity}' for field 'explain.verbosity' is not a valid value.`,
    );
  const inner = args.requiredDoc("explain");
  const [name = ""] = inner.keys();
  const asked = onBase(context, request.namespace, new Arguments(name, inner));
  const { body, rest } = queryOf(asked.args);
  const query = onCollection(parseQuery(body, "filter"), context.find(asked.namespace));
  if (turn.limited && rest.length > 0) throw new TooSlow();
  checkStages(request.database, asked.args, rest);
  const executes = verbosity !== "queryPlanner";
  const explained = { namespace: asked.namespace, query, rest, executes };
  return new ExplainSource(context, explained, turn);
}

/** What is explained: of a command on a view, the pipeline on the collection under it. */
function onBase(
  context: ReadContext,
  namespace: string,
  args: Arguments,
): { namespace: string; args: Arguments } {
  const view = resolveView(context, namespace);
  if (view === undefined) return { namespace, args };
  const kind = readKinds.find((one) => one === args.name);
  if (kind === undefined)
    throw mongoError(166, `Namespace ${namespace} is a view, not a collection`);
  const pipeline = [...view.pipeline, ...stagesOnView(kind, args)];
  const body: Doc = new Map<string, Value>([
    ["aggregate", namespace],
    ["pipeline", pipeline],
  ]);
  for (const field of ["hint", "let", "collation"]) {
    const value = args.raw(field);
    if (value !== undefined) body.set(field, value);
  }
  return { namespace: view.namespace, args: new Arguments("aggregate", body) };
}

/** The query that a command would run, under the names a find has, and the stages behind it. */
function queryOf(args: Arguments): { body: Arguments; rest: readonly Doc[] } {
  const body: Doc = new Map();
  let rest: readonly Doc[] = [];
  const copy = (from: Doc, field: string, as = field): void => {
    const value = from.get(field);
    if (value !== undefined && value !== null) body.set(as, value);
  };
  copy(args.body, "let");
  const filterField = filterFields[args.name];
  if (filterField !== undefined) {
    if (args.name === "find") refuseUnsupported(args, unsupportedInFind);
    copy(args.body, filterField, "filter");
    for (const field of ["sort", "hint", "skip", "limit", "projection", "collation"])
      copy(args.body, field);
  } else if (args.name === "update" || args.name === "delete") {
    const [statement, ...others] = args.docs(`${args.name}s`) ?? [];
    if (others.length > 0)
      throw mongoError(72, "Explained write commands must include exactly one statement");
    copy(statement ?? noFields, "q", "filter");
    for (const field of ["hint", "collation"]) copy(statement ?? noFields, field);
  } else if (args.name === "aggregate") {
    const prefix = splitPipeline(stagesOf(args));
    rest = prefix.rest;
    body
      .set("filter", prefix.filter)
      .set("sort", prefix.sort)
      .set("skip", int(prefix.skip))
      .set("limit", int(prefix.limit));
    for (const field of ["hint", "collation"]) copy(args.body, field);
  } else throw mongoError(59, `Explain failed due to unknown command: ${args.name}`);
  return { body: new Arguments(args.name, body), rest };
}

/** Stages that could not be run are refused here, too. */
function checkStages(database: string, args: Arguments, rest: readonly Doc[]): void {
  const [first] = rest;
  const runnable = first?.has("$collStats") === true ? rest.slice(1) : rest;
  compilePipeline(runnable, {
    database,
    variables: commandVariables(args.doc("let")),
    readCollection: () => [],
    localSessions: () => [],
    output: {
      replaceCollection: () => Promise.resolve(),
      checkUnique: () => undefined,
      merge: () => Promise.resolve(),
    },
  });
}
