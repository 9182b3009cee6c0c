import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  openSync,
  readSync,
  rmSync,
  writeSync,
} from "node:fs";
import { crc32 } from "node:zlib";
import { flushFolderOf } from "./flush-folder.js";

/** One entry that a group put (`value` given) or removed. */
export interface Change {
  readonly key: Buffer;
  readonly value: Buffer | undefined;
}

/**
 * Names a run of the log, the changes that go on from one of lmdb's transactions: 8 random bytes, and that
 * transaction's number. What an earlier run left behind in the file has another name.
 */
export type Run = Buffer;
export const runBytes = 16;

export function newRun(transaction: number): Run {
  const run = randomBytes(runBytes);
  run.writeBigUInt64BE(BigInt(transaction), 8);
  return run;
}

export function transactionOf(run: Run): number {
  return Number(run.readBigUInt64BE(8));
}

/** run, number of the record in it, length of its body, CRC-32 of all that and the body. */
const headBytes = runBytes + 12;
const changeHeadBytes = 6;
const removed = 0xffff_ffff;
/** A group larger than this gains nothing by being written twice. */
const largestGroup = 1024 * 1024;
/** From here on a run should end. */
const roomyBytes = 8 * 1024 * 1024;
/** Where the second half of the file begins. */
const halfBytes = roomyBytes + 4 * largestGroup;
const halves = [0, halfBytes];

/**
 * What was acknowledged and does not yet stand in lmdb's file: one record a group, written and flushed by
 * one call (O_DSYNC). Runs take turns in the two halves of the file, so that one can begin while what the
 * last one holds is still being flushed to lmdb's file. Each half is written from its start again and again
 * and never made shorter: a flush has no new length to note down. A record that was cut short has a wrong
 * sum: it and what follows was never acknowledged.
 */
export class WriteAheadLog {
  readonly #file: number;
  #run: Run = Buffer.alloc(runBytes);
  /** Where this run's half begins, where its next record goes, and that one's number. */
  #start = 0;
  #end = 0;
  #records = 0;
  #group = Buffer.allocUnsafe(64 * 1024);
  #used = headBytes;
  #tooLarge = false;

  /** Opens the file, making it if there is none. Each half has room for a mark from then on. */
  constructor(private readonly path: string) {
    this.#file = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_DSYNC, 0o600);
    flushFolderOf(path);
    const { size } = fstatSync(this.#file);
    for (const start of halves) if (size < start + headBytes) blank(this.#file, start);
  }

  get empty(): boolean {
    return this.#records === 0;
  }

  get full(): boolean {
    return this.#end - this.#start > roomyBytes;
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
    if (this.#end + this.#used > this.#start + halfBytes) return false;
    try {
      return this.#write();
    } catch {
      // no room, or a broken disk: whoever goes on elsewhere finds out which
      return false;
    }
  }

  /** Notes the run where it has no record yet: that lmdb's file may go on from here. Throws what the disk says. */
  mark(): void {
    if (!this.empty) return;
    this.begin();
    if (!this.#write()) throw new Error("no space left on device");
  }

  #write(): boolean {
    const record = this.#group.subarray(0, this.#used);
    record.set(this.#run, 0);
    record.writeUInt32LE(this.#records, runBytes);
    record.writeUInt32LE(record.length - headBytes, runBytes + 4);
    record.writeUInt32LE(sumOf(record), runBytes + 8);
    if (writeSync(this.#file, record, 0, record.length, this.#end) < record.length) return false;
    this.#end += record.length;
    this.#records += 1;
    return true;
  }

  /** The runs of which the file has at least one whole record, in the order of their transactions. */
  runs(): Run[] {
    return runsIn(this.#file).map(({ run }) => run);
  }

  /** All changes of a run, in order, up to the first record that is not whole. */
  *read(run: Run): Generator<Change> {
    const found = runsIn(this.#file).find((one) => one.run.equals(run));
    if (found === undefined) return;
    let at = found.start;
    for (let number = 0; ; number++) {
      const record = readRecord(this.#file, at);
      if (record?.run.equals(run) !== true || record.number !== number) return;
      yield* changesOf(record.bytes);
      at += record.bytes.length;
    }
  }

  /** As `read`, and then those of the run that goes on from where this one was brought into the file. */
  *readFrom(run: Run): Generator<Change> {
    yield* this.read(run);
    const next = this.runs().find((one) => transactionOf(one) === transactionOf(run) + 1);
    if (next !== undefined) yield* this.read(next);
  }

  /** What this run has appended so far. */
  *appended(): Generator<Change> {
    if (!this.empty) yield* this.read(this.#run);
  }

  /** Begins a run, in the other half: what the last one holds will be on disk elsewhere before this one ends. */
  restart(run: Run): void {
    this.#run = run;
    this.#start = this.#start === 0 ? halfBytes : 0;
    this.#end = this.#start;
    this.#records = 0;
  }

  /** Forgets everything, on disk too: all of it is on disk elsewhere. The older run first: alone it is no beginning. */
  clear(): void {
    for (const { start } of runsIn(this.#file)) blank(this.#file, start);
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

/** Puts nothing where a run begins. */
function blank(file: number, start: number): void {
  writeSync(file, Buffer.alloc(headBytes), 0, headBytes, start);
}

interface FoundRun {
  readonly run: Buffer;
  readonly start: number;
}

/** The runs in a log's file, by their transactions. */
function runsIn(file: number): FoundRun[] {
  return halves
    .flatMap((start): FoundRun[] => {
      const first = readRecord(file, start);
      return first?.number === 0 ? [{ run: first.run, start }] : [];
    })
    .sort((a, b) => transactionOf(a.run) - transactionOf(b.run));
}

/** The runs in a log that nobody has open; none where there is no file. */
export function runsAt(path: string): Run[] {
  if (!existsSync(path)) return [];
  const file = openSync(path, constants.O_RDONLY);
  try {
    return runsIn(file).map(({ run }) => run);
  } finally {
    closeSync(file);
  }
}

interface LogRecord {
  readonly run: Buffer;
  readonly number: number;
  readonly bytes: Buffer;
}

/** The record at a place; undefined where none is whole. */
function readRecord(file: number, at: number): LogRecord | undefined {
  const head = Buffer.alloc(headBytes);
  if (readSync(file, head, 0, headBytes, at) < headBytes) return undefined;
  const length = head.readUInt32LE(runBytes + 4);
  if (length > largestGroup) return undefined;
  const bytes = Buffer.alloc(headBytes + length);
  if (readSync(file, bytes, 0, bytes.length, at) < bytes.length) return undefined;
  if (sumOf(bytes) !== bytes.readUInt32LE(runBytes + 8)) return undefined;
  return { run: bytes.subarray(0, runBytes), number: bytes.readUInt32LE(runBytes), bytes };
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
