import { closeSync, openSync, readSync, statSync } from "node:fs";

/**
 * lmdb trusts its file: a page that is cut off or overwritten can end the whole process. So before lmdb
 * maps it, the tree is walked here page by page. The layout is that of lmdb's data version 2 on 64-bit
 * little-endian machines (mdb.c: MDB_meta, MDB_page_header, MDB_node); anything else is refused.
 */
const magic = 0xbeefc0de;
const dataVersion = 2;
const headerBytes = 24;
const branch = 0x01;
const leaf = 0x02;
const overflow = 0x04;
const head = 0x08;
const bigData = 0x01;
const nodeHeaderBytes = 8;
const deepest = 64;

interface Meta {
  readonly pageBytes: number;
  readonly freeRoot: number;
  readonly mainRoot: number;
  readonly lastPage: number;
  readonly transaction: bigint;
}

/** What the walk saw. */
export interface PageCount {
  readonly pages: number;
}

/** Thrown for a file that lmdb must not open. */
export class DamagedFile extends Error {}

function damaged(what: string): never {
  throw new DamagedFile(what);
}

/**
 * Walks both trees of the file (data and free pages). `leaves`: look at every page, else only at those
 * that point to others; `older`: as the file was before its last commit. A missing or empty file is a new
 * store and has no pages.
 */
export function checkPages(path: string, leaves: boolean, older = false): PageCount {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0) return { pages: 0 };
  const file = openSync(path, "r");
  try {
    const [newest, before] = metas(file, size);
    const walk = new PageWalk(file, size, older ? before : newest, leaves);
    walk.tree("free");
    walk.tree("main");
    return { pages: walk.pages };
  } finally {
    closeSync(file);
  }
}

/** Where the trees of the last commit are. */
export function newestMeta(file: number, size: number): Meta {
  return metas(file, size)[0];
}

/** The numbers of the last two transactions, the newer one first; none for a new store. */
export function lastTransactions(path: string): number[] {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0) return [];
  const file = openSync(path, "r");
  try {
    return metas(file, size).map(({ transaction }) => Number(transaction));
  } finally {
    closeSync(file);
  }
}

/** Both heads, the newer one first. Both must be whole: lmdb ends the process where one is not. */
function metas(file: number, size: number): [Meta, Meta] {
  const first = readMeta(file, size, 0);
  if (first === undefined) return damaged("is not a database of this server");
  const second = readMeta(file, size, first.pageBytes);
  if (second?.pageBytes !== first.pageBytes) return damaged("has a damaged head");
  return second.transaction > first.transaction ? [second, first] : [first, second];
}

function readMeta(file: number, size: number, offset: number): Meta | undefined {
  const page = Buffer.alloc(256);
  if (size < offset + page.length || readSync(file, page, 0, page.length, offset) < page.length)
    return undefined;
  if ((page.readUInt16LE(18) & head) === 0) return undefined;
  if (page.readUInt32LE(24) !== magic || page.readUInt32LE(28) !== dataVersion) return undefined;
  return {
    pageBytes: page.readUInt32LE(48),
    freeRoot: pageNumber(page, 48 + 40),
    mainRoot: pageNumber(page, 96 + 40),
    lastPage: pageNumber(page, 144),
    transaction: page.readBigUInt64LE(152),
  };
}

/** -1 stands for an empty tree. */
function pageNumber(bytes: Buffer, at: number): number {
  const number = bytes.readBigInt64LE(at);
  return number < 0n ? -1 : Number(number);
}

class PageWalk {
  pages = 0;
  readonly #page: Buffer;

  constructor(
    private readonly file: number,
    private readonly size: number,
    private readonly meta: Meta,
    private readonly leaves: boolean,
  ) {
    if (
      meta.pageBytes < 512 ||
      meta.pageBytes > 65_536 ||
      (meta.pageBytes & (meta.pageBytes - 1)) !== 0
    )
      damaged("has a head that makes no sense");
    this.#page = Buffer.alloc(meta.pageBytes);
  }

  tree(which: "free" | "main"): void {
    const root = which === "free" ? this.meta.freeRoot : this.meta.mainRoot;
    if (root >= 0) this.#visit(root, 0);
  }

  #visit(number: number, depth: number): void {
    if (depth > deepest) damaged("has a tree that never ends");
    const page = this.#read(number);
    this.pages += 1;
    const flags = page.readUInt16LE(18) & 0x0f;
    if (flags === branch) this.#visitBranch(page, number, depth);
    else if (flags === leaf) this.#visitLeaf(page, number);
    else damaged(`has no tree page where page ${number} should be`);
  }

  #visitBranch(page: Buffer, number: number, depth: number): void {
    const children = this.#nodes(page, number).map(
      (at) =>
        page.readUInt16LE(at) +
        page.readUInt16LE(at + 2) * 0x1_0000 +
        page.readUInt16LE(at + 4) * 0x1_0000_0000,
    );
    const [first] = children;
    if (first === undefined) return damaged(`has an empty branch at page ${number}`);
    if (!this.leaves && this.#isLeaf(first)) {
      for (const child of children) this.#checkInside(child);
      this.pages += children.length;
    } else for (const child of children) this.#visit(child, depth + 1);
  }

  #isLeaf(number: number): boolean {
    return (this.#read(number).readUInt16LE(18) & 0x0f) === leaf;
  }

  #visitLeaf(page: Buffer, number: number): void {
    const values: number[] = [];
    for (const at of this.#nodes(page, number)) {
      if ((page.readUInt16LE(at + 4) & bigData) === 0) continue;
      const data = at + nodeHeaderBytes + page.readUInt16LE(at + 6);
      if (data + 8 > page.length) damaged(`has a broken entry at page ${number}`);
      values.push(pageNumber(page, data));
    }
    for (const first of values) {
      const large = this.#read(first);
      if ((large.readUInt16LE(18) & overflow) === 0)
        damaged(`has no large value where page ${first} should be`);
      const count = large.readUInt32LE(20);
      this.#checkInside(first + count - 1);
      this.pages += count;
    }
  }

  /** Where the nodes of a page start, checked to lie inside it. */
  #nodes(page: Buffer, number: number): number[] {
    // offsets count from the end of the page's header
    const lower = page.readUInt16LE(20);
    if (lower % 2 !== 0 || lower + headerBytes > page.length)
      damaged(`has a broken page ${number}`);
    return Array.from({ length: lower / 2 }, (_, position) => {
      const at = page.readUInt16LE(headerBytes + position * 2) + headerBytes;
      if (at < lower + headerBytes || at + nodeHeaderBytes > page.length)
        damaged(`has a broken page ${number}`);
      return at;
    });
  }

  #checkInside(number: number): void {
    if (number < 2 || number > this.meta.lastPage)
      damaged(`points to page ${number}, which does not exist`);
    if ((number + 1) * this.meta.pageBytes > this.size)
      damaged(`is cut off: page ${number} is missing`);
  }

  #read(number: number): Buffer {
    this.#checkInside(number);
    readSync(this.file, this.#page, 0, this.#page.length, number * this.meta.pageBytes);
    if (pageNumber(this.#page, 0) !== number)
      damaged(`holds something else where page ${number} should be`);
    return this.#page;
  }
}
