import { BackgroundFlush } from "./background-flush.js";
import { countFreePages } from "./free-pages.js";
import {
  asBuffer,
  begin,
  freePagesOf,
  lastTransactionOf,
  openFile,
  putNew,
  rangeOptions,
  useOf,
  type LmdbFile,
  type RawEntry,
  type Transaction,
  type Walk,
} from "./lmdb-file.js";
import { needsOlderHead } from "./older-head.js";
import { ReservedRoom, type Load } from "./reserved-room.js";
import { systemTable, tableKey, type KeyRange } from "./table-keys.js";
import { newRun, runBytes, type Run, type WriteAheadLog } from "./write-ahead-log.js";

export interface Entry {
  readonly key: Buffer;
  readonly value: Buffer;
}

/** From here on an entry may not stand in a tree page (lmdb's bound for pages of 4,096 bytes, and less). */
const largeBytes = 1_900;

/** Says which run of the log goes on from what is in the file; not there: the file is whole without one. */
const runKey = tableKey(systemTable, Buffer.from("log"));
/** Bringing in what the log has may take what is kept back for those who make room: without it nobody can. */
const takesAllRoom = (): boolean => true;
/**
 * So many changes may stand in the log alone, and more only while the ones before them are being flushed.
 * Room is kept ready for all of them (5 to 9 KB each).
 */
const mostHeld = 16_384;

/**
 * The ordered key space on disk. A commit of lmdb's own writes every page that was touched and flushes the
 * disk twice. With a log, `commit` therefore appends what was changed to the log, one flush, and leaves
 * lmdb's transaction open for the next groups: all reads of this thread see it, other threads do after
 * `settle`, which commits it and has it flushed behind; the log keeps its changes until they are on disk
 * (older-head.ts says what a crash in between leaves). Everything is on disk before `commit` returns: no
 * promise to lose, and an error of the disk is thrown where it belongs.
 */
export class KeySpace {
  #file: LmdbFile;
  #room: ReservedRoom | undefined;
  #log: WriteAheadLog | undefined;
  /** There with the log. */
  #flush: BackgroundFlush | undefined;
  #open: Transaction | undefined;
  /** The log holds what the file lacks and no open transaction has, or nobody knows what the file holds. */
  #behind = false;
  readonly #cursors = new Set<Iterator<RawEntry>>();
  /** Grows whenever a transaction ends: walks that began before find their place anew. */
  #ended = 0;
  readonly #load: Load = { puts: 0, removes: 0, largePages: 0 };

  /** `older`: as the file was before its last commit, which is forgotten. */
  constructor(
    readonly path: string,
    older = false,
  ) {
    this.#file = openFile(path, older);
  }

  /**
   * Brings what stands in the log alone into the file, and from now on uses the log. Gives the number of
   * changes found.
   */
  attach(log: WriteAheadLog): number {
    const before = this.get(runKey);
    const run = this.#nextRun();
    let changes = 0;
    this.commit(() => {
      if (before !== undefined)
        for (const change of log.readFrom(before)) {
          this.#change(change);
          changes += 1;
        }
      this.#change({ key: runKey, value: run });
    }, takesAllRoom);
    log.clear();
    log.restart(run);
    this.#flush = new BackgroundFlush(this.path);
    this.#log = log;
    return changes;
  }

