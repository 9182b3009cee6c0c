import { ABORT, open, TransactionFlags, type RootDatabase } from "lmdb";
import { countFreePages } from "./free-pages.js";
import type { FileUse } from "./reserved-room.js";
import type { KeyRange } from "./table-keys.js";

/** lmdb's file as it is used here: bytes in, bytes out. */
export type LmdbFile = RootDatabase<Buffer, Uint8Array>;

export interface RawEntry {
  readonly key: Uint8Array;
  readonly value: Buffer;
}

/** An ordered walk over a range; `after` continues behind a key that was already seen. */
export interface Walk extends KeyRange {
  readonly reverse?: boolean;
  readonly after?: Buffer | undefined;
}

/** A transaction of lmdb that is open from one turn of the event loop to a later one. */
export interface Transaction {
  commit(): void;
  abort(): void;
}

/** Reserved address space, not memory or disk: the most that a store can grow to. */
const mapBytes = 2 ** 38;

/** So many readers' places fit the first page of the lock file: none is touched first when the disk is full. */
const readers = 60;

const { ABORTABLE, SYNCHRONOUS_COMMIT, NO_SYNC_FLUSH } = TransactionFlags;
const flushed: TransactionFlags = ABORTABLE | SYNCHRONOUS_COMMIT;
const unflushed: TransactionFlags = flushed | NO_SYNC_FLUSH;

/**
 * lmdb ends a transaction when what its callback returned is resolved: here, when it is told to. `flushes`:
 * its commit returns when it is on disk; otherwise a power cut may leave any part of it until the file is
 * flushed, and the commit before it is the one to go back to.
 */
export function begin(db: LmdbFile, flushes: boolean): Transaction {
  let finish: ((result: unknown) => unknown) | undefined;
  db.transactionSync(
    () => ({
      then: (done: (result: unknown) => unknown) => {
        finish = done;
      },
    }),
    flushes ? flushed : unflushed,
  );
  return { commit: () => void finish?.(undefined), abort: () => void finish?.(ABORT) };
}

/**
 * `overlappingSync` is off because it acknowledges before the flush; writable maps are off because a stray
 * write would corrupt the file. `older`: as the file was one transaction before its newest, which is
 * forgotten, unless another process or thread has it open.
 */
export function openFile(path: string, older: boolean): LmdbFile {
  // lmdb's own type leaves out the last one
  const options: Parameters<typeof open>[0] & { path: string; usePreviousSnapshot: boolean } = {
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
    usePreviousSnapshot: older,
  };
  return open<Buffer, Uint8Array>(options);
}

/** In an open transaction: puts an entry unless the key is there, and says whether it did. */
export function putNew(
  // lmdb's own type leaves out the answer
  db: { putSync(key: Uint8Array, value: Buffer, options: { noOverwrite: true }): unknown },
  key: Uint8Array,
  value: Uint8Array,
): boolean {
  return db.putSync(key, asBuffer(value), { noOverwrite: true }) !== false;
}

/** A walk in lmdb's words. */
export function rangeOptions(walk: Walk) {
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

export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** What lmdb says of its file. */
export function useOf(db: LmdbFile): FileUse {
  const stats: {
    pageSize?: number;
    lastPageNumber?: number;
    treeDepth?: number;
    treeBranchPageCount?: number;
    free?: { treeBranchPageCount?: number; treeLeafPageCount?: number; overflowPages?: number };
  } = db.getStats();
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

/** The number of the last transaction that was committed. */
export function lastTransactionOf(db: LmdbFile): number {
  const { lastTxnId }: { lastTxnId?: number } = db.getStats();
  return lastTxnId ?? 0;
}

/** Free pages that a transaction begun now may take. Reads the file: slow. */
export function freePagesOf(db: LmdbFile, path: string): number {
  // one line a reader: process, thread, the transaction that it sees
  const seen = [...db.readerList().matchAll(/^\s*\d+\s+\S+\s+(\d+)\s*$/gm)];
  return countFreePages(path, Math.min(lastTransactionOf(db), ...seen.map(([, id]) => Number(id))));
}
