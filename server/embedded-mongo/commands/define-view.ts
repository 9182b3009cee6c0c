import { commandVariables } from "../aggregate/compile-expression.js";
import { runPipeline } from "../aggregate/run-pipeline.js";
import { boundExpressions } from "../aggregate/time-bound.js";
import { parseDoc } from "../bson/parse-bson.js";
import { serializeDoc } from "../bson/serialize-bson.js";
import { isDoc, type Doc, type Value } from "../bson/value.js";
import { mongoError } from "../mongo-error.js";
import { findView, maxViewDepth, viewsCollection, viewsIn, viewTooDeep } from "../reads/views.js";
import type { View } from "../reads/views.js";
import { idKeyOf } from "../storage/documents.js";
import { tableKey } from "../storage/table-keys.js";
import type { Arguments } from "./arguments.js";
import type { ServerContext } from "./command.js";
import { checkNewName } from "./namespaces.js";

/** Reads `viewOn` and `pipeline` of `create` or `collMod`; the pipeline is compiled once to find its mistakes. */
export function parseView(args: Arguments, database: string, name: string): View {
  const viewOn = args.requiredText("viewOn");
  if (viewOn === "") throw mongoError(2, "'viewOn' cannot be empty");
  checkNewName(database, viewOn);
  const pipeline = args.docs("pipeline") ?? [];
  refuseOutput(pipeline);
  boundExpressions(() =>
    runPipeline(pipeline, [], {
      database,
      variables: commandVariables(),
      readCollection: () => [],
    }),
  );
  return { database, name, viewOn, pipeline };
}

function refuseOutput(pipeline: readonly Doc[]): void {
  for (const stage of pipeline)
    for (const name of stage.keys())
      if (name === "$out" || name === "$merge")
        throw mongoError(167, `The aggregation stage ${name} may not be used in a view definition`);
}

/** Stores a view, new or changed. Throws 5 for a cycle, 165 for too many on one another. Only inside a write unit. */
export function saveView(context: ServerContext, view: View): void {
  const { catalog, documents, space } = context.store;
  checkGraph(context, view);
  const doc = viewDocument(view);
  const views =
    catalog.find(`${view.database}.${viewsCollection}`) ??
    catalog.create(view.database, viewsCollection, new Map());
  const idKey = idKeyOf(namespaceOfView(view));
  const before = space.get(tableKey(views.table, idKey));
  if (before === undefined) documents.insert(views, doc, serializeDoc(doc));
  else documents.update(views, idKey, parseDoc(before), before.length, doc);
}

/** Takes a view away; what stands on it then reads an empty collection. Only inside a write unit. */
export function removeView(context: ServerContext, view: View): void {
  const { catalog, documents } = context.store;
  const views = catalog.find(`${view.database}.${viewsCollection}`);
  if (views === undefined) return;
  const doc = viewDocument(view);
  documents.remove(views, idKeyOf(namespaceOfView(view)), doc, serializeDoc(doc).length);
}

function viewDocument(view: View): Doc {
  return new Map<string, Value>([
    ["_id", namespaceOfView(view)],
    ["viewOn", view.viewOn],
    ["pipeline", [...view.pipeline]],
  ]);
}

function namespaceOfView({ database, name }: View): string {
  return `${database}.${name}`;
}

function checkGraph(context: ServerContext, fresh: View): void {
  const { catalog, space } = context.store;
  const reads = { space, find: (namespace: string) => catalog.find(namespace) };
  const own = namespaceOfView(fresh);
  const find = (namespace: string) => (namespace === own ? fresh : findView(reads, namespace));
  const below = levels(own, (namespace) => readsOf(find(namespace)));
  const readers = new Map<string, string[]>();
  const databases = new Set([...catalog.all()].map(({ database }) => database));
  for (const database of databases)
    for (const view of viewsIn(reads, database))
      for (const target of readsOf(find(namespaceOfView(view))))
        readers.set(target, [...(readers.get(target) ?? []), namespaceOfView(view)]);
  const above = levels(own, (namespace) => readers.get(namespace) ?? []);
  // `below` counts the collection at the bottom, `above` this view once more
  if (below - 1 + above - 1 > maxViewDepth) throw viewTooDeep();
}

/**
 * How many namespaces the longest way from one has, itself included. Throws where it comes back to
 * where it began: what is there already was checked, so that a cycle can only go through the new view.
 */
function levels(start: string, next: (namespace: string) => readonly string[]): number {
  const known = new Map<string, number>();
  const visit = (namespace: string, path: readonly string[]): number => {
    const before = known.get(namespace);
    if (before !== undefined) return before;
    if (path.length > maxViewDepth + 1) throw viewTooDeep();
    let most = 0;
    for (const other of next(namespace)) {
      if (other === start)
        throw mongoError(5, `View cycle detected: ${[...path, namespace, other].join(" => ")}`);
      most = Math.max(most, visit(other, [...path, namespace]));
    }
    known.set(namespace, most + 1);
    return most + 1;
  };
  return visit(start, []);
}

/** The namespaces that a view reads: what it stands on, and what its stages join. */
function readsOf(view: View | undefined): string[] {
  if (view === undefined) return [];
  const { database, viewOn, pipeline } = view;
  return [...new Set([`${database}.${viewOn}`, ...joinedIn(pipeline, database)])];
}

function* joinedIn(stages: readonly Value[], database: string): Generator<string> {
  for (const stage of stages) {
    if (!isDoc(stage)) continue;
    for (const [name, operand] of stage) {
      if (name === "$facet" && isDoc(operand))
        for (const inner of operand.values())
          if (Array.isArray(inner)) yield* joinedIn(inner, database);
      if (name !== "$lookup" && name !== "$graphLookup" && name !== "$unionWith") continue;
      const target = isDoc(operand) ? (operand.get("from") ?? operand.get("coll")) : operand;
      if (typeof target === "string") yield `${database}.${target}`;
      else if (isDoc(target))
        yield `${text(target.get("db"), database)}.${text(target.get("coll"))}`;
      const inner = isDoc(operand) ? operand.get("pipeline") : undefined;
      if (Array.isArray(inner)) yield* joinedIn(inner, database);
    }
  }
}

function text(value: Value | undefined, otherwise = ""): string {
  return typeof value === "string" ? value : otherwise;
}
