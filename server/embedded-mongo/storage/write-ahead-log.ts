import { closeSync, constants, openSync, readSync, rmSync, writeSync } from "node:fs";
import { crc32 } from "node:zlib";
import { flushFolderOf } from "./flush-folder.js";

/** One entry that a group put (`value` given) or removed. */
export interface Change {
  readonly key: Buffer;
  readonly value: Buffer | undefined;
}

/** Which run of the log a record belongs to: what an earlier run left behind in the file has another one. */
export const runBytes = 8;

/** run, number of the record in it, length of its body, CRC-32 of all that and the body. */
const headBytes = runBytes + 12;
const changeHeadBytes = 6;
const removed = 0xffff_ffff;
/** A group larger than this gains nothing by being written twice. */
const largestGroup = 1024 * 1024;
/** From here on the log should be emptied. */
const roomyBytes = 8 * 1024 * 1024;

/**
 * What was acknowledged and does not yet stand in lmdb's file: one record a group, written and flushed by
 * one call (O_DSYNC). The file is written from its start again and again and never made shorter, so that a
 * flush has no new length to note down. A record that was cut short has a wrong sum: it and what follows
 * was never acknowledged.
 */
export class WriteAheadLog {
  readonly #file: number;
  #run: Uint8Array = Buffer.alloc(runBytes);
  /** Where the next record goes, and its number. */
  #end = 0;
  #records = 0;
  #group = Buffer.allocUnsafe(64 * 1024);
  #used = headBytes;
  #tooLarge = false;

  /** Opens the file, making it if there is none. */
  constructor(private readonly path: string) {
    this.#file = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_DSYNC, 0o600);
    flushFolderOf(path);
  }

  get empty(): boolean {
    return this.#records === 0;
  }

  get full(): boolean {
    return this.#end > roomyBytes;
  }

  /** Begins a group; what the last one noted and did not append is forgotten. */
  begin(): void {
    this.#used = headBytes;
    this.#tooLarge = false;
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.#note(key, value, value.length);
  }

  remove(key: Uint8Array): void {
    this.#note(key, undefined, removed);
  }

  #note(key: Uint8Array, value: Uint8Array | undefined, length: number): void {
    const from = this.#used;
    const end = from + changeHeadBytes + key.length + (value?.length ?? 0);
    if (end > largestGroup) this.#tooLarge = true;
    if (this.#tooLarge) return;
    if (end > this.#group.length) {
      const larger = Buffer.allocUnsafe(Math.max(end, this.#group.length * 2));
      this.#group.copy(larger, 0, 0, from);
      this.#group = larger;
    }
    const group = this.#group;
    group.writeUInt16LE(key.length, from);
    group.writeUInt32LE(length, from + 2);
    group.set(key, from + changeHeadBytes);
    if (value !== undefined) group.set(value, from + changeHeadBytes + key.length);
    this.#used = end;
  }

  /**
   * Puts the group on disk. False where it is not there for certain: it is too large, or the disk did not
   * take it; then it must go where else it can.
   */
  append(): boolean {
    if (this.#tooLarge) return false;
    if (this.#used === headBytes) return true;
    const record = this.#group.subarray(0, this.#used);
    record.set(this.#run, 0);
    record.writeUInt32LE(this.#records, runBytes);
    record.writeUInt32LE(record.length - headBytes, runBytes + 4);
    record.writeUInt32LE(sumOf(record), runBytes + 8);
    try {
      if (writeSync(this.#file, record, 0, record.length, this.#end) < record.length) return false;
    } catch {
      // no room, or a broken disk: whoever goes on elsewhere finds out which
      return false;
    }
    this.#end += record.length;
    this.#records += 1;
    return true;
  }

  /** All changes of a run, in order, up to the first record that is not whole. */
  *read(run: Uint8Array): Generator<Change> {
    const head = Buffer.alloc(headBytes);
    let at = 0;
    for (let number = 0; ; number++) {
      if (readSync(this.#file, head, 0, headBytes, at) < headBytes) return;
      const length = head.readUInt32LE(runBytes + 4);
      if (!head.subarray(0, runBytes).equals(run) || head.readUInt32LE(runBytes) !== number) return;
      if (length > largestGroup) return;
      const record = Buffer.alloc(headBytes + length);
      if (readSync(this.#file, record, 0, record.length, at) < record.length) return;
      if (sumOf(record) !== record.readUInt32LE(runBytes + 8)) return;
      yield* changesOf(record);
      at += record.length;
    }
  }

  /** What this run has appended so far. */
  *appended(): Generator<Change> {
    if (!this.empty) yield* this.read(this.#run);
  }

  /** Begins anew: what is in the log stands elsewhere now. */
  restart(run: Uint8Array): void {
    this.#run = run;
    this.#end = 0;
    this.#records = 0;
  }

  close(): void {
    closeSync(this.#file);
  }

  /** Closes and deletes it: nothing is missing elsewhere. */
  discard(): void {
    this.close();
    rmSync(this.path, { force: true });
  }
}

/** Of everything but the place of the sum itself. */
function sumOf(record: Buffer): number {
  return crc32(record.subarray(headBytes), crc32(record.subarray(0, runBytes + 8)));
}

function* changesOf(record: Buffer): Generator<Change> {
  for (let at = headBytes; at < record.length;) {
    const keyLength = record.readUInt16LE(at);
    const valueLength = record.readUInt32LE(at + 2);
    const key = record.subarray(at + changeHeadBytes, at + changeHeadBytes + keyLength);
    at += changeHeadBytes + keyLength;
    if (valueLength === removed) {
      yield { key, value: undefined };
      continue;
    }
    yield { key, value: record.subarray(at, at + valueLength) };
    at += valueLength;
  }
}
