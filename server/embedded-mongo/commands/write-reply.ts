import { Double, Int32 } from "bson";
import { docOf } from "../bson/from-js.js";
import type { Doc, Value } from "../bson/value.js";
import { mongoError, MongoError } from "../mongo-error.js";
import { maxWriteBatch } from "./handshake.js";

/** What went wrong with one statement of a write command, as an entry of `writeErrors`. */
export function writeError(index: number, error: MongoError): Doc {
  const doc: Doc = new Map<string, Value>([
    ["index", new Int32(index)],
    ["code", new Int32(error.code)],
  ]);
  for (const [name, value] of error.extra ?? []) doc.set(name, value);
  return doc.set("errmsg", error.message);
}

/** Errors of one statement go into the reply; the disk's and our own end the whole command. */
export function isStatementError(error: unknown): error is MongoError {
  return (
    error instanceof MongoError && error.code !== 1 && error.code !== 14031 && error.code !== 50
  );
}

/** `{n, …, writeErrors?, ok: 1}`. */
export function writeReply(fields: Readonly<Record<string, unknown>>, errors: readonly Doc[]): Doc {
  const reply = docOf(fields);
  if (errors.length > 0) reply.set("writeErrors", [...errors]);
  return reply.set("ok", new Double(1));
}

export function checkBatchSize(count: number): void {
  if (count < 1 || count > maxWriteBatch)
    throw mongoError(
      16,
      `Write batch sizes must be between 1 and ${maxWriteBatch}. Got ${count} operations.`,
    );
}
