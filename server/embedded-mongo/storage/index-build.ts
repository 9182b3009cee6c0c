import { parseDoc } from "../bson/parse-bson.js";
import type { Doc } from "../bson/value.js";
import { mongoError } from "../mongo-error.js";
import { newIndex } from "./catalog-record.js";
import type { Index } from "./collection.js";
import type { Store } from "./store.js";
import { tableRange, withoutTable } from "./table-keys.js";

/** How long one transaction works at a build before others get their turn. */
const sliceMs = 5;

/**
 * Builds indexes over the documents that are there, in slices between other work. Writers keep the new
 * indexes from the first moment on; plans use them from the last. A build that fails leaves nothing.
 */
export async function buildIndexes(
  store: Store,
  namespace: string,
  definitions: readonly Doc[],
): Promise<void> {
  const tables = await store.write(() => {
    const collection = store.catalog.find(namespace);
    if (collection === undefined) throw mongoError(26, `ns does not exist: ${namespace}`);
    const empty = store.catalog.size(collection).count === 0;
    const added = definitions.map((definition) =>
      newIndex(store.catalog.newTable(), definition, !empty),
    );
    store.catalog.replaceIndexes(collection, [...collection.indexes, ...added]);
    return added.filter((index) => index.building).map((index) => index.table);
  });
  if (tables.length === 0) return;
  try {
    await fill(store, namespace, tables);
    await store.write(() => {
      finish(store, namespace, tables);
    });
  } catch (error) {
    await store.free(() => {
      removeIndexes(store, namespace, (index) => tables.includes(index.table));
    });
    throw error;
  }
}

async function fill(store: Store, namespace: string, tables: readonly number[]): Promise<void> {
  let after: Buffer | undefined;
  for (;;) {
    const from = after;
    const slice = await store.write(() => fillSlice(store, namespace, tables, from));
    if (slice.done) return;
    after = slice.after;
  }
}

function fillSlice(
  store: Store,
  namespace: string,
  tables: readonly number[],
  start: Buffer | undefined,
): { done: boolean; after: Buffer | undefined } {
  const until = performance.now() + sliceMs;
  const collection = store.catalog.find(namespace);
  const indexes = collection?.indexes.filter((index) => tables.includes(index.table)) ?? [];
  if (collection === undefined || indexes.length !== tables.length)
    throw mongoError(361, "Index build failed: the collection or the index was dropped");
  // the documents first: what is put while walking would disturb the walk
  const documents: { key: Buffer; value: Buffer }[] = [];
  let bytes = 0;
  for (const entry of store.space.walk({ ...tableRange(collection.table), after: start })) {
    documents.push(entry);
    bytes += entry.value.length;
    if (documents.length >= 200 || bytes > 4 * 1024 * 1024) break;
  }
  let after = start;
  for (const { key, value } of documents) {
    const doc = parseDoc(value);
    const idKey = withoutTable(key);
    for (const index of indexes) store.documents.addToIndex(collection, index, idKey, doc);
    after = key;
    if (performance.now() > until) return { done: false, after };
  }
  return { done: documents.length === 0, after };
}

function finish(store: Store, namespace: string, tables: readonly number[]): void {
  const collection = store.catalog.find(namespace);
  if (collection === undefined)
    throw mongoError(361, "Index build failed: the collection was dropped");
  store.catalog.replaceIndexes(
    collection,
    collection.indexes.map((index) =>
      tables.includes(index.table) ? { ...index, building: false } : index,
    ),
  );
}

/** Takes indexes out of the catalog and leaves their entries to be swept. Only inside a write unit. */
export function removeIndexes(
  store: Store,
  namespace: string,
  chosen: (index: Index) => boolean,
): void {
  const collection = store.catalog.find(namespace);
  if (collection === undefined) return;
  for (const index of collection.indexes) if (chosen(index)) store.catalog.dropTable(index.table);
  store.catalog.replaceIndexes(
    collection,
    collection.indexes.filter((index) => !chosen(index)),
  );
}
