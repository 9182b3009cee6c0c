import { chmodSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { FromHost, HostData, ToHost } from "./hosts/worker-messages.js";
import { socketFolder } from "./storage/short-path.js";
import { openDirectLine, type DirectLine } from "./wire/direct-line.js";

export type EmbeddedMongoLog = (
  level: "info" | "warn" | "error",
  message: string,
  fields?: object,
) => void;

export interface EmbeddedMongo {
  /** A `mongodb://` URL of a Unix socket, for any driver in any process of this user. */
  readonly url: string;
  /** A connection for this process, without a driver. */
  openLine(): DirectLine;
  /** Ends all connections, finishes what was acknowledged, gives the folder back. */
  close(): Promise<void>;
}

const socketName = "mongo.sock";

/**
 * Starts the database server in a worker thread, on a Unix socket (mode 0600) in the data folder (made
 * with mode 0700). Rejects with an Error that says what to do when the folder is in use, or holds
 * something that is not ours or not whole.
 */
export async function startEmbeddedMongo(options: {
  dataDir: string;
  log?: EmbeddedMongoLog;
}): Promise<EmbeddedMongo> {
  const { dataDir, log } = options;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  chmodSync(dataDir, 0o700);
  const folder = socketFolder(dataDir);
  const socketPath = join(folder.path, socketName);
  const data: HostData = { dataDir, socketPath };
  const worker = new Worker(new URL("./hosts/host-worker.js", import.meta.url), {
    workerData: data,
  });
  const exited = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  try {
    await started(worker, log);
  } catch (error) {
    await worker.terminate();
    folder.release();
    throw error;
  }
  let closing: Promise<void> | undefined;
  worker.on("error", (error) =>
    log?.("error", "the database thread ended", { error: error.message }),
  );
  return {
    url: `mongodb://${encodeURIComponent(socketPath)}/`,
    openLine: () => openDirectLine(socketPath),
    close: () => {
      closing ??= (async () => {
        const message: ToHost = { kind: "close" };
        worker.postMessage(message);
        await exited;
        rmSync(socketPath, { force: true });
        folder.release();
      })();
      return closing;
    },
  };
}

async function started(worker: Worker, log: EmbeddedMongoLog | undefined): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    worker.once("error", reject);
    worker.on("message", (message: FromHost) => {
      if (message.kind === "log") log?.(message.level, message.message, message.fields);
      else if (message.kind === "ready") resolve();
      else if (message.kind === "failed") reject(new Error(message.message));
    });
  });
}
