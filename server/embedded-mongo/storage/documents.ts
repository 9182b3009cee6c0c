import type { Doc, Value } from "../bson/value.js";
import { serializeDoc } from "../bson/serialize-bson.js";
import { encodeKey } from "../index-keys/encode-key.js";
import { indexKeys } from "../index-keys/index-keys.js";
import { mongoError } from "../mongo-error.js";
import type { Catalog } from "./catalog.js";
import { namespaceOf, type Collection, type Index } from "./collection.js";
import { duplicateKeyError } from "./duplicate-key.js";
import type { KeySpace } from "./key-space.js";
import { entryIdKey, indexEntry, tableKey } from "./table-keys.js";

/** The largest document, as MongoDB has it. */
export const maxDocumentBytes = 16 * 1024 * 1024;

/** The key of a document within its collection. */
export function idKeyOf(id: Value): Buffer {
  return encodeKey([id], [1]).bytes;
}

interface IndexChange {
  readonly index: Index;
  readonly added: readonly Buffer[];
  readonly removed: readonly Buffer[];
  readonly multikey: boolean;
  readonly truncated: boolean;
}

/**
 * Documents with their index entries. Every method that writes runs inside a write unit; where one throws
 * a MongoError (size, unique indexes, parallel arrays) it has left nothing behind.
 */
export class DocumentStore {
  writes = 0;
  readonly #watches = new Map<number, Set<Buffer[]>>();

  constructor(
    private readonly space: KeySpace,
    private readonly catalog: Catalog,
  ) {}

  /**
   * From now until `end`, gathers in `keys` the `_id` keys of what is inserted or updated, so that a search
   * that found nothing can look at what it may have missed. What is undone later is among them.
   */
  watch(collection: Collection): { keys: Buffer[]; end: () => void } {
    const keys: Buffer[] = [];
    const watches = this.#watches.get(collection.table) ?? new Set();
    this.#watches.set(collection.table, watches.add(keys));
    const end = (): void => {
      watches.delete(keys);
      if (watches.size === 0) this.#watches.delete(collection.table);
    };
    return { keys, end };
  }

  #changed(collection: Collection, idKey: Buffer): void {
    if (this.#watches.size === 0) return;
    for (const keys of this.#watches.get(collection.table) ?? []) keys.push(idKey);
  }

  /** Stores a new document with the bytes given. Throws 11000 when `_id` or a unique key is taken. */
  insert(collection: Collection, doc: Doc, bytes: Uint8Array): void {
    checkSize(bytes);
    const { bytes: idKey, truncated } = encodeKey([doc.get("_id") ?? null], [1]);
    const changes = this.#changes(collection, undefined, doc);
    const key = tableKey(collection.table, idKey);
    if (!this.#putNew(key, bytes))
      throw duplicateKeyError(namespaceOf(collection), "_id_", [["_id", 1]], doc);
    this.#addNew(collection, idKey, changes, doc, key);
    if (truncated && !collection.cutIds)
      this.catalog.save({
        ...(this.catalog.find(namespaceOf(collection)) ?? collection),
        cutIds: true,
      });
    this.#changed(collection, idKey);
    this.catalog.grow(collection, 1, bytes.length);
  }

  /** Replaces a document that is there. `_id` must be the same. */
  update(
    collection: Collection,
    idKey: Buffer,
    before: Doc,
    beforeBytes: number,
    after: Doc,
  ): Buffer {
    const bytes = serializeDoc(after);
    checkSize(bytes);
    const changes = this.#changes(collection, before, after);
    this.#refuseTaken(collection, idKey, changes, after);
    this.#put(tableKey(collection.table, idKey), bytes);
    this.#apply(collection, idKey, changes);
    this.#changed(collection, idKey);
    this.catalog.grow(collection, 0, bytes.length - beforeBytes);
    return bytes;
  }

  remove(collection: Collection, idKey: Buffer, doc: Doc, bytes: number): void {
    const changes = this.#changes(collection, doc, undefined);
    this.#remove(tableKey(collection.table, idKey));
    this.#apply(collection, idKey, changes);
    this.catalog.grow(collection, -1, -bytes);
  }

  /** Adds one document's entries to one index, as its build does; entries that are there stay. */
  addToIndex(collection: Collection, index: Index, idKey: Buffer, doc: Doc): void {
    const change = this.#change(index, undefined, doc);
    if (change === undefined) return;
    this.#refuseTaken(collection, idKey, [change], doc);
    this.#apply(collection, idKey, [change]);
  }

  #changes(collection: Collection, before: Doc | undefined, after: Doc | undefined): IndexChange[] {
    const changes: IndexChange[] = [];
    for (const index of collection.indexes) {
      const change = this.#change(index, before, after);
      if (change !== undefined) changes.push(change);
    }
    return changes;
  }

  #change(index: Index, before: Doc | undefined, after: Doc | undefined): IndexChange | undefined {
    if (before !== undefined && after !== undefined && untouched(index, before, after))
      return undefined;
    const old = before === undefined ? [] : indexKeys(index.spec, before).keys;
    const fresh = after === undefined ? undefined : indexKeys(index.spec, after);
    const keys = fresh?.keys ?? [];
    const added = keys.filter((key) => !old.some((other) => other.equals(key)));
    const removed = old.filter((key) => !keys.some((other) => other.equals(key)));
    if (added.length === 0 && removed.length === 0) return undefined;
    return {
      index,
      added,
      removed,
      multikey: fresh?.multikey ?? false,
      truncated: fresh?.truncated ?? false,
    };
  }

