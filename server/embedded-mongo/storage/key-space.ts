import { open, type RootDatabase } from "lmdb";
import type { KeyRange } from "./table-keys.js";

export interface Entry {
  readonly key: Buffer;
  readonly value: Buffer;
}

/** An ordered walk over a range; `after` continues behind a key that was already seen. */
export interface Walk extends KeyRange {
  readonly reverse?: boolean;
  readonly after?: Buffer | undefined;
}

/** Reserved address space, not memory or disk: the most that a store can grow to. */
const mapBytes = 2 ** 38;

/**
 * The ordered key space on disk. Commits are lmdb's own, two flushes each, done before `commit`
 * returns: no promise to lose, and an error of the disk is thrown where it belongs. `overlappingSync`
 * is off because it acknowledges before the flush; writable maps are off because a stray write would
 * corrupt the file.
 */
export class KeySpace {
  readonly #db: RootDatabase<Buffer, Uint8Array>;

  constructor(
    readonly path: string,
    options: { readOnly?: boolean } = {},
  ) {
    this.#db = open<Buffer, Uint8Array>({
      path,
      noSubdir: true,
      keyEncoding: "binary",
      encoding: "binary",
      cache: false,
      compression: false,
      maxDbs: 1,
      maxReaders: 64,
      mapSize: mapBytes,
      overlappingSync: false,
      readOnly: options.readOnly ?? false,
    });
  }

  get(key: Uint8Array): Buffer | undefined {
    const value: Uint8Array | undefined = this.#db.getBinary(key);
    return value === undefined ? undefined : asBuffer(value);
  }

  has(key: Uint8Array): boolean {
    return this.#db.doesExist(key);
  }

  /** Walks entries in key order. Leave the loop early only by `break`, `return` or `throw`. */
  *walk(walk: Walk): Generator<Entry> {
    for (const { key, value } of this.#db.getRange(rangeOptions(walk)))
      yield { key: asBuffer(key), value };
  }

  /** The first entry of a range, if there is one. */
  first(walk: Walk): Entry | undefined {
    for (const { key, value } of this.#db.getRange({ ...rangeOptions(walk), limit: 1 }))
      return { key: asBuffer(key), value };
    return undefined;
  }

  count(range: KeyRange): number {
    return this.#db.getKeysCount({ start: range.from, end: range.to });
  }

  /** Only inside `commit`. Throws what the disk says. */
  put(key: Uint8Array, value: Uint8Array): void {
    void this.#db.put(key, asBuffer(value));
  }

  /** Only inside `commit`. */
  remove(key: Uint8Array): void {
    void this.#db.remove(key);
  }

  /** Runs the body as one transaction; when it returns, everything is on disk. A throw undoes all. */
  commit(body: () => void): void {
    this.#db.transactionSync(body);
  }

  /** Makes what other threads committed visible now rather than at the next turn of the event loop. */
  refresh(): void {
    this.#db.resetReadTxn();
  }

  /** Pages in use and free, for `serverStatus` and `dbStats`. */
  sizes(): { fileBytes: number; freeBytes: number } {
    const stats: { pageSize?: number; lastPageNumber?: number; free?: { entryCount?: number } } =
      this.#db.getStats();
    const page = stats.pageSize ?? 4096;
    return {
      fileBytes: ((stats.lastPageNumber ?? 0) + 1) * page,
      freeBytes: (stats.free?.entryCount ?? 0) * page,
    };
  }

  async close(): Promise<void> {
    await this.#db.close();
  }
}

function rangeOptions(walk: Walk) {
  if (walk.reverse !== true)
    return walk.after === undefined
      ? { start: walk.from, end: walk.to }
      : { start: walk.after, end: walk.to, exclusiveStart: true };
  return {
    start: walk.after ?? walk.to,
    end: walk.from,
    reverse: true,
    exclusiveStart: true,
    inclusiveEnd: true,
  };
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
