import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errorText } from "../error-text.js";
import { mongoError } from "../mongo-error.js";
import { Catalog } from "./catalog.js";
import { diskError } from "./disk-error.js";
import {
  checkFile,
  checkFormat,
  createFile,
  currentFormat,
  databaseFileName,
  logFileName,
  openLog,
  upgradeFile,
} from "./disk-format.js";
import { DocumentStore } from "./documents.js";
import { KeySpace } from "./key-space.js";
import { needsOlderHead } from "./older-head.js";
import { takeOwnership, type Ownership } from "./owner-lock.js";
import { runsAt } from "./write-ahead-log.js";
import { WriteQueue, type WriteUnit } from "./write-queue.js";

export type Log = (
  level: "info" | "warn" | "error",
  message: string,
  fields?: Readonly<Record<string, unknown>>,
) => void;

/** What stands in the log alone is brought into the file when nothing was written for so long. */
const settleAfterMs = 500;

/** A file that is there while the folder is open, and after a crash. */
const openMark = "store.open";

/** The open data folder: one writer, in one process, that owns it until `close`. */
export class Store {
  readonly catalog: Catalog;
  readonly documents: DocumentStore;
  readonly #queue: WriteQueue;
  #reopening: Promise<void> | undefined;
  #commits = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Does work while no other thread has the file open. */
  alone: (work: () => Promise<void>) => Promise<void> = (work) => work();

  private constructor(
    readonly folder: string,
    readonly space: KeySpace,
    private readonly ownership: Ownership,
    /** The last process that had the folder did not close it. lmdb needs no recovery; checks are thorough then. */
    readonly openedAfterCrash: boolean,
    readonly pagesChecked: number,
    /** How many changes only the log had. */
    readonly changesRecovered: number,
    private readonly log: Log,
  ) {
    this.catalog = new Catalog(space);
    this.documents = new DocumentStore(space, this.catalog);
    this.catalog.load();
    this.#queue = new WriteQueue({
      commit: (body, frees) => this.#commit(body, frees),
      settle: () => this.space.unsettled && this.#settleLater(),
      usable: () => this.#reopening,
      writes: () => this.documents.writes,
      remember: () => this.catalog.remember(),
      restore: () => this.catalog.restore(),
    });
  }

  /**
   * Opens a data folder, making it if there is none. Throws an Error that names the owner when another
   * process has it, and one that names the file when it is not ours or not whole. An older file is upgraded.
   */
  static async open(
    folder: string,
    log: Log = () => undefined,
    format = currentFormat,
  ): Promise<Store> {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, databaseFileName);
    const mark = join(folder, openMark);
    const crashed = existsSync(mark);
    const logPath = join(folder, logFileName);
    const pages = checkFile(path, logPath, crashed);
    await createFile(path, format);
    // decided anew: looking through a large file takes a while, and another process may have been there
    const space = new KeySpace(path, needsOlderHead(path, runsAt(logPath)));
    let ownership: Ownership | undefined;
    try {
      checkFormat(path, space, format);
      ownership = await takeOwnership(folder, space);
      writeFileSync(mark, "");
      const changes = openLog(path, logPath, space, log);
      const found = upgradeFile(path, space, format);
      if (found < format.version)
        log("info", "upgraded the file", { path, from: found, to: format.version });
      return new Store(folder, space, ownership, crashed, pages, changes, log);
    } catch (error) {
      await space.close();
      await ownership?.release();
      throw error;
    }
  }

  /**
   * Runs a unit in the next group commit; resolves when it is on disk. `frees`: it deletes, and may go on
   * where a full disk refuses others.
   */
  write<T>(unit: WriteUnit<T>, frees = false): Promise<T> {
    return this.#queue.run(unit, frees);
  }

  free<T>(unit: WriteUnit<T>): Promise<T> {
    return this.write(unit, true);
  }

  #commit(body: () => void, frees: () => boolean): void {
    try {
      this.space.commit(() => {
        body();
        this.catalog.writeSizes();
      }, frees);
    } catch (error) {
      this.#checkFile(error);
      throw error;
    }
    this.#commits += 1;
    if (this.space.due) this.#settleLater();
    else if (this.space.unsettled) this.#timer ??= this.#startTimer();
  }

  /** Brings everything that was written into the file: other threads see it then. Throws what the disk says. */
  settle(): void {
    try {
      this.space.settle();
    } catch (error) {
      this.#checkFile(error);
      if (diskError(error) === undefined) throw error;
      throw mongoError(
        14031,
        `The disk is full, or it fails: what was written cannot be brought to where this reads it (${errorText(error)})`,
      );
    }
  }

  /** Nothing is lost where this fails: the log has it, and it is tried again. */
  #settleLater(): boolean {
    try {
      this.settle();
      return true;
    } catch (error) {
      this.log("error", "what was written stays in the log for now", { error: errorText(error) });
      return false;
    }
  }

  #startTimer(): NodeJS.Timeout {
    let seen = this.#commits;
    const timer = setInterval(() => {
      if (seen !== this.#commits) {
        seen = this.#commits;
        return;
      }
      if (this.#reopening !== undefined) return;
      clearInterval(timer);
      this.#timer = undefined;
      this.#settleLater();
    }, settleAfterMs);
    return timer.unref();
  }

  #checkFile(error: unknown): void {
    if (!this.space.works()) this.#reopening ??= this.#reopen(error);
  }

  /** Brings lmdb back after an error that it does not recover from; what it had not stored was not acknowledged. */
  async #reopen(cause: unknown): Promise<void> {
    this.log("error", "the disk failed at a commit; the file is opened again", {
      error: errorText(cause),
    });
    try {
      await this.alone(() => this.space.reopen());
      this.catalog.load();
      this.log("info", "the file is open again");
    } catch (error) {
      this.log("error", "the file cannot be opened again: restart the server", {
        error: errorText(error),
      });
    }
    this.#reopening = undefined;
  }

  async close(): Promise<void> {
    await this.#queue.run(() => undefined, true);
    clearInterval(this.#timer);
    await this.space.close();
    rmSync(join(this.folder, openMark), { force: true });
    await this.ownership.release();
  }
}
