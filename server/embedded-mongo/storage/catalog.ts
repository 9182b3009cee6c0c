import { Binary } from "bson";
import { randomUUID } from "node:crypto";
import { parseDoc } from "../bson/parse-bson.js";
import { serializeDoc } from "../bson/serialize-bson.js";
import type { Collection, Index, Size } from "./collection.js";
import { decodeCollection, encodeCollection } from "./catalog-record.js";
import type { KeySpace } from "./key-space.js";
import { afterPrefix, systemTable, tableKey } from "./table-keys.js";

const collectionPrefix = Buffer.from("c");
const sizePrefix = Buffer.from("s");
const droppedPrefix = Buffer.from("d");
const nextTableKey = tableKey(systemTable, Buffer.from("next"));
const firstTable = 16;

/**
 * Which collections and indexes there are, kept in memory and written through. Changes are made inside
 * write units only; `remember` and `restore` bring memory back when a transaction is undone.
 */
export class Catalog {
  /** Replaced as a whole on every change, so that remembering it costs nothing. */
  #collections: ReadonlyMap<string, Collection> = new Map();
  #nextTable = firstTable;
  readonly #sizes = new Map<number, Size>();
  readonly #changedSizes = new Map<number, Size>();
  #remembered: { collections: ReadonlyMap<string, Collection>; nextTable: number } | undefined;

  constructor(private readonly space: KeySpace) {}

  /** Reads everything from disk, as at start or when another thread changed it. */
  load(): void {
    const collections = new Map<string, Collection>();
    for (const { value } of this.#system(collectionPrefix)) {
      const collection = decodeCollection(parseDoc(value));
      collections.set(`${collection.database}.${collection.name}`, collection);
    }
    this.#sizes.clear();
    for (const { key, value } of this.#system(sizePrefix))
      this.#sizes.set(key.readUInt32BE(5), {
        count: value.readDoubleBE(0),
        bytes: value.readDoubleBE(8),
      });
    this.#nextTable = this.space.get(nextTableKey)?.readUInt32BE(0) ?? firstTable;
    this.#collections = collections;
  }

  *#system(prefix: Buffer) {
    const from = tableKey(systemTable, prefix);
    yield* this.space.walk({ from, to: afterPrefix(from) });
  }

  find(namespace: string): Collection | undefined {
    return this.#collections.get(namespace);
  }

  all(): Iterable<Collection> {
    return this.#collections.values();
  }

  size(collection: Collection): Readonly<Size> {
    return this.#sizes.get(collection.table) ?? { count: 0, bytes: 0 };
  }

  /** Adds to a collection's count and size; written with the transaction's other changes. */
  grow(collection: Collection, count: number, bytes: number): void {
    const { table } = collection;
    const size = this.#sizes.get(table) ?? { count: 0, bytes: 0 };
    if (!this.#changedSizes.has(table)) this.#changedSizes.set(table, { ...size });
    size.count += count;
    size.bytes += bytes;
    this.#sizes.set(table, size);
  }

  /** Puts right a count that a check found wrong. */
  setSize(collection: Collection, size: Size): void {
    const now = this.size(collection);
    this.grow(collection, size.count - now.count, size.bytes - now.bytes);
  }

  newTable(): number {
    const table = this.#nextTable;
    this.#nextTable += 1;
    const bytes = Buffer.allocUnsafe(4);
    bytes.writeUInt32BE(this.#nextTable, 0);
    this.space.put(nextTableKey, bytes);
    return table;
  }

  create(database: string, name: string, options: Collection["options"]): Collection {
    const uuid = new Binary(
      Buffer.from(randomUUID().replaceAll("-", ""), "hex"),
      Binary.SUBTYPE_UUID,
    );
    const collection = {
      database,
      name,
      table: this.newTable(),
      uuid,
      options,
      cutIds: false,
      indexes: [],
    };
    this.save(collection);
    return collection;
  }

  /** Stores a new or changed collection. */
  save(collection: Collection): void {
    const namespace = `${collection.database}.${collection.name}`;
    this.space.put(
      tableKey(systemTable, collectionPrefix, Buffer.from(namespace)),
      serializeDoc(encodeCollection(collection)),
    );
    this.#collections = new Map(this.#collections).set(namespace, collection);
  }

  /** Takes the collection out of the catalog; its tables are swept later. */
  drop(collection: Collection): void {
    this.forget(collection);
    this.dropTable(collection.table);
    for (const index of collection.indexes) this.dropTable(index.table);
  }

  /** Takes only the name away; the tables stay, as for a rename. */
  forget(collection: Collection): void {
    const namespace = `${collection.database}.${collection.name}`;
    this.space.remove(tableKey(systemTable, collectionPrefix, Buffer.from(namespace)));
    const rest = new Map(this.#collections);
    rest.delete(namespace);
    this.#collections = rest;
  }

  replaceIndexes(collection: Collection, indexes: readonly Index[]): Collection {
    const changed = { ...collection, indexes };
    this.save(changed);
    return changed;
  }

  /** Notes a table whose entries nobody needs any more. */
  dropTable(table: number): void {
    this.space.put(tableKey(systemTable, droppedPrefix, tableNumber(table)), Buffer.from([1]));
  }

  droppedTables(): number[] {
    return [...this.#system(droppedPrefix)].map(({ key }) => key.readUInt32BE(5));
  }

  /** Called when a dropped table's last entry is gone. */
  forgetTable(table: number): void {
    this.space.remove(tableKey(systemTable, droppedPrefix, tableNumber(table)));
    this.space.remove(tableKey(systemTable, sizePrefix, tableNumber(table)));
    this.#sizes.delete(table);
    this.#changedSizes.delete(table);
  }

  /** Writes the sizes that changed; the last thing in every transaction. */
  writeSizes(): void {
    for (const table of this.#changedSizes.keys()) {
      const size = this.#sizes.get(table) ?? { count: 0, bytes: 0 };
      const value = Buffer.allocUnsafe(16);
      value.writeDoubleBE(size.count, 0);
      value.writeDoubleBE(size.bytes, 8);
      this.space.put(tableKey(systemTable, sizePrefix, tableNumber(table)), value);
    }
  }

  remember(): void {
    this.#remembered = { collections: this.#collections, nextTable: this.#nextTable };
    this.#changedSizes.clear();
  }

  restore(): void {
    if (this.#remembered === undefined) return;
    this.#collections = this.#remembered.collections;
    this.#nextTable = this.#remembered.nextTable;
    for (const [table, size] of this.#changedSizes) this.#sizes.set(table, size);
    this.#changedSizes.clear();
  }
}

function tableNumber(table: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(table, 0);
  return bytes;
}
