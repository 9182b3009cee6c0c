import { Long } from "bson";
import type { Batch, Cursor, DocumentSource } from "../cursors/cursor-registry.js";
import { sessionOf } from "./session.js";
import type { Command, ServerContext } from "./command.js";

/** What a first batch holds when nothing else is asked, as in MongoDB. */
export const firstBatchSize = 101;
/** The most a batch may hold in bytes: a reply is one message. */
export const batchBytes = 16 * 1024 * 1024;

const noCursor = Long.fromNumber(0);

/**
 * `{cursor: {firstBatch | nextBatch: [documents], id, ns}, ok: 1}`, put together from bytes: documents
 * go out as they were stored.
 */
export function cursorReply(
  field: "firstBatch" | "nextBatch",
  documents: readonly Uint8Array[],
  id: Long,
  namespace: string,
): Buffer {
  const ns = Buffer.from(namespace, "utf8");
  let size = 512 + ns.length;
  for (const document of documents) size += document.length + 10;
  const out = Buffer.allocUnsafe(size);
  let at = 4;
  const element = (type: number, name: string): void => {
    out[at] = type;
    at += 1 + out.write(name, at + 1, "latin1");
    out[at] = 0;
    at += 1;
  };
  element(3, "cursor");
  const cursorAt = at;
  at += 4;
  element(4, field);
  const batchAt = at;
  at += 4;
  documents.forEach((document, position) => {
    element(3, String(position));
    out.set(document, at);
    at += document.length;
  });
  out[at++] = 0;
  out.writeInt32LE(at - batchAt, batchAt);
  element(18, "id");
  at = out.writeInt32LE(id.low, at);
  at = out.writeInt32LE(id.high, at);
  element(2, "ns");
  at = out.writeInt32LE(ns.length + 1, at);
  at += ns.copy(out, at);
  out[at++] = 0;
  out[at++] = 0;
  out.writeInt32LE(at - cursorAt, cursorAt);
  element(1, "ok");
  at = out.writeDoubleLE(1, at);
  out[at++] = 0;
  out.writeInt32LE(at, 0);
  return out.subarray(0, at);
}

/** Answers with the first batch of a source, and keeps a cursor when there is more. */
export async function firstBatchReply(
  context: ServerContext,
  command: Command,
  namespace: string,
  source: DocumentSource,
  options: { batchSize: number | undefined; singleBatch?: boolean; noTimeout?: boolean },
): Promise<Buffer> {
  const { batchSize } = options;
  let batch: Batch;
  try {
    const next = source.next(batchSize ?? firstBatchSize, batchBytes, command.deadline);
    batch = next instanceof Promise ? await next : next;
  } catch (error) {
    source.close();
    throw error;
  }
  if (batch.done || options.singleBatch === true) {
    source.close();
    return cursorReply("firstBatch", batch.documents, noCursor, namespace);
  }
  const id = context.cursors.add({
    namespace,
    source,
    connectionId: command.connectionId,
    session: sessionOf(command),
    batchSize,
    noTimeout: options.noTimeout ?? false,
  });
  return cursorReply("firstBatch", batch.documents, id, namespace);
}

/** Answers a getMore; a cursor that is spent is gone afterwards. */
export async function nextBatchReply(
  context: ServerContext,
  command: Command,
  cursor: Cursor,
  batchSize: number | undefined,
): Promise<Buffer> {
  let batch: Batch;
  try {
    const next = cursor.source.next(batchSize ?? Infinity, batchBytes, command.deadline);
    batch = next instanceof Promise ? await next : next;
  } catch (error) {
    context.cursors.kill(cursor.id);
    throw error;
  }
  if (batch.done) context.cursors.kill(cursor.id);
  else context.cursors.give(cursor);
  return cursorReply(
    "nextBatch",
    batch.documents,
    batch.done ? noCursor : cursor.id,
    cursor.namespace,
  );
}
