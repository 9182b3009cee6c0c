import { parentPort, workerData } from "node:worker_threads";
import { errorText } from "../error-text.js";
import { serveDatabase } from "./database-server.js";
import type { FromHost, HostData } from "./worker-messages.js";

/** The worker thread that hosts the server. Started by start-embedded-mongo.ts, by nothing else. */
const port = parentPort;
if (port === null) throw new Error("host-worker.js is started as a worker thread");

const say = (message: FromHost): void => port.postMessage(message);
const { dataDir, socketPath } = workerData as HostData;

try {
  const server = await serveDatabase({
    dataDir,
    address: { path: socketPath },
    log: (level, message, fields) => say({ kind: "log", level, message, fields }),
  });
  // the one thing that is ever said to this thread is ToHost: close
  port.once("message", () => {
    void server.close().then(() => {
      say({ kind: "closed" });
      port.close();
    });
  });
  say({ kind: "ready" });
} catch (error) {
  say({ kind: "failed", message: errorText(error) });
}
