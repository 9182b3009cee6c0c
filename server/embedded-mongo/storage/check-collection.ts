import { errorText } from "../error-text.js";
import { parseDoc } from "../bson/parse-bson.js";
import { indexKeys } from "../index-keys/index-keys.js";
import { namespaceOf, type Collection, type Index } from "./collection.js";
import { idKeyOf } from "./documents.js";
import type { Store } from "./store.js";
import {
  entryIdKey,
  entryIndexKey,
  indexEntry,
  tableKey,
  tableRange,
  withoutTable,
} from "./table-keys.js";

const sliceMs = 8;
const maxErrors = 100;

/** What a full look at a collection found. */
export interface CollectionCheck {
  readonly documents: number;
  readonly invalidDocuments: number;
  readonly entries: ReadonlyMap<string, number>;
  readonly errors: readonly string[];
}

/**
 * Reads every document and every index entry and looks whether each has its counterpart. Other work goes
 * on between slices; document and entries are compared within one, so writes do not disturb it.
 */
export async function checkCollection(
  store: Store,
  collection: Collection,
): Promise<CollectionCheck> {
  const errors: string[] = [];
  const note = (text: string): void => {
    if (errors.length < maxErrors) errors.push(text);
  };
  const current = (): Collection | undefined => {
    const found = store.catalog.find(namespaceOf(collection));
    return found?.table === collection.table ? found : undefined;
  };
  let documents = 0;
  let invalidDocuments = 0;
  await eachEntry(store, collection.table, (key, value) => {
    documents += 1;
    const problem = checkDocument(store, current(), key, value);
    if (problem === undefined) return;
    invalidDocuments += 1;
    note(problem);
  });
  const entries = new Map([["_id_", documents]]);
  for (const { table, spec } of collection.indexes) {
    let count = 0;
    await eachEntry(store, table, (key, value) => {
      count += 1;
      const now = current();
      const index = now?.indexes.find((other) => other.table === table);
      const problem = now && index && checkEntry(store, now, index, key, value);
      if (problem !== undefined) note(problem);
    });
    entries.set(spec.name, count);
  }
  return { documents, invalidDocuments, entries, errors };
}

async function eachEntry(
  store: Store,
  table: number,
  look: (key: Buffer, value: Buffer) => void,
): Promise<void> {
  let after: Buffer | undefined;
  for (;;) {
    const until = performance.now() + sliceMs;
    let more = false;
    for (const { key, value } of store.space.walk({ ...tableRange(table), after })) {
      look(key, value);
      after = key;
      more = performance.now() > until;
      if (more) break;
    }
    if (!more) return;
    await new Promise(setImmediate);
  }
}

function checkDocument(
  store: Store,
  collection: Collection | undefined,
  key: Buffer,
  value: Buffer,
): string | undefined {
  const idKey = withoutTable(key);
  try {
    const doc = parseDoc(value);
    if (!idKeyOf(doc.get("_id") ?? null).equals(idKey))
      return "a document stands under another _id";
    for (const index of collection?.indexes ?? []) {
      if (index.building) continue;
      for (const indexKey of indexKeys(index.spec, doc).keys)
        if (!holds(store, index, indexKey, idKey))
          return `index ${index.spec.name} lacks an entry for _id key ${idKey.toString("hex")}`;
    }
    return undefined;
  } catch (error) {
    return `a document cannot be read: ${errorText(error)}`;
  }
}

function holds({ space }: Store, index: Index, indexKey: Buffer, idKey: Buffer): boolean {
  const entry = indexEntry(index, indexKey, idKey);
  return space.get(entry.key)?.equals(entry.value) === true;
}

function checkEntry(
  store: Store,
  collection: Collection,
  index: Index,
  key: Buffer,
  value: Buffer,
): string | undefined {
  const idKey = entryIdKey(key, value);
  const bytes = store.space.get(tableKey(collection.table, idKey));
  if (bytes === undefined) return `index ${index.spec.name} points to a document that is not there`;
  const indexKey = entryIndexKey(key, value);
  const { keys } = indexKeys(index.spec, parseDoc(bytes));
  return keys.some((other) => other.equals(indexKey))
    ? undefined
    : `index ${index.spec.name} has an entry that its document does not give`;
}