  /** The run of the log that goes on from the next commit. */
  #nextRun(): Run {
    return newRun(lastTransactionOf(this.#db) + 1);
  }

  /** Whether the file was left with changes that only the log has. */
  get needsLog(): boolean {
    return this.get(runKey) !== undefined;
  }

  /** The file was left by a crash of a version whose log this one does not read. */
  get hasOldLog(): boolean {
    const run = this.get(runKey);
    return run !== undefined && run.length !== runBytes;
  }

  get #db(): LmdbFile {
    if (this.#behind) throw new Error("the file is being opened again");
    return this.#file;
  }

  /**
   * Whether the file can be worked with. After the page that points to everything could not be written, lmdb
   * refuses all reads and writes (MDB_PANIC) until the file is opened again; after a flush behind failed,
   * nobody knows what the file holds.
   */
  works(): boolean {
    if (this.#flush?.failure !== undefined) return false;
    try {
      this.refresh();
      this.#db.doesExist(Buffer.from([0]));
      return true;
    } catch {
      return false;
    }
  }

  /** Opens the file again and brings what the log has into it. No other thread may have it open. */
  async reopen(): Promise<void> {
    const log = this.#log;
    this.#abandon();
    this.#forgetLoad();
    this.#behind = true;
    await this.#closeFile(undefined);
    this.#file = openFile(this.path, log !== undefined && needsOlderHead(this.path, log.runs()));
    this.#behind = false;
    if (log === undefined) return;
    this.#log = undefined;
    try {
      this.attach(log);
    } catch (error) {
      this.#log = log;
      this.#behind = true;
      throw error;
    }
  }

  /** `end`: where the file ends from now on. */
  async #closeFile(end: number | undefined): Promise<void> {
    await this.#flush?.close();
    this.#flush = undefined;
    await this.#file.close();
    this.#room?.close(end);
    this.#room = undefined;
  }

  get(key: Uint8Array): Buffer | undefined {
    const value: Uint8Array | undefined = this.#db.getBinary(key);
    return value === undefined ? undefined : asBuffer(value);
  }

  /** Walks entries in key order. Leave the loop early only by `break`, `return` or `throw`. */
  *walk(walk: Walk): Generator<Entry> {
    let { after } = walk;
    let ended = this.#ended;
    let cursor = this.#cursor(walk);
    try {
      for (;;) {
        if (ended !== this.#ended) {
          ended = this.#ended;
          cursor = this.#cursor({ ...walk, after });
        }
        const step = cursor.next();
        if (step.done === true) return;
        after = asBuffer(step.value.key);
        yield { key: after, value: step.value.value };
      }
    } finally {
      if (this.#cursors.delete(cursor)) cursor.return?.();
    }
  }

  /** A cursor of lmdb's is freed with its transaction: it must not be closed after that. */
  #cursor(walk: Walk): Iterator<RawEntry> {
    const cursor = this.#db.getRange(rangeOptions(walk))[Symbol.iterator]();
    this.#cursors.add(cursor);
    return cursor;
  }

  #closeCursors(): void {
    for (const cursor of this.#cursors) cursor.return?.();
    this.#cursors.clear();
    this.#ended += 1;
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
    this.#log?.put(key, value);
    this.#change({ key, value });
  }

  /** Only inside `commit`. As `put` where the key is not there; else false, and nothing is changed. */
  putNew(key: Uint8Array, value: Uint8Array): boolean {
    if (!putNew(this.#db, key, value)) return false;
    this.#log?.put(key, value);
    this.#countPut(key, value);
    return true;
  }

  /** Only inside `commit`. */
  remove(key: Uint8Array): void {
    this.#log?.remove(key);
    this.#change({ key, value: undefined });
  }

  #change({ key, value }: { key: Uint8Array; value: Uint8Array | undefined }): void {
    if (value === undefined) {
      this.#load.removes += 1;
      void this.#db.remove(key);
      return;
    }
    this.#countPut(key, value);
    void this.#db.put(key, asBuffer(value));
  }

  #countPut(key: Uint8Array, value: Uint8Array): void {
    this.#load.puts += 1;
    const bytes = key.length + value.length;
    if (bytes > largeBytes) this.#load.largePages += (bytes >>> 12) + 1;
  }

  /**
   * Runs the body as one step; when it returns, everything is on disk. A throw undoes all of this step;
   * NoRoom is thrown where the disk has no room for it. `frees`, asked after the body: it makes room and may
   * take what is kept back for that.
   */
  commit(body: () => void, frees = (): boolean => false): void {
    this.#throwFailure();
    this.#begin();
    try {
      this.#log?.begin();
      body();
      this.#reserved().require(this.#load, frees());
      if (this.#log?.append() !== true) this.#settle({ flushed: true });
    } catch (error) {
      this.#undo();
      throw error;
    }
  }

  /** Changes are in the log alone: other threads do not see them. */
  get unsettled(): boolean {
    return this.#log?.empty === false;
  }

  /** So much is in the log alone that it should be settled, and the last time is over. */
  get due(): boolean {
    const { puts, removes } = this.#load;
    if (this.#log === undefined || this.#flush?.running === true) return false;
    return puts + removes > mostHeld || this.#log.full;
  }

  /**
   * Brings everything into the file, for all threads to see; `flushed`: onto the disk, too, and out of the
   * log. What throws has lost nothing.
   */
  settle(flushed = false): void {
    this.#throwFailure();
    if (!this.unsettled) return;
    try {
      this.#settle({ flushed });
    } catch (error) {
      this.#undo();
      throw error;
    }
  }

  /** Commits the open transaction. `last`: there is no log from now on. */
  #settle({ flushed, last = false }: { flushed: boolean; last?: boolean }): void {
    // A commit overwrites the head of the one before the last: the last one must be on disk …
    if (this.#flush?.running === true) this.#flush.wait();
    // … and the log must say that it is the one to go back to.
    this.#log?.mark();
    const run = this.#log === undefined || last ? undefined : this.#nextRun();
    if (run !== undefined) void this.#db.put(runKey, run);
    else if (this.#log !== undefined) void this.#db.remove(runKey);
    const transaction = this.#open;
    this.#open = undefined;
    this.#closeCursors();
    transaction?.commit();
    this.#reserved().took(this.#load);
    this.#forgetLoad();
    if (flushed) {
      this.#flush?.wait();
      this.#log?.clear();
    } else this.#flush?.start();
    if (run !== undefined) this.#log?.restart(run);
  }

  #begin(): void {
    this.#open ??= begin(this.#db, this.#log === undefined);
  }

  /** Nothing is acknowledged any more when a flush behind has failed: the file is opened again first. */
  #throwFailure(): void {
    if (this.#flush?.failure !== undefined) throw this.#flush.failure;
  }

  /** Ends the open transaction with nothing of it in the file. */
  #abandon(): void {
    this.#closeCursors();
    this.#open?.abort();
    this.#open = undefined;
  }

  /** Goes back to what is on disk: the file, and the steps that the log has beyond it. */
  #undo(): void {
    this.#behind = this.#flush?.failure !== undefined;
    if (this.#behind) return;
    try {
      this.#abandon();
      this.#forgetLoad();
      if (!this.unsettled) return;
      this.#begin();
      for (const change of this.#log?.appended() ?? []) this.#change(change);
    } catch {
      // the file has to be opened again: `works` says so
      this.#open = undefined;
      this.#behind = true;
    }
  }

  #forgetLoad(): void {
    this.#load.puts = this.#load.removes = this.#load.largePages = 0;
  }

  #reserved(): ReservedRoom {
    this.#room ??= new ReservedRoom(this.path, {
      use: () => useOf(this.#db),
      freePages: () => freePagesOf(this.#db, this.path),
    });
    return this.#room;
  }

  /** Makes what other threads committed visible now rather than at the next turn of the event loop. */
  refresh(): void {
    this.#db.resetReadTxn();
  }

  /** For `dbStats`: bytes up to the last page in use, those of them that are free, and blocks held ready. */
  sizes(): { fileBytes: number; freeBytes: number; heldBytes: number } {
    const { pageBytes, used } = useOf(this.#db);
    return {
      fileBytes: used * pageBytes,
      freeBytes: countFreePages(this.path, Infinity) * pageBytes,
      heldBytes: this.#room?.heldBytes ?? 0,
    };
  }

  /** What cannot be brought into the file stays in the log, for the next start. */
  async close(): Promise<void> {
    let end: number | undefined;
    if (this.works()) {
      if (this.#log !== undefined) {
        this.#begin();
        this.#reserved().require(this.#load, true);
        this.#settle({ flushed: true, last: true });
        this.#log.discard();
        this.#log = undefined;
      }
      const { pageBytes, used } = useOf(this.#db);
      end = used * pageBytes;
    }
    this.#abandon();
    this.#log?.close();
    await this.#closeFile(end);
  }
}
