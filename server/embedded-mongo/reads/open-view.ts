import { docOf } from "../bson/from-js.js";
import { int } from "../bson/plain-number.js";
import { parseDoc } from "../bson/parse-bson.js";
import { serializeDoc } from "../bson/serialize-bson.js";
import type { Doc, Value } from "../bson/value.js";
import { Arguments } from "../commands/arguments.js";
import type { Batch, DocumentSource } from "../cursors/cursor-registry.js";
import { mongoError } from "../mongo-error.js";
import type { Turn } from "../planner/turn.js";
import { DistinctValues } from "./distinct-source.js";
import { openPipeline, stagesOf } from "./open-pipeline.js";
import { refuseCollation } from "./parse-query.js";
import type { ReadContext, ReadKind, ReadRequest } from "./read-request.js";

/** How much of a view a distinct looks at in one go. */
const gatheredDocuments = 500;
const gatheredBytes = 4 * 1024 * 1024;

/** Opens a find, count or distinct on a view: as in MongoDB, a pipeline behind that of the view. */
export function openOnView(
  context: ReadContext,
  request: ReadRequest,
  args: Arguments,
  turn: Turn,
): DocumentSource {
  refuseCollation(args);
  const open = (stages: readonly Doc[]): DocumentSource => {
    const body: Doc = new Map<string, Value>([["pipeline", [...stages]]]);
    for (const field of ["let", "hint"]) {
      const value = args.raw(field);
      if (value !== undefined) body.set(field, value);
    }
    const inner = { ...request, kind: "aggregate" as const, body };
    return openPipeline(context, inner, new Arguments("aggregate", body), turn);
  };
  const source = open(stagesOnView(request.kind, args));
  if (request.kind === "count") return orElse(source, docOf({ n: int(0) }));
  return request.kind === "distinct"
    ? new DistinctOfView(source, args.requiredText("key"))
    : source;
}

/** The stages that a command on a view comes to, behind those of the view. */
export function stagesOnView(kind: ReadKind, args: Arguments): Doc[] {
  switch (kind) {
    case "find":
      return findStages(args);
    case "count":
      return countStages(args);
    case "distinct":
      return matchStage(args, "query");
    default:
      return stagesOf(args);
  }
}

/** What only a collection can do is refused, as in MongoDB. */
function findStages(args: Arguments): Doc[] {
  const sort = args.doc("sort");
  if (sort?.has("$natural") === true)
    throw mongoError(168, "Sort option $natural not supported in aggregation.");
  const limit = Math.abs(args.integer("limit") ?? 0);
  const projection = args.doc("projection");
  return [
    ...matchStage(args, "filter"),
    ...(sort === undefined || sort.size === 0 ? [] : [stage("$sort", sort)]),
    ...pageStages(args.count("skip") ?? 0, limit),
    ...(projection === undefined || projection.size === 0 ? [] : [stage("$project", projection)]),
  ];
}

function countStages(args: Arguments): Doc[] {
  const limit = Math.abs(args.integer("limit") ?? 0);
  return [
    ...matchStage(args, "query"),
    ...pageStages(args.count("skip") ?? 0, limit),
    stage("$count", "n"),
  ];
}

function matchStage(args: Arguments, field: string): Doc[] {
  const filter = args.doc(field);
  return filter === undefined || filter.size === 0 ? [] : [stage("$match", filter)];
}

function pageStages(skip: number, limit: number): Doc[] {
  return [
    ...(skip > 0 ? [stage("$skip", int(skip))] : []),
    ...(limit > 0 ? [stage("$limit", int(limit))] : []),
  ];
}

function stage(name: string, operand: Value): Doc {
  return new Map([[name, operand]]);
}

/** A source of one document that gives another where it has none. */
function orElse(source: DocumentSource, other: Doc): DocumentSource {
  return {
    next: async (limit, bytes, deadline) => {
      const batch = await source.next(limit, bytes, deadline);
      return batch.documents.length > 0 ? batch : { documents: [serializeDoc(other)], done: true };
    },
    close: () => source.close(),
  };
}

class DistinctOfView implements DocumentSource {
  constructor(
    private readonly source: DocumentSource,
    private readonly path: string,
  ) {}

  async next(_limit: number, _bytes: number, deadline: number | undefined): Promise<Batch> {
    const values = new DistinctValues(this.path);
    for (;;) {
      const batch = await this.source.next(gatheredDocuments, gatheredBytes, deadline);
      for (const document of batch.documents) values.add(parseDoc(document));
      if (batch.done) return { documents: [serializeDoc(values.document())], done: true };
    }
  }

  close(): void {
    this.source.close();
  }
}
