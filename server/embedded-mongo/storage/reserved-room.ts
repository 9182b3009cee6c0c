import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  statfsSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";

/** What lmdb uses of its file, and how large its trees are, in pages. */
export interface FileUse {
  readonly pageBytes: number;
  /** Pages from the start of the file up to the last one in use. */
  readonly used: number;
  /** Levels of the tree. */
  readonly depth: number;
  readonly branches: number;
  /** Pages of the tree that lists the free pages; a commit may write all of them again. */
  readonly freeList: number;
}

/** How much one transaction writes. */
export interface Load {
  puts: number;
  removes: number;
  /** Pages for values too large to stand in a tree page. */
  largePages: number;
}

export interface RoomSource {
  use(): FileUse;
  /** Free pages inside the file that a transaction begun now may take. Slow; asked on a full disk only. */
  freePages(): number;
}

/** The system's ENOSPC and its kin, thrown before lmdb has written anything. */
export class NoRoom extends Error {
  readonly code: unknown;

  constructor(cause: Error) {
    super(cause.message, { cause });
    this.code = "errno" in cause && typeof cause.errno === "number" ? -cause.errno : 28;
  }
}

const chunkBytes = 1024 * 1024;
/** Kept back for transactions that make room: without it a full store could not even be emptied. */
const sparePages = 128;
/** Filesystems that put what is overwritten somewhere else (btrfs, zfs, bcachefs): filling ahead is no promise there. */
const copying = new Set([0x9123683e, 0x2fc12fc1, 0xca451a4e]);
const copyingReserveBytes = 32 * 1024 * 1024;

/**
 * Keeps disk blocks ready at the end of lmdb's file, so that lmdb itself never meets a full disk: a write
 * that fails inside it composes a message in a buffer too short for it (lmdb 3.5.6, mdb_page_flush) and
 * takes the whole process down. Zeros are written behind the last page in use, where lmdb does not look;
 * when they do not fit, the transaction is refused before it began to write.
 */
export class ReservedRoom {
  readonly #file: number;
  #use: FileUse;
  /** How far the file's blocks are there for certain, in bytes. */
  #filled: number;
  /** Pages that transactions may have taken since `#use` was measured. */
  #spent = 0;
  readonly #copies: boolean;
  /** Every page up to the end of the file as it was found has its blocks. */
  #whole = false;

  constructor(
    private readonly path: string,
    private readonly source: RoomSource,
  ) {
    this.#file = openSync(path, "r+");
    this.#use = source.use();
    this.#filled = fstatSync(this.#file).size;
    this.#copies = copying.has(statfsSync(dirname(path)).type);
  }

  /** How far the file's blocks are there, from its start. */
  get heldBytes(): number {
    return this.#filled;
  }

  /**
   * Makes sure that a transaction of this load can be written; called as it grows, when nothing of it is in
   * the file (lmdb writes pages early only beyond half a gigabyte, which no transaction comes near).
   * `last`: it may take the room kept back. Throws NoRoom.
   */
  require(load: Load, last: boolean): void {
    if (load.puts + load.removes === 0) return;
    this.#closeHoles();
    const kept = last ? 0 : sparePages;
    let most = this.#most(load);
    if (this.#ready() < most + kept) {
      this.#use = this.source.use();
      this.#spent = 0;
      most = this.#most(load);
      if (this.#ready() < most + kept) this.#makeReady(most, kept, load.largePages);
    }
    if (this.#copies) this.#requireFree(most);
  }

  /** A transaction of this load was written. */
  took(load: Load): void {
    if (load.puts + load.removes > 0) this.#spent += this.#most(load);
  }

  /** The most pages that the load can take from the file's end. */
  #most({ puts, removes, largePages }: Load): number {
    const { depth, branches, freeList, pageBytes, used } = this.#use;
    const ops = puts + removes;
    // each changes one leaf and may split it (or take its neighbour's entries), and changes the branches above
    const above = Math.min(ops * depth, 2 * branches + depth + Math.ceil(ops / 8));
    // a page is written once however many change it: what was there, and what splits add
    const changed = Math.min(
      2 * ops + above,
      used + this.#spent + ops + Math.ceil(ops / 8) + depth,
    );
    // what was freed is listed anew: 16 bytes for each page or run of pages, in pages of their own
    const freed = Math.ceil((ops * (2 + depth) * 16) / pageBytes);
    return changed + largePages + freed + 2 * freeList + 16;
  }

  #ready(): number {
    return Math.floor(this.#filled / this.#use.pageBytes) - this.#use.used - this.#spent;
  }

  #makeReady(most: number, kept: number, large: number): void {
    const { pageBytes, used } = this.#use;
    const wanted = (used + most + kept) * pageBytes;
    try {
      this.#extend(wanted, Math.max(wanted, used * pageBytes + chunkBytes) + chunkBytes);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const ready = this.#ready() - kept;
      // single pages come from those that are free inside the file as long as there are any
      if (ready < large || ready + this.source.freePages() < most) throw new NoRoom(error);
    }
  }

  /** Writes zeros up to `wanted` at least, and on to `liked` while there is room. */
  #extend(wanted: number, liked: number): void {
    this.#filled = Math.max(this.#filled, this.#use.used * this.#use.pageBytes);
    const zeros = Buffer.alloc(chunkBytes / 4);
    while (this.#filled < liked) {
      // page by page where the disk ends, so that its last ones are used
      const pageByPage = this.#filled >= wanted - zeros.length && this.#filled < wanted;
      const size = pageByPage ? this.#use.pageBytes : zeros.length;
      try {
        this.#filled += writeSync(this.#file, zeros, 0, size, this.#filled);
      } catch (error) {
        if (this.#filled < wanted) throw error;
        return;
      }
    }
  }

  #requireFree(pages: number): void {
    const { bavail, bsize } = statfsSync(dirname(this.path));
    if (bavail * bsize < pages * this.#use.pageBytes + copyingReserveBytes)
      throw new NoRoom(new Error("no space left on device"));
  }

  /** Gives pages without blocks theirs: free ones that were never written, or zeros that a copy left out. */
  #closeHoles(): void {
    if (this.#whole) return;
    const { size, blocks } = fstatSync(this.#file);
    if (blocks * 512 < size && !this.#copies) {
      const chunk = Buffer.alloc(chunkBytes);
      const zeros = Buffer.alloc(4096);
      for (let at = 0; at < size; at += chunk.length) {
        const bytes = readSync(this.#file, chunk, 0, chunk.length, at);
        for (let page = 0; page < bytes; page += zeros.length)
          if (chunk.compare(zeros, 0, zeros.length, page, page + zeros.length) === 0)
            try {
              writeSync(this.#file, zeros, 0, zeros.length, at + page);
            } catch (error) {
              throw error instanceof Error ? new NoRoom(error) : error;
            }
      }
    }
    this.#whole = true;
  }

  /** Gives back what was held ready behind `end`, where lmdb's last page ends. */
  close(end: number | undefined): void {
    if (end !== undefined) ftruncateSync(this.#file, end);
    closeSync(this.#file);
  }
}
