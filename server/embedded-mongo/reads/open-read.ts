import { serializeDoc } from "../bson/serialize-bson.js";
import { docOf } from "../bson/from-js.js";
import { int } from "../bson/plain-number.js";
import { Arguments } from "../commands/arguments.js";
import type { DocumentSource } from "../cursors/cursor-registry.js";
import { listSource } from "../cursors/list-source.js";
import { QuerySource } from "../planner/query.js";
import type { Turn } from "../planner/turn.js";
import { CountSource } from "./count-source.js";
import { DistinctSource } from "./distinct-source.js";
import { onCollection, parseQuery } from "./parse-query.js";
import { openExplain } from "./open-explain.js";
import { openPipeline } from "./open-pipeline.js";
import { openOnView } from "./open-view.js";
import { quickPlan } from "./quick-plan.js";
import type { ReadContext, ReadRequest } from "./read-request.js";
import { findView } from "./views.js";

/**
 * Opens a read. A turn with a budget marks the thread that serves everybody: there, a read that is slow by
 * its plan throws TooSlow at once, and one that turns out to be slow does so when its budget is spent.
 */
export function openRead(context: ReadContext, request: ReadRequest, turn: Turn): DocumentSource {
  const args = new Arguments(request.kind, request.body);
  if (request.kind === "explain") return openExplain(context, request, args, turn);
  const collection = context.find(request.namespace);
  if (request.kind !== "aggregate" && collection === undefined)
    if (findView(context, request.namespace) !== undefined)
      return openOnView(context, request, args, turn);
  switch (request.kind) {
    case "find": {
      const query = onCollection(parseQuery(args, "filter"), collection);
      if (query === undefined) return listSource([]);
      return new QuerySource(context.space, query, turn, quickPlan(context, query, turn));
    }
    case "count": {
      const query = onCollection(parseQuery(args, "query"), collection);
      if (query === undefined) return listSource([serializeDoc(docOf({ n: int(0) }))]);
      return new CountSource(
        context,
        query,
        turn,
        quickPlan(context, { ...query, sort: new Map() }, turn, true),
      );
    }
    case "distinct": {
      const path = args.requiredText("key");
      const query = onCollection(parseQuery(args, "query"), collection);
      if (query === undefined) return listSource([serializeDoc(docOf({ values: [] }))]);
      return new DistinctSource(
        context.space,
        query,
        path,
        turn,
        quickPlan(context, query, turn, true),
      );
    }
    default:
      return openPipeline(context, request, args, turn);
  }
}
