import type { Namespace, PipelineOutput } from "../aggregate/run-pipeline.js";
import { serializeDoc } from "../bson/serialize-bson.js";
import type { Doc, Value } from "../bson/value.js";
import { parseDoc } from "../bson/parse-bson.js";
import { firstMatch } from "../planner/write-targets.js";
import { idKeyOf } from "../storage/documents.js";
import { temporaryPrefix } from "../storage/temporary-collection.js";
import { tableKey } from "../storage/table-keys.js";
import { Arguments } from "./arguments.js";
import type { ServerContext } from "./command.js";
import { writeQuery } from "./write-query.js";
import { prepareDocument } from "./insert.js";
import { checkNewName, collectionForWrite } from "./namespaces.js";
import { inSlices } from "./slices.js";

/** How many documents `$out` collects for one transaction. */
const batchDocuments = 500;

function nameOf({ database, collection }: Namespace): string {
  return `${database}.${collection}`;
}

/** Where `$out` and `$merge` write. */
export function pipelineOutput(context: ServerContext): PipelineOutput {
  const { store } = context;
  return {
    replaceCollection: (namespace, docs) => replaceCollection(context, namespace, docs),
    findOne: (namespace, filter) => {
      const body: Doc = new Map<string, Value>([["q", filter]]);
      const query = writeQuery(context, nameOf(namespace), new Arguments("aggregate", body));
      return Promise.resolve(query && firstMatch(store, query)?.doc());
    },
    insert: (namespace, doc) =>
      store.write(() => {
        const prepared = prepareDocument(serializeDoc(doc));
        const collection = collectionForWrite(context, nameOf(namespace));
        store.documents.insert(collection, prepared.doc, prepared.bytes);
      }),
    replace: (namespace, doc) =>
      store.write(() => {
        const collection = collectionForWrite(context, nameOf(namespace));
        const idKey = idKeyOf(doc.get("_id") ?? null);
        const bytes = store.space.get(tableKey(collection.table, idKey));
        if (bytes === undefined) return;
        store.documents.update(collection, idKey, parseDoc(bytes), bytes.length, doc);
      }),
  };
}

/** Writes into a collection of its own and puts it in place at the end, so that a failure changes nothing. */
async function replaceCollection(
  context: ServerContext,
  target: Namespace,
  docs: AsyncIterable<Doc>,
): Promise<void> {
  const { store } = context;
  const { catalog } = store;
  checkNewName(target.database, target.collection);
  const temporary = `${temporaryPrefix}${process.hrtime.bigint().toString(36)}`;
  const temporaryName = `${target.database}.${temporary}`;
  await store.write(() => {
    const made = catalog.create(target.database, temporary, new Map());
    const indexes = catalog.find(nameOf(target))?.indexes ?? [];
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
        store.documents.insert(
          collectionForWrite(context, temporaryName),
          prepared.doc,
          prepared.bytes,
        );
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
    await store.write(() => {
      const made = catalog.find(temporaryName);
      if (made !== undefined) catalog.drop(made);
    });
    throw error;
  } finally {
    context.sweepTables();
  }
}
