import { MongoClient, type Db } from "mongodb";
import {
  startEmbeddedMongo,
  type EmbeddedMongo,
} from "../../../server/embedded-mongo/start-embedded-mongo.js";
import { temporaryFolder } from "./database-process.js";

export interface TestDatabase {
  readonly folder: string;
  readonly url: string;
  readonly client: MongoClient;
  readonly db: Db;
  close(): Promise<void>;
}

/** The server in a worker thread on a fresh folder, and a client of the official driver. */
export async function openDatabase(): Promise<TestDatabase> {
  const folder = temporaryFolder();
  const server: EmbeddedMongo = await startEmbeddedMongo({ dataDir: folder.path });
  const client = new MongoClient(server.url);
  return {
    folder: folder.path,
    url: server.url,
    client,
    db: client.db("test"),
    close: async () => {
      await client.close();
      await server.close();
      folder.remove();
    },
  };
}
