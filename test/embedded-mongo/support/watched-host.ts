import { readFileSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { serveDatabase } from "../../../server/embedded-mongo/hosts/database-server.js";

/**
 * The server in a thread that watches itself. For every stretch between two turns of its event loop it
 * knows how long that took without the time in which the system gave the core to others (Linux says so in
 * schedstat): what is left is what the thread itself did, and what everybody else had to wait for.
 */
const port = parentPort;
if (port === null) throw new Error("watched-host.js is started as a worker thread");
const { dataDir, path } = workerData as { dataDir: string; path: string };

let longest = 0;
let last = performance.now();
let lastWaited = waitedMs();

/** Milliseconds for which this thread was ready to run and did not get a core; 0 where nobody counts. */
function waitedMs(): number {
  try {
    const [, waited] = readFileSync("/proc/thread-self/schedstat", "latin1").split(" ");
    return Number(waited) / 1e6;
  } catch {
    return 0;
  }
}

function look(): void {
  const waited = waitedMs();
  const now = performance.now();
  longest = Math.max(longest, now - last - (waited - lastWaited));
  last = now;
  lastWaited = waited;
}

const log = (): void => undefined;
const server = await serveDatabase({ dataDir, address: { path }, log, ttlMs: 100 });
const timer = setInterval(look, 1);
look();
longest = 0;

/** "stall": the longest stretch since the last question, in milliseconds. "close": ends the server. */
port.on("message", (question: "stall" | "close") => {
  look();
  if (question === "stall") {
    port.postMessage(longest);
    longest = 0;
    return;
  }
  clearInterval(timer);
  void server.close().then(() => port.close());
});
port.postMessage("listening");