  #refuseTaken(
    collection: Collection,
    idKey: Buffer,
    changes: readonly IndexChange[],
    after: Doc,
  ): void {
    for (const { index, added } of changes)
      if (index.spec.unique)
        for (const key of added)
          if (this.#taken(index, key, idKey)) throw takenError(collection, index, after, key);
  }

  /**
   * Adds the entries of a new document that stands under `key`: one way down the tree tells whether a
   * unique key is taken and puts it. Where it is, all that was put is taken out again.
   */
  #addNew(
    collection: Collection,
    idKey: Buffer,
    changes: readonly IndexChange[],
    doc: Doc,
    key: Buffer,
  ): void {
    const put = [key];
    for (const { index, added } of changes)
      for (const indexKey of added) {
        const entry = indexEntry(index, indexKey, idKey);
        if (this.#putNew(entry.key, entry.value)) put.push(entry.key);
        else if (index.spec.unique && this.#taken(index, indexKey, idKey)) {
          for (const one of put) this.space.remove(one);
          this.writes -= put.length;
          throw takenError(collection, index, doc, indexKey);
        }
      }
    this.#widen(collection, changes);
  }

  #taken(index: Index, key: Buffer, idKey: Buffer): boolean {
    const entryKey = tableKey(index.table, key);
    const value = this.space.get(entryKey);
    return value !== undefined && !entryIdKey(entryKey, value).equals(idKey);
  }

  #apply(collection: Collection, idKey: Buffer, changes: readonly IndexChange[]): void {
    for (const { index, added, removed } of changes) {
      for (const key of removed) {
        // while a unique index is built, another document may stand under the key
        if (index.building && index.spec.unique && this.#taken(index, key, idKey)) continue;
        this.#remove(indexEntry(index, key, idKey).key);
      }
      for (const indexKey of added) {
        const { key, value } = indexEntry(index, indexKey, idKey);
        this.#put(key, value);
      }
    }
    this.#widen(collection, changes);
  }

  /** Remembers for good where an index has become multikey, or holds cut keys. */
  #widen(collection: Collection, changes: readonly IndexChange[]): void {
    if (!changes.some(widens)) return;
    const current = this.catalog.find(namespaceOf(collection)) ?? collection;
    this.writes += 1;
    this.catalog.replaceIndexes(
      current,
      current.indexes.map((index) => {
        const change = changes.find((other) => other.index.table === index.table);
        return change === undefined
          ? index
          : {
              ...index,
              multikey: index.multikey || change.multikey,
              truncated: index.truncated || change.truncated,
            };
      }),
    );
  }

  #put(key: Buffer, value: Uint8Array): void {
    this.writes += 1;
    this.space.put(key, value);
  }

  #putNew(key: Buffer, value: Uint8Array): boolean {
    if (!this.space.putNew(key, value)) return false;
    this.writes += 1;
    return true;
  }

  #remove(key: Buffer): void {
    this.writes += 1;
    this.space.remove(key);
  }
}

/** An update leaves what it does not change as the same value: such an index need not be looked at. */
function untouched({ spec }: Index, before: Doc, after: Doc): boolean {
  if (spec.partial !== undefined) return false;
  return spec.key.every(([path]) => {
    const dot = path.indexOf(".");
    const name = dot < 0 ? path : path.slice(0, dot);
    return before.get(name) === after.get(name);
  });
}

function takenError(collection: Collection, { spec }: Index, doc: Doc, key: Buffer) {
  return duplicateKeyError(namespaceOf(collection), spec.name, spec.key, doc, key);
}

function widens({ index, multikey, truncated }: IndexChange): boolean {
  return (multikey && !index.multikey) || (truncated && !index.truncated);
}

function checkSize(bytes: Uint8Array): void {
  if (bytes.length > maxDocumentBytes)
    throw mongoError(
      10334,
      `BSONObj size: ${bytes.length} is invalid. Size must be between 0 and ${maxDocumentBytes}(16MB)`,
    );
}
