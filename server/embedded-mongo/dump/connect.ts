import { existsSync } from "node:fs";
import { connect } from "node:net";
import { join, resolve } from "node:path";
import { MongoClient } from "mongodb";
import { startEmbeddedMongo } from "../start-embedded-mongo.js";
import { databaseFileName } from "../storage/disk-format.js";

export interface Connected {
  readonly client: MongoClient;
  close(): Promise<void>;
}

/**
 * A client of the store meant: a MongoDB by its URL, or a data folder, over the socket of the server that
 * runs there or, where none does, of one started for as long as this takes.
 */
export async function connectTo(where: {
  url?: string | undefined;
  data: string;
  create: boolean;
}): Promise<Connected> {
  if (where.url !== undefined) return connected(where.url, () => Promise.resolve());
  const dataDir = resolve(where.data);
  if (!where.create && !existsSync(join(dataDir, databaseFileName)))
    throw new Error(
      `there is no database in ${dataDir}; name the folder with --data, or a server with --url`,
    );
  const socket = join(dataDir, "mongo.sock");
  if (await answers(socket))
    return connected(`mongodb://${encodeURIComponent(socket)}/`, () => Promise.resolve());
  const server = await startEmbeddedMongo({ dataDir });
  return connected(server.url, () => server.close());
}

async function connected(url: string, stop: () => Promise<void>): Promise<Connected> {
  const client = new MongoClient(url);
  await client.connect();
  return {
    client,
    close: async () => {
      await client.close();
      await stop();
    },
  };
}

function answers(path: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ path });
    socket.once("connect", () => {
      socket.destroy();
      done(true);
    });
    socket.once("error", () => done(false));
  });
}
