import { createHash } from "node:crypto";
import { Binary, BSONRegExp, BSONSymbol, Double, Int32, Long, ObjectId, Timestamp } from "bson";
import { dateMillis, orderOf } from "../bson/compare.js";
import {
  Code,
  DBPointer,
  isNumber,
  type Doc,
  type NumberValue,
  type Value,
} from "../bson/value.js";
import { splitNumber } from "./split-number.js";

/** The longest encoded key; a longer one is cut and ends in a digest of the whole. */
export const MAX_KEY_BYTES = 900;
const digestBytes = 32;

export interface EncodedKey {
  readonly bytes: Buffer;
  /** Cut: equal bytes still mean equal values, but the order is only that of the first bytes. */
  readonly truncated: boolean;
}

/**
 * Encodes values so that the order of the bytes is MongoDB's order of the values, those with
 * direction -1 inverted. Numbers that are equal have the same bytes, whatever their types. Each
 * value is self-delimiting, so a compound key is the concatenation of its values. The first byte of
 * a value is its place in `typeOrder`. The format is on disk: changing it needs a new store version.
 */
export function encodeKey(values: readonly Value[], directions: readonly (1 | -1)[]): EncodedKey {
  return fitKey(encodeWhole(values, directions));
}

/** As `encodeKey`, never cut: for comparing, grouping and finding duplicates in memory. */
export function encodeWhole(values: readonly Value[], directions: readonly (1 | -1)[]): Buffer {
  used = 0;
  for (let i = 0; i < values.length; i++) {
    const from = used;
    writeValue(values[i] ?? null);
    if (directions[i] === -1) for (let at = from; at < used; at++) out[at] = ~(out[at] ?? 0) & 255;
  }
  const bytes = Buffer.allocUnsafe(used);
  out.copy(bytes, 0, 0, used);
  if (out.length > keptBytes * 16) out = Buffer.allocUnsafe(keptBytes);
  return bytes;
}

/** A string that is the same for two values exactly when MongoDB calls them equal. */
export function equalityKey(value: Value): string {
  return encodeWhole([value], [1]).toString("latin1");
}

function fitKey(bytes: Buffer): EncodedKey {
  if (bytes.length < MAX_KEY_BYTES) return { bytes, truncated: false };
  const digest = createHash("sha256").update(bytes).digest();
  const kept = bytes.subarray(0, MAX_KEY_BYTES - digestBytes);
  return { bytes: Buffer.concat([kept, digest]), truncated: true };
}

const keptBytes = 16 * 1024;
let out = Buffer.allocUnsafe(keptBytes);
let used = 0;

function reserve(count: number): number {
  const at = used;
  used += count;
  if (used > out.length) {
    const larger = Buffer.allocUnsafe(Math.max(used, out.length * 2));
    out.copy(larger, 0, 0, at);
    out = larger;
  }
  return at;
}

function writeByte(byte: number): void {
  const at = reserve(1);
  out[at] = byte;
}

function writeValue(value: Value): void {
  writeByte(orderOf(value));
  writePayload(value);
}

function writePayload(value: Value): void {
  if (typeof value === "string") writeText(value);
  else if (isNumber(value)) writeNumber(value);
  else if (value instanceof ObjectId) writeRaw(value.id);
  else if (value instanceof Date) writeDate(value);
  else if (typeof value === "boolean") writeByte(value ? 1 : 0);
  else if (value instanceof Map) writeDoc(value);
  else if (Array.isArray(value)) writeArray(value);
  else if (value instanceof BSONSymbol) writeText(value.value);
  else if (value instanceof Binary) {
    writeUnsigned(value.position);
    writeByte(value.sub_type);
    writeRaw(value.buffer.subarray(0, value.position));
  } else if (value instanceof Timestamp) {
    writeUnsigned(value.t);
    writeUnsigned(value.i);
  } else if (value instanceof BSONRegExp) {
    writeText(value.pattern);
    writeText(value.options);
  } else if (value instanceof DBPointer) {
    const name = Buffer.from(value.namespace);
    writeUnsigned(name.length);
    writeRaw(name);
    writeRaw(value.id.id);
  } else if (value instanceof Code) {
    writeText(value.code);
    if (value.scope !== undefined) writeDoc(value.scope);
  }
  // null, undefined, MinKey and MaxKey are their type byte
}

