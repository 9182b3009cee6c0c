import { MongoClient, type Db, type Document } from "mongodb";

/** The test's own look into the store, over its own connection. For assertions, never for set-up. */
export interface StoreReader {
  find(collection: string, filter?: Document): Promise<Document[]>;
  count(collection: string, filter?: Document): Promise<number>;
  /** Every document of every collection. */
  dump(): Promise<Record<string, Document[]>>;
  close(): Promise<void>;
}

/** What `url` names; without a database name there, "porchlight". */
export async function openDatabase(url: string): Promise<{ client: MongoClient; db: Db }> {
  const client = await MongoClient.connect(url);
  const named = /^mongodb:\/\/[^/]*\/[^?]/.test(url);
  return { client, db: named ? client.db() : client.db("porchlight") };
}

export async function readStore(url: string): Promise<StoreReader> {
  const { client, db } = await openDatabase(url);
  return {
    find: (collection, filter = {}) => db.collection(collection).find(filter).toArray(),
    count: (collection, filter = {}) => db.collection(collection).countDocuments(filter),
    async dump() {
      const all: Record<string, Document[]> = {};
      for (const { name } of await db.listCollections({}, { nameOnly: true }).toArray())
        all[name] = await db.collection(name).find().toArray();
      return all;
    },
    close: () => client.close(),
  };
}
