import { docOf } from "../bson/from-js.js";
import { int } from "../bson/plain-number.js";
import { isDoc, type Doc, type Value } from "../bson/value.js";
import { mongoError } from "../mongo-error.js";
import { indexName, type IndexPlan, type Plan } from "../planner/plan.js";
import { splitPipeline } from "../planner/pipeline-prefix.js";
import { planQuery, QuerySource, type Query } from "../planner/query.js";
import type { ScanCounts } from "../planner/scan.js";
import { Turn } from "../planner/turn.js";
import { Arguments, noFields } from "./arguments.js";
import { okReply, type Command, type CommandHandler, type ServerContext } from "./command.js";
import { stagesOnView } from "../reads/open-view.js";
import { onCollection, parseQuery } from "../reads/parse-query.js";
import type { ReadKind } from "../reads/read-request.js";
import { resolveView } from "../reads/views.js";
import { serverVersion } from "./handshake.js";
import { namespaceFor } from "./namespaces.js";

/** Under which field each command that can be explained has its filter. */
const filterFields: Readonly<Record<string, string>> = {
  find: "filter",
  count: "query",
  distinct: "query",
  findAndModify: "query",
  findandmodify: "query",
};

const readKinds: readonly ReadKind[] = ["find", "count", "distinct", "aggregate"];

const explain: CommandHandler = {
  fields: ["explain", "verbosity"],
  run: async (context, command) => {
    const verbosity = command.args.text("verbosity") ?? "allPlansExecution";
    const inner = command.args.requiredDoc("explain");
    const [name] = inner.keys();
    const given = new Arguments(name ?? "", inner);
    const { namespace, args } = explained(context, command, given);
    const query = onCollection(
      parseQuery(queryArguments(args), "filter"),
      context.store.catalog.find(namespace),
    );
    return okReply(await explanation(context, command, namespace, query, verbosity));
  },
};

/** What is explained: of a command on a view, the pipeline on the collection under it. */
function explained(
  context: ServerContext,
  command: Command,
  args: Arguments,
): { namespace: string; args: Arguments } {
  const namespace = namespaceFor({ ...command, args });
  const { store } = context;
  const reads = { space: store.space, find: (name: string) => store.catalog.find(name) };
  const view = resolveView(reads, namespace);
  if (view === undefined) return { namespace, args };
  const kind = readKinds.find((one) => one === args.name);
  if (kind === undefined)
    throw mongoError(166, `Namespace ${namespace} is a view, not a collection`);
  const pipeline = [...view.pipeline, ...stagesOnView(kind, args)];
  const body: Doc = new Map<string, Value>([
    ["aggregate", namespace],
    ["pipeline", pipeline],
  ]);
  for (const field of ["hint", "let"]) {
    const value = args.raw(field);
    if (value !== undefined) body.set(field, value);
  }
  return { namespace: view.namespace, args: new Arguments("aggregate", body) };
}

/** The query that a command would run, under the names a find has. */
function queryArguments(args: Arguments): Arguments {
  const body: Doc = new Map();
  const copy = (from: Doc, field: string, as = field): void => {
    const value = from.get(field);
    if (value !== undefined && value !== null) body.set(as, value);
  };
  const filterField = filterFields[args.name];
  if (filterField !== undefined) {
    copy(args.body, filterField, "filter");
    for (const field of ["sort", "hint", "skip", "limit", "projection", "collation"])
      copy(args.body, field);
  } else if (args.name === "update" || args.name === "delete") {
    const [statement] = args.docs(`${args.name}s`) ?? [];
    copy(statement ?? noFields, "q", "filter");
    copy(statement ?? noFields, "hint");
  } else if (args.name === "aggregate") {
    const prefix = splitPipeline((args.list("pipeline") ?? []).filter(isDoc));
    body
      .set("filter", prefix.filter)
      .set("sort", prefix.sort)
      .set("skip", int(prefix.skip))
      .set("limit", int(prefix.limit));
    copy(args.body, "hint");
  } else throw mongoError(59, `Explain failed due to unknown command: ${args.name}`);
  return new Arguments(args.name, body);
}

