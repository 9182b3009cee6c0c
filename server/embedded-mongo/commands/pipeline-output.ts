import { boundExpressions } from "../aggregate/time-bound.js";
import type { MergeEntry, Namespace, PipelineOutput } from "../aggregate/run-pipeline.js";
import { serializeDoc } from "../bson/serialize-bson.js";
import type { Doc, Value } from "../bson/value.js";
import { mongoError } from "../mongo-error.js";
import { firstMatch } from "../planner/write-targets.js";
import { temporaryPrefix } from "../storage/temporary-collection.js";
import { Arguments, noFields } from "./arguments.js";
import type { ServerContext } from "./command.js";
import { writeQuery } from "./write-query.js";
import { checkDepth } from "./document-rules.js";
import { prepareDocument, storeNew } from "./insert.js";
import { checkNewName, collectionForWrite, refuseView } from "./namespaces.js";
import { inSlices } from "./slices.js";
import { checkValidator } from "./validator.js";

/** How many documents `$out` collects for one transaction. */
const batchDocuments = 500;

function nameOf({ database, collection }: Namespace): string {
  return `${database}.${collection}`;
}

/** Where `$out` and `$merge` write; `bypass`: whatever the target's validator says. */
export function pipelineOutput(context: ServerContext, bypass: boolean): PipelineOutput {
  return {
    replaceCollection: (namespace, docs) => replaceCollection(context, namespace, docs, bypass),
    checkUnique: (namespace, fields) => checkUnique(context, nameOf(namespace), fields),
    merge: (namespace, entries) => mergeAll(context, nameOf(namespace), entries, bypass),
  };
}

/** As MongoDB: a unique index, not partial, on these fields in any order. `_id` always has one. */
function checkUnique(context: ServerContext, namespace: string, fields: readonly string[]): void {
  if (fields.length === 1 && fields[0] === "_id") return;
  refuseView(context, namespace);
  const wanted = new Set(fields);
  const unique = context.store.catalog
    .find(namespace)
    ?.indexes.some(
      ({ spec, building }) =>
        spec.unique &&
        !building &&
        spec.partial === undefined &&
        spec.key.length === wanted.size &&
        spec.key.every(([path]) => wanted.has(path)),
    );
  if (unique !== true)
    throw mongoError(51183, "Cannot find index to verify that join fields will be unique");
}

/** Finds and writes for each entry in one transaction, many to a transaction. */
async function mergeAll(
  context: ServerContext,
  namespace: string,
  entries: AsyncIterable<MergeEntry>,
  bypass: boolean,
): Promise<void> {
  const flush = (batch: readonly MergeEntry[]): Promise<void> =>
    inSlices(
      context.store,
      batch,
      (entry) => mergeOne(context, namespace, entry, bypass),
      () => undefined,
    );
  let batch: MergeEntry[] = [];
  for await (const entry of entries) {
    batch.push(entry);
    if (batch.length < batchDocuments) continue;
    await flush(batch);
    batch = [];
  }
  await flush(batch);
}

function mergeOne(
  context: ServerContext,
  namespace: string,
  { filter, decide }: MergeEntry,
  bypass: boolean,
): number {
  const { store } = context;
  const body: Doc = new Map<string, Value>([["q", filter]]);
  const query = writeQuery(context, namespace, new Arguments("aggregate", body));
  const match = query && firstMatch(store, query);
  const action = boundExpressions(() => decide(match?.doc()));
  if (action.kind === "keep") return 0;
  if (action.kind === "insert") {
    const prepared = prepareDocument(serializeDoc(action.doc));
    storeNew(context, collectionForWrite(context, namespace), prepared, bypass);
  } else if (query !== undefined && match !== undefined) {
    const before = match.doc();
    checkDepth(action.doc);
    if (!bypass) checkValidator(context, query.collection, before, action.doc);
    store.documents.update(query.collection, match.idKey, before, match.bytes.length, action.doc);
  }
  return 1;
}

/** Writes into a collection of its own and puts it in place at the end, so that a failure changes nothing. */
async function replaceCollection(
  context: ServerContext,
  target: Namespace,
  docs: AsyncIterable<Doc>,
  bypass: boolean,
): Promise<void> {
  const { store } = context;
  const { catalog } = store;
  checkNewName(target.database, target.collection);
  refuseView(context, nameOf(target));
  const temporary = `${temporaryPrefix}${process.hrtime.bigint().toString(36)}`;
  const temporaryName = `${target.database}.${temporary}`;
  await store.write(() => {
    const old = catalog.find(nameOf(target));
    const made = catalog.create(target.database, temporary, old?.options ?? noFields);
    const indexes = old?.indexes ?? [];
    catalog.replaceIndexes(
      made,
      indexes.map((index) => ({
        ...index,
        table: catalog.newTable(),
        multikey: false,
        truncated: false,
      })),
    );
  });
  const flush = (batch: readonly Doc[]): Promise<void> =>
    inSlices(
      store,
      batch,
      (doc) => {
        const prepared = prepareDocument(serializeDoc(doc));
        storeNew(context, collectionForWrite(context, temporaryName), prepared, bypass);
        return 1;
      },
      () => undefined,
    );
  try {
    let batch: Doc[] = [];
    for await (const doc of docs) {
      batch.push(doc);
      if (batch.length < batchDocuments) continue;
      await flush(batch);
      batch = [];
    }
    await flush(batch);
    await store.write(() => {
      const made = catalog.find(temporaryName);
      const old = catalog.find(nameOf(target));
      if (made === undefined) return;
      if (old !== undefined) catalog.drop(old);
      catalog.forget(made);
      catalog.save({ ...made, database: target.database, name: target.collection });
    });
  } catch (error) {
    await store.free(() => {
      const made = catalog.find(temporaryName);
      if (made !== undefined) catalog.drop(made);
    });
    throw error;
  } finally {
    context.sweepTables();
  }
}