/**
 * The largest double that is not above the number, then 0; where the two differ, then 1 and the
 * digits of the number. All that share a double are on the same side of zero, so digits are enough.
 */
function writeNumber(value: NumberValue): void {
  if (value instanceof Int32 || value instanceof Double) {
    writeDouble(value.value);
    writeByte(0);
    return;
  }
  if (value instanceof Long && Number.isSafeInteger(value.toNumber())) {
    writeDouble(value.toNumber());
    writeByte(0);
    return;
  }
  const { floor, rest } = splitNumber(value);
  writeDouble(floor);
  writeByte(rest === undefined ? 0 : 1);
  if (rest === undefined) return;
  const from = reserve(2);
  out.writeUInt16BE(rest.magnitude + 0x8000, from);
  for (const digit of rest.digits) writeByte(Number(digit) + 1);
  writeByte(0);
  if (rest.negative) for (let at = from; at < used; at++) out[at] = ~(out[at] ?? 0) & 255;
}

/** Flips the bits of a double so that bytes order as values: NaN first, one zero. */
function writeDouble(value: number): void {
  const at = reserve(8);
  if (Number.isNaN(value)) {
    out.fill(0, at, at + 8);
    return;
  }
  out.writeDoubleBE(value === 0 ? 0 : value, at);
  if (value < 0) for (let i = at; i < at + 8; i++) out[i] = ~(out[i] ?? 0) & 255;
  else out[at] = (out[at] ?? 0) | 128;
}

/** UTF-8, where a zero byte becomes 00 FF, ended by 00 00. */
function writeText(text: string): void {
  const { length } = text;
  let at = reserve(length * 3 + 2);
  if (length <= 32) {
    let i = 0;
    for (; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit === 0 || unit > 127) break;
      out[at + i] = unit;
    }
    if (i === length) {
      out[at + length] = 0;
      out[at + length + 1] = 0;
      used = at + length + 2;
      return;
    }
  }
  if (text.includes("\0")) {
    used = at;
    const pieces = text.split("\0");
    pieces.forEach((piece, index) => {
      at = reserve(piece.length * 3 + 2);
      used = at + out.write(piece, at, "utf8");
      writeByte(0);
      writeByte(index === pieces.length - 1 ? 0 : 255);
    });
    return;
  }
  at += out.write(text, at, "utf8");
  out[at] = 0;
  out[at + 1] = 0;
  used = at + 2;
}

function writeRaw(bytes: Uint8Array): void {
  const at = reserve(bytes.length);
  out.set(bytes, at);
}

function writeUnsigned(value: number): void {
  const at = reserve(4);
  out.writeUInt32BE(value, at);
}

function writeDate(date: Date): void {
  const at = reserve(8);
  const millis = date.getTime();
  if (Number.isNaN(millis))
    out.writeBigUInt64BE(BigInt.asUintN(64, dateMillis(date)) ^ (1n << 63n), at);
  else {
    const high = Math.floor(millis / 0x1_0000_0000);
    out.writeInt32BE(high ^ 0x8000_0000, at);
    out.writeUInt32BE(millis - high * 0x1_0000_0000, at + 4);
  }
}

/** Type, name and value of each field, as `compareDocs` goes through them; 0 is below every type. */
function writeDoc(doc: Doc): void {
  for (const [name, value] of doc) {
    writeByte(orderOf(value));
    writeText(name);
    writePayload(value);
  }
  writeByte(0);
}

function writeArray(array: readonly Value[]): void {
  for (const item of array) writeValue(item);
  writeByte(0);
}

/** The bytes between which all values of a type class lie, `typeOrder` being its first byte. */
export function typeBracket(value: Value): { from: number; to: number } {
  const from = orderOf(value);
  return { from, to: from + 1 };
}
