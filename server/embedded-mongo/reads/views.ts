import { parseDoc } from "../bson/parse-bson.js";
import { isDoc, type Doc } from "../bson/value.js";
import { mongoError } from "../mongo-error.js";
import { idKeyOf } from "../storage/documents.js";
import { tableKey, tableRange } from "../storage/table-keys.js";
import type { ReadContext } from "./read-request.js";

/** The collection that holds the views of its database, one document each, as in MongoDB. */
export const viewsCollection = "system.views";
/** How many views may stand on one another. */
export const maxViewDepth = 20;

/** A view as it is stored: `_id` is its namespace. */
export interface View {
  readonly database: string;
  readonly name: string;
  readonly viewOn: string;
  readonly pipeline: readonly Doc[];
}

type Lookup = Pick<ReadContext, "space" | "find">;

/** The view of that namespace; a collection of the same name cannot be. */
export function findView(context: Lookup, namespace: string): View | undefined {
  const database = namespace.slice(0, namespace.indexOf("."));
  const views = context.find(`${database}.${viewsCollection}`);
  if (views === undefined) return undefined;
  const bytes = context.space.get(tableKey(views.table, idKeyOf(namespace)));
  return bytes && viewOf(parseDoc(bytes));
}

/** The views of a database, by name. */
export function* viewsIn(context: Lookup, database: string): Generator<View> {
  const views = context.find(`${database}.${viewsCollection}`);
  if (views === undefined) return;
  for (const { value } of context.space.walk(tableRange(views.table)))
    yield viewOf(parseDoc(value));
}

function viewOf(doc: Doc): View {
  const id = doc.get("_id");
  const viewOn = doc.get("viewOn");
  const pipeline = doc.get("pipeline");
  if (typeof id !== "string" || typeof viewOn !== "string" || !Array.isArray(pipeline))
    throw mongoError(182, "invalid view definition in system.views");
  const dot = id.indexOf(".");
  return {
    database: id.slice(0, dot),
    name: id.slice(dot + 1),
    viewOn,
    pipeline: pipeline.filter(isDoc),
  };
}

/** What a read of a view comes to: a pipeline on what is at the bottom of it. */
export interface ResolvedView {
  readonly namespace: string;
  readonly pipeline: readonly Doc[];
}

/** Follows a view, and the views it stands on; undefined where the namespace is no view. */
export function resolveView(context: Lookup, namespace: string): ResolvedView | undefined {
  let resolved: ResolvedView | undefined;
  let at = namespace;
  for (let depth = 0; context.find(at) === undefined; depth++) {
    const view = findView(context, at);
    if (view === undefined) break;
    if (depth >= maxViewDepth) throw viewTooDeep();
    at = `${view.database}.${view.viewOn}`;
    resolved = { namespace: at, pipeline: [...view.pipeline, ...(resolved?.pipeline ?? [])] };
  }
  return resolved;
}

export function viewTooDeep(): Error {
  return mongoError(165, `View depth limit exceeded; maximum depth is ${maxViewDepth}`);
}
