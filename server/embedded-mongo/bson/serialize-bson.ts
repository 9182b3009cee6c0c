import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  Decimal128,
  Double,
  Int32,
  Long,
  MinKey,
  ObjectId,
  Timestamp,
} from "bson";
import { mongoError } from "../mongo-error.js";
import { GrowingBytes } from "./growing-bytes.js";
import { Code, oldBinary, DBPointer, FarDate, type Doc, type Value } from "./value.js";

const scratch = new GrowingBytes(256 * 1024, 2 * 1024 * 1024);

/** Writes a document as BSON, in a buffer of its own. */
export function serializeDoc(doc: Doc): Buffer {
  scratch.begin();
  writeDoc(doc);
  return scratch.take();
}

function writeDoc(doc: Doc): void {
  const start = scratch.reserve(4);
  for (const [name, value] of doc) writeElement(name, value);
  scratch.byte(0);
  scratch.bytes.writeInt32LE(scratch.used - start, start);
}

function writeArray(array: readonly Value[]): void {
  const start = scratch.reserve(4);
  let index = 0;
  for (const value of array) writeElement(String(index++), value);
  scratch.byte(0);
  scratch.bytes.writeInt32LE(scratch.used - start, start);
}

/** The text as UTF-8, without length or end. */
function writeText(text: string): void {
  const { length } = text;
  if (length <= 32) {
    const at = scratch.reserve(length);
    const { bytes } = scratch;
    let i = 0;
    for (; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 127) break;
      bytes[at + i] = unit;
    }
    if (i === length) return;
    scratch.used = at;
  }
  const at = scratch.reserve(length * 3);
  scratch.used = at + scratch.bytes.write(text, at, "utf8");
}

function writeCstring(text: string): void {
  if (text.includes("\0"))
    throw mongoError(2, "field names and regular expressions must not contain null bytes");
  writeText(text);
  scratch.byte(0);
}

function writeString(text: string): void {
  const start = scratch.reserve(4);
  writeText(text);
  scratch.byte(0);
  scratch.bytes.writeInt32LE(scratch.used - start - 4, start);
}

function writeElement(name: string, value: Value): void {
  const typeAt = scratch.reserve(1);
  writeCstring(name);
  // Not `scratch.bytes[typeAt] = writeValue(value)`: the left side would be read before the buffer grows.
  const type = writeValue(value);
  scratch.bytes[typeAt] = type;
}

/** Writes the value and gives its type byte. */
function writeValue(value: Value): number {
  if (typeof value === "string") {
    writeString(value);
    return 0x02;
  }
  if (typeof value === "boolean") {
    scratch.byte(value ? 1 : 0);
    return 0x08;
  }
  if (value === null) return 0x0a;
  if (typeof value === "symbol") return 0x06;
  if (value instanceof Int32) {
    const at = scratch.reserve(4);
    scratch.bytes.writeInt32LE(value.value, at);
    return 0x10;
  }
  if (value instanceof Double) {
    const at = scratch.reserve(8);
    scratch.bytes.writeDoubleLE(value.value, at);
    return 0x01;
  }
  if (value instanceof Map) {
    writeDoc(value);
    return 0x03;
  }
  if (Array.isArray(value)) {
    writeArray(value);
    return 0x04;
  }
  if (value instanceof ObjectId) {
    writeBytes(value.id);
    return 0x07;
  }
  if (value instanceof Date) {
    writeDate(value);
    return 0x09;
  }
  return writeRareValue(value);
}

type RareValue = Exclude<
  Value,
  string | boolean | null | symbol | Int32 | Double | Doc | Value[] | ObjectId | Date
>;

function writeRareValue(value: RareValue): number {
  if (value instanceof Timestamp) {
    writeBits(value.i, value.t);
    return 0x11;
  }
  if (value instanceof Long) {
    writeBits(value.low, value.high);
    return 0x12;
  }
  if (value instanceof Decimal128) {
    writeBytes(value.bytes);
    return 0x13;
  }
  if (value instanceof Binary) {
    writeBinary(value);
    return 0x05;
  }
  if (value instanceof BSONRegExp) {
    writeCstring(value.pattern);
    writeCstring(value.options);
    return 0x0b;
  }
  if (value instanceof BSONSymbol) {
    writeString(value.value);
    return 0x0e;
  }
  if (value instanceof DBPointer) {
    writeString(value.namespace);
    writeBytes(value.id.id);
    return 0x0c;
  }
  if (value instanceof Code) return writeCode(value);
  return value instanceof MinKey ? 0xff : 0x7f;
}

function writeBytes(bytes: Uint8Array): void {
  const at = scratch.reserve(bytes.length);
  scratch.bytes.set(bytes, at);
}

function writeBits(low: number, high: number): void {
  const at = scratch.reserve(8);
  scratch.bytes.writeInt32LE(low | 0, at);
  scratch.bytes.writeInt32LE(high | 0, at + 4);
}

function writeDate(date: Date): void {
  const at = scratch.reserve(8);
  const millis = date instanceof FarDate ? date.millis : BigInt(date.getTime());
  scratch.bytes.writeBigInt64LE(millis, at);
}

function writeBinary(binary: Binary): void {
  const bytes = binary.buffer.subarray(0, binary.position);
  const old = binary.sub_type === oldBinary;
  const at = scratch.reserve(old ? 9 : 5);
  scratch.bytes.writeInt32LE(bytes.length + (old ? 4 : 0), at);
  scratch.bytes[at + 4] = binary.sub_type;
  if (old) scratch.bytes.writeInt32LE(bytes.length, at + 5);
  writeBytes(bytes);
}

function writeCode(code: Code): number {
  if (code.scope === undefined) {
    writeString(code.code);
    return 0x0d;
  }
  const start = scratch.reserve(4);
  writeString(code.code);
  writeDoc(code.scope);
  scratch.bytes.writeInt32LE(scratch.used - start, start);
  return 0x0f;
}
