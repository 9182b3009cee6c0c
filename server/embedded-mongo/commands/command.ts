import { Double } from "bson";
import { docOf } from "../bson/from-js.js";
import type { Doc } from "../bson/value.js";
import type { ReadRequest } from "../reads/read-request.js";
import type { CursorRegistry, DocumentSource } from "../cursors/cursor-registry.js";
import type { Log, Store } from "../storage/store.js";
import type { Arguments } from "./arguments.js";

/** What the whole server shares; every handler gets it. */
export interface ServerContext {
  readonly store: Store;
  readonly cursors: CursorRegistry;
  readonly log: Log;
  readonly startedAt: number;
  /** Clients connected now and since the start. */
  connections(): { current: number; total: number };
  /** Opens a read in the thread where it belongs. */
  read(request: ReadRequest): DocumentSource;
  /** Starts removing, in the background, what dropped collections and indexes left. */
  sweepTables(): void;
}

/** One command as a handler sees it. */
export interface Command {
  readonly database: string;
  readonly connectionId: number;
  readonly args: Arguments;
  /** The documents of a field that came as a document sequence or as an array, as bytes. */
  documents(field: string): Buffer[];
  /** Its size as it came, without document sequences. */
  readonly bytes: number;
  /** When the command must have been answered, in `performance.now()` terms; undefined without maxTimeMS. */
  readonly deadline: number | undefined;
}

/** A reply, as a document or already as bytes. */
export type Reply = Doc | Buffer;

/** How one command is answered, and which fields it knows beside those that every command has. */
export interface CommandHandler {
  readonly fields: readonly string[] | "any";
  /** An array of documents that is read by `documents` alone, and so not parsed with the command. */
  readonly asBytes?: string;
  readonly run: (context: ServerContext, command: Command) => Reply | Promise<Reply>;
}

/** `{...fields, ok: 1}`. */
export function okReply(fields: Readonly<Record<string, unknown>> = {}): Doc {
  return docOf({ ...fields, ok: new Double(1) });
}
