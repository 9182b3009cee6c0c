import { connect } from "node:net";
import { join } from "node:path";
import mongoose, { mongo, type Connection } from "mongoose";
import { LineLost, type DirectLine } from "../embedded-mongo/wire/direct-line.js";
import type { Log } from "./log.js";
import { mendDriver } from "./mend-driver.js";
import { onDisk } from "./write-concern.js";

interface MongoConfig {
  mongoUrl: string | null;
  dataDir: string;
}

/**
 * Runs a command of the database as it stands and answers the reply, without what the driver does beside it:
 * no session, no second try, no cursor. For short ones that come often.
 */
export type RunCommand = (command: Record<string, unknown>) => Promise<unknown>;

export interface Mongo {
  connection: Connection;
  /** A line for commands that come often; they are answered in order, one at a time. */
  openLine(): RunCommand;
  /** What the connection was made with. */
  url: string;
  close(): Promise<void>;
}

/**
 * The store: that of MONGO_URL, else one of our own in the data folder. What comes after here never
 * asks which. Every write is acknowledged only when it is journaled (`w: majority, j: true`).
 */
export async function connectMongo(config: MongoConfig, log: Log): Promise<Mongo> {
  if (config.mongoUrl !== null) return openConnection(config.mongoUrl, log, null);
  const embedded = await startEmbedded(config.dataDir, log);
  return openConnection(embedded.url, log, embedded);
}

/** For commands beside a server: the running server's store where there is one, else as `connectMongo`. */
export async function joinMongo(config: MongoConfig, log: Log): Promise<Mongo> {
  if (config.mongoUrl !== null) return connectMongo(config, log);
  const { socketFolder } = await import("../embedded-mongo/storage/short-path.js");
  const folder = socketFolder(config.dataDir);
  const path = join(folder.path, "mongo.sock");
  if (!(await accepts(path))) {
    folder.release();
    return connectMongo(config, log);
  }
  return openConnection(`mongodb://${encodeURIComponent(path)}/`, log, {
    close() {
      folder.release();
      return Promise.resolve();
    },
  });
}

async function openConnection(
  url: string,
  log: Log,
  owned: { close(): Promise<void>; openLine?(): DirectLine } | null,
): Promise<Mongo> {
  mendDriver();
  const connection = mongoose.createConnection(url, {
    ...databaseName(url),
    writeConcern: onDisk,
    autoIndex: false,
    autoCreate: false,
    bufferCommands: false,
    serverSelectionTimeoutMS: 4000,
    appName: "porchlight",
  });
  // Without a listener a lost connection would end the process; requests report it themselves.
  connection.on("error", (error: unknown) => log.error({ err: error }, "store connection failed"));
  try {
    await connection.asPromise();
  } catch (error) {
    await connection.destroy();
    await owned?.close();
    throw error;
  }
  const lines: DirectLine[] = [];
  return {
    connection,
    openLine() {
      const line = owned?.openLine?.();
      if (line === undefined) return throughDriver(connection);
      lines.push(line);
      return throughLine(line, connection.name);
    },
    url,
    async close() {
      for (const line of lines) line.close();
      await connection.close();
      await owned?.close();
    },
  };
}

function throughDriver(connection: Connection): RunCommand {
  const database = connection.getClient().db(connection.name);
  return (command) => database.command(command);
}

/** Fails as the driver does: what comes after here does not ask which of the two it was. */
function throughLine(line: DirectLine, database: string): RunCommand {
  return async (command) => {
    const reply = await line.run({ ...command, $db: database }).catch((error: unknown) => {
      if (!(error instanceof LineLost)) throw error;
      throw new mongo.MongoNetworkError(error.message, { cause: error });
    });
    if (reply["ok"] !== 1) throw new mongo.MongoServerError(reply);
    return reply;
  };
}

/** Makes every declared index of every model that is registered on the connection. */
export async function createIndexes(connection: Connection): Promise<void> {
  for (const model of Object.values(connection.models)) await model.createIndexes();
}

/** Loaded only where it is needed: with MONGO_URL the embedded store's native parts stay unread. */
async function startEmbedded(dataDir: string, log: Log) {
  const { startEmbeddedMongo } = await import("../embedded-mongo/start-embedded-mongo.js");
  return startEmbeddedMongo({
    dataDir,
    log: (level, message, fields) => log[level](fields ?? {}, message),
  });
}

/** Whether somebody listens on the socket. */
function accepts(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** A URL without a database name means "porchlight", not the driver's "test". */
function databaseName(url: string): { dbName?: string } {
  const named = /^mongodb(\+srv)?:\/\/[^/]*\/[^?]/.test(url);
  return named ? {} : { dbName: "porchlight" };
}
