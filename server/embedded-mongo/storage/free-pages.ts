import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { newestMeta } from "./check-pages.js";

const headerBytes = 24;
const nodeHeaderBytes = 8;
const leaf = 0x02;
const bigData = 0x01;

/**
 * Counts the pages inside lmdb's file that are free for a writer, as listed by the last commit: those that
 * transactions before `oldest` (the oldest one that a reader still sees) freed. Reads the list from the file:
 * lmdb tells only how many entries it has. The layout is described in check-pages.ts.
 */
export function countFreePages(path: string, oldest: number): number {
  const file = openSync(path, "r");
  try {
    const meta = newestMeta(file, fstatSync(file).size);
    const free = new Set<number>();
    const read = (number: number, pages = 1): Buffer => {
      const bytes = Buffer.alloc(meta.pageBytes * pages);
      readSync(file, bytes, 0, bytes.length, number * meta.pageBytes);
      return bytes;
    };
    const visit = (number: number): void => {
      const page = read(number);
      const isLeaf = (page.readUInt16LE(18) & leaf) !== 0;
      for (let slot = 0; slot < page.readUInt16LE(20) / 2; slot++) {
        const node = page.readUInt16LE(headerBytes + slot * 2) + headerBytes;
        if (!isLeaf) {
          visit(page.readUInt32LE(node) + page.readUInt16LE(node + 4) * 0x1_0000_0000);
          continue;
        }
        const key = node + nodeHeaderBytes;
        if (Number(page.readBigUInt64LE(key)) >= oldest) continue;
        const size = page.readUInt32LE(node);
        const data = key + page.readUInt16LE(node + 6);
        if ((page.readUInt16LE(node + 4) & bigData) === 0)
          addPages(free, page.subarray(data, data + size));
        else {
          const first = Number(page.readBigUInt64LE(data));
          const pages = Math.ceil((headerBytes + size) / meta.pageBytes);
          addPages(free, read(first, pages).subarray(headerBytes, headerBytes + size));
        }
      }
    };
    if (meta.freeRoot >= 0) visit(meta.freeRoot);
    return free.size;
  } finally {
    closeSync(file);
  }
}

/** A list: how many numbers follow; a negative one is the length of the run that begins at the next. */
function addPages(free: Set<number>, list: Buffer): void {
  const count = Math.min(Number(list.readBigInt64LE(0)), list.length / 8 - 1);
  for (let at = 1; at <= count; at++) {
    const entry = Number(list.readBigInt64LE(at * 8));
    if (entry > 0) free.add(entry);
    if (entry >= 0 || at === count) continue;
    at += 1;
    const first = Number(list.readBigInt64LE(at * 8));
    for (let page = 0; page < -entry; page++) free.add(first + page);
  }
}
