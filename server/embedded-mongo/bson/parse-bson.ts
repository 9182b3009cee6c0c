import { isUtf8 } from "node:buffer";
import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
} from "bson";
import { mongoError, type MongoError } from "../mongo-error.js";
import {
  Code,
  oldBinary,
  DBPointer,
  FarDate,
  undefinedValue,
  type Doc,
  type Value,
} from "./value.js";

/** How deep documents and arrays may be nested in a message: what a stored document may be, and its command. */
export const maxMessageDepth = 200;

const maxDateMillis = 8.64e15;

/**
 * Parses one BSON document that fills `bytes` exactly. Nothing of the result refers to `bytes`.
 * Throws MongoError 22 (InvalidBSON) for anything that is not BSON: lengths that lie, truncation,
 * bad UTF-8, unknown types, a repeated field name; 15 (Overflow) for nesting over `maxMessageDepth`.
 */
export function parseDoc(bytes: Uint8Array): Doc {
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const reader = new Reader(buffer);
  const doc = reader.document(buffer.length, 1);
  if (reader.position !== buffer.length) throw invalid("bytes after the end of the document");
  return doc;
}

function invalid(what: string): MongoError {
  return mongoError(22, `invalid BSON: ${what}`);
}

/**
 * Field names repeat from document to document: a table by hash spares the decoding and gives one
 * string object per name, which Map looks up faster.
 */
const nameTable: string[] = new Array<string>(2048).fill("");
const maxTableName = 32;

/** ObjectId copies what it is given, so one place serves for handing over the bytes. */
const objectIdBytes = new Uint8Array(12);

class Reader {
  position = 0;

  constructor(private readonly buffer: Buffer) {}

  document(limit: number, depth: number): Doc {
    const end = this.start(limit, depth);
    const doc: Doc = new Map();
    let count = 0;
    while (this.position < end) {
      const type = this.byte();
      const name = this.name(end);
      doc.set(name, this.value(type, end, depth));
      if (++count !== doc.size) throw invalid(`field '${name}' is given twice`);
    }
    this.finish(end);
    return doc;
  }

  private array(limit: number, depth: number): Value[] {
    const end = this.start(limit, depth);
    const array: Value[] = [];
    while (this.position < end) {
      const type = this.byte();
      this.position = this.nameEnd(end) + 1;
      array.push(this.value(type, end, depth));
    }
    this.finish(end);
    return array;
  }

  /** Checks the length in front of a document and its last byte; gives the place of that byte. */
  private start(limit: number, depth: number): number {
    if (depth > maxMessageDepth)
      throw mongoError(15, `BSONObj exceeds maximum nested object depth: ${maxMessageDepth}`);
    const from = this.position;
    if (limit - from < 5) throw invalid("document cut short");
    const length = this.buffer.readInt32LE(from);
    if (length < 5 || length > limit - from) throw invalid(`document length ${length}`);
    const end = from + length - 1;
    if (this.buffer[end] !== 0) throw invalid("document without its end");
    this.position = from + 4;
    return end;
  }

  private finish(end: number): void {
    if (this.position !== end) throw invalid("value longer than its document");
    this.position = end + 1;
  }

  private byte(): number {
    return this.buffer[this.position++] ?? 0;
  }

  /** Makes sure that `count` bytes are there before `end`, steps over them and gives where they start. */
  private take(count: number, end: number): number {
    const from = this.position;
    if (count < 0 || count > end - from) throw invalid("value cut short");
    this.position = from + count;
    return from;
  }

  private nameEnd(end: number): number {
    const at = this.buffer.indexOf(0, this.position);
    if (at < 0 || at >= end) throw invalid("name without its end");
    return at;
  }

  private name(end: number): string {
    const { buffer } = this;
    const from = this.position;
    let hash = 0;
    let at = from;
    for (; at < end && at - from < maxTableName; at++) {
      const byte = buffer[at];
      if (byte === undefined || byte === 0 || byte > 127) break;
      hash = (hash * 31 + byte) | 0;
    }
    if (at >= end || buffer[at] !== 0) return this.cstring(end);
    this.position = at + 1;
    const slot = hash & 2047;
    const known = nameTable[slot] ?? "";
    if (known.length === at - from && sameBytes(known, buffer, from)) return known;
    const name = buffer.toString("latin1", from, at);
    nameTable[slot] = name;
    return name;
  }

  private cstring(end: number): string {
    const from = this.position;
    const to = this.nameEnd(end);
    this.position = to + 1;
    return this.text(from, to);
  }

