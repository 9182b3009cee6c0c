import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Connection } from "mongoose";
import { createLog } from "../../server/infra/log.js";
import { connectMongo, createIndexes, type Mongo } from "../../server/infra/mongo.js";

export interface OpenStore {
  connection: Connection;
  openLine: Mongo["openLine"];
  /** Makes the indexes of the models that were registered since. */
  createIndexes(): Promise<void>;
  close(): Promise<void>;
}

/** An empty store: the embedded one in a temporary folder, or a new database of TEST_MONGO_URL. */
export async function openStore(): Promise<OpenStore> {
  const dataDir = await mkdtemp(join(tmpdir(), "porchlight-store-"));
  const server = process.env["TEST_MONGO_URL"] ?? "";
  const mongoUrl =
    server === "" ? null : `${server.replace(/\/$/, "")}/t${randomBytes(6).toString("hex")}`;
  const log = createLog({ logLevel: "silent" });
  const mongo = await connectMongo({ mongoUrl, dataDir }, log);
  const { connection } = mongo;
  return {
    connection,
    openLine: () => mongo.openLine(),
    createIndexes: () => createIndexes(connection),
    async close() {
      if (mongoUrl !== null) await connection.dropDatabase();
      await mongo.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