async function explanation(
  context: ServerContext,
  command: Command,
  namespace: string,
  query: Query | undefined,
  verbosity: string,
): Promise<Record<string, unknown>> {
  const plan = query && planQuery(context.store.space, query);
  const planner = {
    namespace,
    indexFilterSet: false,
    parsedQuery: noFields,
    maxIndexedOrSolutionsReached: false,
    winningPlan: query === undefined || plan === undefined ? { stage: "EOF" } : stages(query, plan),
    rejectedPlans: [],
  };
  const server = {
    host: "embedded-mongo",
    port: int(0),
    version: serverVersion,
    gitVersion: "embedded-mongo",
  };
  if (verbosity === "queryPlanner")
    return { explainVersion: "1", queryPlanner: planner, serverInfo: server };
  return {
    explainVersion: "1",
    queryPlanner: planner,
    executionStats:
      query === undefined
        ? execution({ keys: 0, documents: 0 }, 0, 0)
        : await execute(context, command, query),
    serverInfo: server,
  };
}

/** The plan in mongod's words, outermost stage first. */
function stages(query: Query, plan: Plan): Doc {
  let stage: Doc =
    plan.kind === "union"
      ? docOf({ stage: "OR", inputStages: plan.branches.map((branch) => access(branch)) })
      : access(plan);
  if (plan.kind === "union" || plan.index !== undefined || plan.bounded)
    stage = docOf({
      stage: "FETCH",
      ...(plan.exact ? {} : { filter: "matched again" }),
      inputStage: stage,
    });
  if (!plan.sorted)
    stage = docOf({
      stage: "SORT",
      sortPattern: query.sort,
      memLimit: int(104_857_600),
      inputStage: stage,
    });
  if (query.skip > 0)
    stage = docOf({ stage: "SKIP", skipAmount: int(query.skip), inputStage: stage });
  if (query.limit > 0)
    stage = docOf({ stage: "LIMIT", limitAmount: int(query.limit), inputStage: stage });
  if (query.projection !== undefined && query.projection.size > 0)
    stage = docOf({
      stage: "PROJECTION_DEFAULT",
      transformBy: query.projection,
      inputStage: stage,
    });
  return stage;
}

function access(plan: IndexPlan): Doc {
  const direction = plan.reverse ? "backward" : "forward";
  if (plan.index === undefined && !plan.bounded) return docOf({ stage: "COLLSCAN", direction });
  const key: Value = plan.index?.definition.get("key") ?? docOf({ _id: 1 });
  return docOf({
    stage: "IXSCAN",
    keyPattern: key,
    indexName: indexName(plan),
    isMultiKey: plan.index?.multikey ?? false,
    isUnique: plan.index?.spec.unique ?? true,
    isSparse: plan.index?.spec.sparse ?? false,
    isPartial: plan.index?.spec.partial !== undefined,
    direction,
    ranges: int(plan.ranges.length),
  });
}

async function execute(context: ServerContext, command: Command, query: Query): Promise<Doc> {
  const started = performance.now();
  const source = new QuerySource(context.store.space, query, new Turn());
  let returned = 0;
  for (;;) {
    const batch = await source.next(1_000, 16 * 1024 * 1024, command.deadline);
    returned += batch.documents.length;
    if (batch.done) break;
    await new Promise(setImmediate);
  }
  return execution(source.scan.counts, returned, performance.now() - started);
}

function execution(counts: ScanCounts, returned: number, milliseconds: number): Doc {
  return docOf({
    executionSuccess: true,
    nReturned: int(returned),
    executionTimeMillis: int(Math.round(milliseconds)),
    totalKeysExamined: int(counts.keys),
    totalDocsExamined: int(counts.documents),
  });
}

export const explainCommands: Readonly<Record<string, CommandHandler>> = { explain };