  private string(end: number): string {
    const length = this.buffer.readInt32LE(this.take(4, end));
    if (length < 1) throw invalid(`string length ${length}`);
    const from = this.take(length, end);
    const to = from + length - 1;
    if (this.buffer[to] !== 0) throw invalid("string without its end");
    return this.text(from, to);
  }

  private text(from: number, to: number): string {
    const { buffer } = this;
    if (to - from <= 48) {
      let at = from;
      while (at < to && (buffer[at] ?? 128) < 128) at++;
      if (at === to) return buffer.toString("latin1", from, to);
    }
    const text = buffer.toString("utf8", from, to);
    // A replacement character is either in the bytes or stands for bytes that are not UTF-8.
    if (text.includes("\ufffd") && !isUtf8(buffer.subarray(from, to))) throw invalid("not UTF-8");
    return text;
  }

  private value(type: number, end: number, depth: number): Value {
    const { buffer } = this;
    switch (type) {
      case 0x01:
        return new Double(buffer.readDoubleLE(this.take(8, end)));
      case 0x02:
        return this.string(end);
      case 0x03:
        return this.document(end, depth + 1);
      case 0x04:
        return this.array(end, depth + 1);
      case 0x05:
        return this.binary(end);
      case 0x06:
        return undefinedValue;
      case 0x07:
        return this.objectId(end);
      case 0x08:
        return this.boolean(end);
      case 0x09:
        return this.date(end);
      case 0x0a:
        return null;
      case 0x0b:
        return this.regex(end);
      case 0x0c:
        return new DBPointer(this.string(end), this.objectId(end));
      case 0x0d:
        return new Code(this.string(end));
      case 0x0e:
        return new BSONSymbol(this.string(end));
      case 0x0f:
        return this.codeWithScope(end, depth);
      case 0x10:
        return new Int32(buffer.readInt32LE(this.take(4, end)));
      case 0x11: {
        const from = this.take(8, end);
        return new Timestamp({ i: buffer.readUInt32LE(from), t: buffer.readUInt32LE(from + 4) });
      }
      case 0x12: {
        const from = this.take(8, end);
        return new Long(buffer.readInt32LE(from), buffer.readInt32LE(from + 4));
      }
      case 0x13: {
        const from = this.take(16, end);
        return new Decimal128(new Uint8Array(buffer.subarray(from, from + 16)));
      }
      case 0xff:
        return new MinKey();
      case 0x7f:
        return new MaxKey();
      default:
        throw invalid(`unknown type ${type}`);
    }
  }

  private boolean(end: number): boolean {
    const byte = this.buffer[this.take(1, end)];
    if (byte !== 0 && byte !== 1) throw invalid("boolean that is neither 0 nor 1");
    return byte === 1;
  }

  private objectId(end: number): ObjectId {
    const from = this.take(12, end);
    this.buffer.copy(objectIdBytes, 0, from, from + 12);
    return new ObjectId(objectIdBytes);
  }

  private date(end: number): Date {
    const from = this.take(8, end);
    const millis =
      this.buffer.readInt32LE(from + 4) * 0x1_0000_0000 + this.buffer.readUInt32LE(from);
    return Math.abs(millis) <= maxDateMillis
      ? new Date(millis)
      : new FarDate(this.buffer.readBigInt64LE(from));
  }

  private binary(end: number): Binary {
    const length = this.buffer.readInt32LE(this.take(4, end));
    const subtype = this.buffer[this.take(1, end)];
    let from = this.take(length, end);
    const to = from + length;
    if (subtype === oldBinary) {
      // The old binary type repeats the length inside.
      if (length < 4 || this.buffer.readInt32LE(from) !== length - 4)
        throw invalid("old binary whose lengths differ");
      from += 4;
    }
    return new Binary(new Uint8Array(this.buffer.subarray(from, to)), subtype);
  }

  private regex(end: number): BSONRegExp {
    const pattern = this.cstring(end);
    const options = this.cstring(end);
    try {
      return new BSONRegExp(pattern, options);
    } catch {
      throw invalid(`regular expression option in '${options}'`);
    }
  }

  private codeWithScope(end: number, depth: number): Code {
    const from = this.position;
    const length = this.buffer.readInt32LE(this.take(4, end));
    if (length < 14 || length > end - from) throw invalid(`code length ${length}`);
    const code = new Code(this.string(from + length), this.document(from + length, depth + 1));
    if (this.position !== from + length) throw invalid("code whose lengths differ");
    return code;
  }
}

function sameBytes(text: string, buffer: Buffer, from: number): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== buffer[from + i]) return false;
  return true;
}
