import { open, type RootDatabase } from "lmdb";
import { countFreePages } from "./free-pages.js";
import { ReservedRoom, type FileUse, type Load } from "./reserved-room.js";
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

/** So many readers' places fit the first page of the lock file: none is touched first when the disk is full. */
const readers = 60;
/** From here on an entry may not stand in a tree page (lmdb's bound for pages of 4,096 bytes, and less). */
const largeBytes = 1_900;

/**
 * The ordered key space on disk. Commits are lmdb's own, two flushes each, done before `commit`
 * returns: no promise to lose, and an error of the disk is thrown where it belongs. `overlappingSync`
 * is off because it acknowledges before the flush; writable maps are off because a stray write would
 * corrupt the file.
 */
export class KeySpace {
  #db: RootDatabase<Buffer, Uint8Array>;
  #room: ReservedRoom | undefined;
  readonly #load: Load = { puts: 0, removes: 0, largePages: 0 };

  constructor(readonly path: string) {
    this.#db = openFile(path);
  }

  /**
   * Whether lmdb still works with the file. After the page that points to everything could not be written,
   * it refuses all reads and writes (MDB_PANIC) until the file is opened again.
   */
  works(): boolean {
    try {
      this.refresh();
      this.#db.doesExist(Buffer.from([0]));
      return true;
    } catch {
      return false;
    }
  }

  /** Opens the file again. No other thread may have it open. */
  async reopen(): Promise<void> {
    await this.close();
    this.#db = openFile(this.path);
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
    this.#load.puts += 1;
    const bytes = key.length + value.length;
    if (bytes > largeBytes) this.#load.largePages += (bytes >>> 12) + 1;
    void this.#db.put(key, asBuffer(value));
  }

  /** Only inside `commit`. */
  remove(key: Uint8Array): void {
    this.#load.removes += 1;
    void this.#db.remove(key);
  }

  /**
   * Runs the body as one transaction; when it returns, everything is on disk. A throw undoes all; NoRoom is
   * thrown where the disk has no room for it. `frees`, asked after the body: it makes room and may take what
   * is kept back for that.
   */
  commit(body: () => void, frees = (): boolean => false): void {
    const load = this.#load;
    load.puts = load.removes = load.largePages = 0;
    this.#room ??= new ReservedRoom(this.path, {
      use: () => this.#use(),
      freePages: () => this.#freePages(),
    });
    const room = this.#room;
    this.#db.transactionSync(() => {
      body();
      room.require(load, frees());
    });
  }

  #use(): FileUse {
    const stats: {
      pageSize?: number;
      lastPageNumber?: number;
      treeDepth?: number;
      treeBranchPageCount?: number;
      free?: { treeBranchPageCount?: number; treeLeafPageCount?: number; overflowPages?: number };
    } = this.#db.getStats();
    const { treeBranchPageCount = 0, treeLeafPageCount = 0, overflowPages = 0 } = stats.free ?? {};
    return {
      pageBytes: stats.pageSize ?? 4096,
      used: (stats.lastPageNumber ?? 1) + 1,
      // a transaction may add a level
      depth: (stats.treeDepth ?? 0) + 1,
      branches: stats.treeBranchPageCount ?? 0,
      freeList: treeBranchPageCount + treeLeafPageCount + overflowPages,
    };
  }

  #freePages(): number {
    const { lastTxnId }: { lastTxnId?: number } = this.#db.getStats();
    // one line a reader: process, thread, the transaction that it sees
    const seen = [...this.#db.readerList().matchAll(/^\s*\d+\s+\S+\s+(\d+)\s*$/gm)];
    return countFreePages(this.path, Math.min(lastTxnId ?? 0, ...seen.map(([, id]) => Number(id))));
  }

  /** Makes what other threads committed visible now rather than at the next turn of the event loop. */
  refresh(): void {
    this.#db.resetReadTxn();
  }

  /** For `dbStats`: bytes up to the last page in use, those of them that are free, and blocks held ready. */
  sizes(): { fileBytes: number; freeBytes: number; heldBytes: number } {
    const { pageBytes, used } = this.#use();
    return {
      fileBytes: used * pageBytes,
      freeBytes: countFreePages(this.path, Infinity) * pageBytes,
      heldBytes: this.#room?.heldBytes ?? 0,
    };
  }

  async close(): Promise<void> {
    let end: number | undefined;
    if (this.#room !== undefined && this.works()) {
      const { pageBytes, used } = this.#use();
      end = used * pageBytes;
    }
    await this.#db.close();
    this.#room?.close(end);
    this.#room = undefined;
  }
}

function openFile(path: string): RootDatabase<Buffer, Uint8Array> {
  return open<Buffer, Uint8Array>({
    path,
    noSubdir: true,
    keyEncoding: "binary",
    encoding: "binary",
    cache: false,
    compression: false,
    maxDbs: 1,
    maxReaders: readers,
    mapSize: mapBytes,
    overlappingSync: false,
  });
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
