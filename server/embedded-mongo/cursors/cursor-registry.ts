import { randomInt } from "node:crypto";
import { Long } from "bson";
import { mongoError } from "../mongo-error.js";

/** Where a cursor's documents come from, as BSON bytes. */
export interface DocumentSource {
  /** Up to `limit` documents and about `bytes` bytes; fewer than both only when `done`. */
  next(limit: number, bytes: number, deadline: number | undefined): Batch | Promise<Batch>;
  close(): void;
}

export interface Batch {
  readonly documents: readonly Uint8Array[];
  readonly done: boolean;
}

export interface Cursor {
  readonly id: Long;
  readonly namespace: string;
  readonly source: DocumentSource;
  readonly connectionId: number;
  readonly session: string | undefined;
  readonly batchSize: number | undefined;
  /** With it, the cursor lives until it is killed or its client's session ends. */
  readonly noTimeout: boolean;
}

interface Open {
  readonly cursor: Cursor;
  lastUsed: number;
  busy: boolean;
}

/** As mongod: ten minutes. */
const idleMs = 10 * 60 * 1000;
const sweepMs = 60 * 1000;
/** So that forgotten cursors cannot take all memory; each holds a position or a sorted result. */
const maxCursors = 10_000;

/** The open cursors of all connections. */
export class CursorRegistry {
  readonly #open = new Map<string, Open>();
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.#timer = setInterval(() => this.#sweep(), sweepMs);
    this.#timer.unref();
  }

  get count(): number {
    return this.#open.size;
  }

  add(cursor: Omit<Cursor, "id">): Long {
    if (this.#open.size >= maxCursors) {
      cursor.source.close();
      throw mongoError(8, `there are ${maxCursors} open cursors already`);
    }
    let id: Long;
    do id = new Long(randomInt(1, 0x7fffffff), randomInt(1, 0x7fffffff));
    while (this.#open.has(id.toString()));
    this.#open.set(id.toString(), { cursor: { ...cursor, id }, lastUsed: Date.now(), busy: false });
    return id;
  }

  /** Takes a cursor for one getMore. Throws code 43 when there is none, 13 for another collection's. */
  take(id: Long, namespace: string): Cursor {
    const open = this.#open.get(id.toString());
    if (open === undefined) throw mongoError(43, `cursor id ${id.toString()} not found`);
    if (open.cursor.namespace !== namespace)
      throw mongoError(
        13,
        `Requested getMore on namespace '${namespace}', but cursor belongs to a different namespace ${open.cursor.namespace}`,
      );
    if (open.busy) throw mongoError(12051, `cursor id ${id.toString()} is already in use`);
    open.busy = true;
    return open.cursor;
  }

  /** Gives a cursor back after a getMore. */
  give(cursor: Cursor): void {
    const open = this.#open.get(cursor.id.toString());
    if (open === undefined) return;
    open.busy = false;
    open.lastUsed = Date.now();
  }

  /** Ends a cursor; false when there was none of that namespace. */
  kill(id: Long, namespace?: string): boolean {
    const open = this.#open.get(id.toString());
    if (open === undefined || (namespace !== undefined && open.cursor.namespace !== namespace))
      return false;
    this.#open.delete(id.toString());
    open.cursor.source.close();
    return true;
  }

  killWhere(belongs: (cursor: Cursor) => boolean): void {
    for (const { cursor } of this.#open.values()) if (belongs(cursor)) this.kill(cursor.id);
  }

  #sweep(): void {
    const before = Date.now() - idleMs;
    for (const { cursor, lastUsed, busy } of this.#open.values())
      if (!busy && !cursor.noTimeout && lastUsed < before) this.kill(cursor.id);
  }

  close(): void {
    clearInterval(this.#timer);
    this.killWhere(() => true);
  }
}
