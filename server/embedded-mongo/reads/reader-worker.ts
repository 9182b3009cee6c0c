import { parentPort, workerData } from "node:worker_threads";
import { errorText } from "../error-text.js";
import { parseDoc } from "../bson/parse-bson.js";
import { serializeDoc } from "../bson/serialize-bson.js";
import type { DocumentSource } from "../cursors/cursor-registry.js";
import { MongoError, mongoError } from "../mongo-error.js";
import { Turn } from "../planner/turn.js";
import { Catalog } from "../storage/catalog.js";
import { KeySpace } from "../storage/key-space.js";
import { openRead } from "./open-read.js";
import type { ReadContext } from "./read-request.js";
import type { FromReader, ReaderData, ToReader } from "./reader-messages.js";

/**
 * The thread for reads that no index covers. It never writes. Reads take turns in it, each for a few
 * milliseconds; one that does not give way is ended together with the thread, by slow-reader.ts.
 */
const port = parentPort;
if (port === null) throw new Error("reader-worker.js is started as a worker thread");

const { path } = workerData as ReaderData;
const space = new KeySpace(path);
const sources = new Map<number, DocumentSource>();

/** The catalog as it is on disk now. */
function context(): ReadContext {
  space.refresh();
  const catalog = new Catalog(space);
  catalog.load();
  return {
    space,
    find: (namespace) => catalog.find(namespace),
    size: (collection) => catalog.size(collection),
  };
}

function say(message: FromReader, transfer: ArrayBuffer[] = []): void {
  port?.postMessage(message, transfer);
}

function sayError(id: number, error: unknown): void {
  const known =
    error instanceof MongoError ? error : mongoError(1, `internal error: ${errorText(error)}`);
  say({
    kind: "error",
    id,
    code: known.code,
    codeName: known.codeName,
    message: known.message,
    extra: known.extra === undefined ? undefined : serializeDoc(known.extra),
  });
}

async function next(message: Extract<ToReader, { kind: "next" }>): Promise<void> {
  const { id, limit, bytes, milliseconds } = message;
  try {
    const source = sources.get(id);
    if (source === undefined) return;
    space.refresh();
    const batch = await source.next(limit, bytes, performance.now() + milliseconds);
    const whole = new Uint8Array(
      batch.documents.reduce((sum, document) => sum + document.length, 0),
    );
    let at = 0;
    for (const document of batch.documents) {
      whole.set(document, at);
      at += document.length;
    }
    const lengths = batch.documents.map((document) => document.length);
    say({ kind: "batch", id, documents: whole, lengths, done: batch.done }, [whole.buffer]);
    if (batch.done) close(id);
  } catch (error) {
    close(id);
    sayError(id, error);
  }
}

/** A read that could not be opened says why when it is asked for its first batch. */
function refusal(error: unknown): DocumentSource {
  return {
    next: () => {
      throw error;
    },
    close: () => undefined,
  };
}

function close(id: number): void {
  sources.get(id)?.close();
  sources.delete(id);
}

port.on("message", (message: ToReader) => {
  if (message.kind === "close") close(message.id);
  else if (message.kind === "ping") say({ kind: "alive" });
  else if (message.kind === "next") void next(message);
  else
    try {
      const { id, read, database, namespace, body } = message;
      const request = { kind: read, database, namespace, body: parseDoc(body) };
      sources.set(id, openRead(context(), request, new Turn()));
    } catch (error) {
      sources.set(message.id, refusal(error));
    }
});
