import { chmodSync } from "node:fs";
import { errorText } from "../error-text.js";
import { CursorRegistry } from "../cursors/cursor-registry.js";
import { answerCommand, errorReply } from "../commands/dispatch.js";
import type { ServerContext } from "../commands/command.js";
import { startRead } from "../reads/read.js";
import type { ReadContext } from "../reads/read-request.js";
import { SlowReader } from "../reads/slow-reader.js";
import { checkAtStart } from "../storage/check-at-start.js";
import { Store, type Log } from "../storage/store.js";
import { sweepTables } from "../storage/sweep-tables.js";
import { clearSocket } from "../wire/clear-socket.js";
import { TtlSweeper } from "../storage/ttl-sweeper.js";
import { createWireServer, type WireServer } from "../wire/wire-server.js";

export type Address = { path: string } | { host: string; port: number };

export interface DatabaseServer {
  readonly wire: WireServer;
  close(): Promise<void>;
}

/** Opens a data folder and serves it at an address, in the thread that calls. Both hosts are this. */
export async function serveDatabase(options: {
  dataDir: string;
  address: Address;
  log: Log;
  /** How often expired documents are looked for; a minute when not given. */
  ttlMs?: number;
}): Promise<DatabaseServer> {
  const { dataDir, address, log } = options;
  const store = await Store.open(dataDir, log);
  try {
    await checkAtStart(store, log);
    if ("path" in address) await clearSocket(address.path);
  } catch (error) {
    await store.close();
    throw error;
  }
  const cursors = new CursorRegistry();
  let closing = false;
  let sweep = Promise.resolve();
  const startSweep = (): void => {
    sweep = sweep
      .then(() => sweepTables(store, () => closing))
      .catch((error: unknown) => {
        log(
          "warn",
          "could not remove dropped data yet; it is tried again at the next drop or start",
          {
            error: errorText(error),
          },
        );
      });
  };
  const ttlFailed = (error: unknown): void => {
    log("warn", "could not remove expired documents; it is tried again in a minute", {
      error: errorText(error),
    });
  };
  const ttl = new TtlSweeper(store, ttlFailed, options.ttlMs);
  const slowReader = new SlowReader(store.space.path, () => store.settle(), log);
  store.alone = (work) => slowReader.without(work);
  const reads: ReadContext = {
    space: store.space,
    find: (namespace) => store.catalog.find(namespace),
    size: (collection) => store.catalog.size(collection),
  };
  const context: ServerContext = {
    read: (request) => startRead(reads, slowReader, request),
    store,
    cursors,
    log,
    startedAt: Date.now(),
    connections: () => wire.counts(),
    sweepTables: startSweep,
  };
  const wire = createWireServer((connectionId) => ({
    answer: (message) => answerCommand(context, connectionId, message),
    answerBroken: (error) => errorReply(context, error),
    closed: () => undefined,
  }));
  const close = async (): Promise<void> => {
    closing = true;
    await wire.close();
    cursors.close();
    await slowReader.close();
    await ttl.stop();
    await sweep;
    await store.close();
  };
  try {
    await wire.listen(address);
    if ("path" in address) chmodSync(address.path, 0o600);
  } catch (error) {
    await close();
    throw error;
  }
  startSweep();
  ttl.start();
  return { wire, close };
}
