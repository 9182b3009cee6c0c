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
import { GrowingBytes } from "../bson/growing-bytes.js";
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
  out.begin();
  for (let i = 0; i < values.length; i++) {
    const from = out.used;
    writeValue(values[i] ?? null);
    if (directions[i] === -1)
      for (let at = from; at < out.used; at++) out.bytes[at] = ~(out.bytes[at] ?? 0) & 255;
  }
  return out.take();
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

const out = new GrowingBytes(16 * 1024, 256 * 1024);

function writeValue(value: Value): void {
  out.byte(orderOf(value));
  writePayload(value);
}

function writePayload(value: Value): void {
  if (typeof value === "string") writeText(value);
  else if (isNumber(value)) writeNumber(value);
  else if (value instanceof ObjectId) writeRaw(value.id);
  else if (value instanceof Date) writeDate(value);
  else if (typeof value === "boolean") out.byte(value ? 1 : 0);
  else if (value instanceof Map) writeDoc(value);
  else if (Array.isArray(value)) writeArray(value);
  else if (value instanceof BSONSymbol) writeText(value.value);
  else if (value instanceof Binary) {
    writeUnsigned(value.position);
    out.byte(value.sub_type);
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
    out.byte(0);
    return;
  }
  if (value instanceof Long && Number.isSafeInteger(value.toNumber())) {
    writeDouble(value.toNumber());
    out.byte(0);
    return;
  }
  const { floor, rest } = splitNumber(value);
  writeDouble(floor);
  out.byte(rest === undefined ? 0 : 1);
  if (rest === undefined) return;
  const from = out.reserve(2);
  out.bytes.writeUInt16BE(rest.magnitude + 0x8000, from);
  for (const digit of rest.digits) out.byte(Number(digit) + 1);
  out.byte(0);
  if (rest.negative)
    for (let at = from; at < out.used; at++) out.bytes[at] = ~(out.bytes[at] ?? 0) & 255;
}

/** Flips the bits of a double so that bytes order as values: NaN first, one zero. */
function writeDouble(value: number): void {
  const at = out.reserve(8);
  if (Number.isNaN(value)) {
    out.bytes.fill(0, at, at + 8);
    return;
  }
  out.bytes.writeDoubleBE(value === 0 ? 0 : value, at);
  if (value < 0) for (let i = at; i < at + 8; i++) out.bytes[i] = ~(out.bytes[i] ?? 0) & 255;
  else out.bytes[at] = (out.bytes[at] ?? 0) | 128;
}

/** UTF-8, where a zero byte becomes 00 FF, ended by 00 00. */
function writeText(text: string): void {
  const { length } = text;
  let at = out.reserve(length * 3 + 2);
  if (length <= 32) {
    const { bytes } = out;
    let i = 0;
    for (; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit === 0 || unit > 127) break;
      bytes[at + i] = unit;
    }
    if (i === length) {
      bytes[at + length] = 0;
      bytes[at + length + 1] = 0;
      out.used = at + length + 2;
      return;
    }
  }
  if (text.includes("\0")) {
    out.used = at;
    const pieces = text.split("\0");
    pieces.forEach((piece, index) => {
      at = out.reserve(piece.length * 3 + 2);
      out.used = at + out.bytes.write(piece, at, "utf8");
      out.byte(0);
      out.byte(index === pieces.length - 1 ? 0 : 255);
    });
    return;
  }
  at += out.bytes.write(text, at, "utf8");
  out.bytes[at] = 0;
  out.bytes[at + 1] = 0;
  out.used = at + 2;
}

function writeRaw(bytes: Uint8Array): void {
  const at = out.reserve(bytes.length);
  out.bytes.set(bytes, at);
}

function writeUnsigned(value: number): void {
  const at = out.reserve(4);
  out.bytes.writeUInt32BE(value, at);
}

function writeDate(date: Date): void {
  const at = out.reserve(8);
  const millis = date.getTime();
  if (Number.isNaN(millis))
    out.bytes.writeBigUInt64BE(BigInt.asUintN(64, dateMillis(date)) ^ (1n << 63n), at);
  else {
    const high = Math.floor(millis / 0x1_0000_0000);
    out.bytes.writeInt32BE(high ^ 0x8000_0000, at);
    out.bytes.writeUInt32BE(millis - high * 0x1_0000_0000, at + 4);
  }
}

/** Type, name and value of each field, as `compareDocs` goes through them; 0 is below every type. */
function writeDoc(doc: Doc): void {
  for (const [name, value] of doc) {
    out.byte(orderOf(value));
    writeText(name);
    writePayload(value);
  }
  out.byte(0);
}

function writeArray(array: readonly Value[]): void {
  for (const item of array) writeValue(item);
  out.byte(0);
}

/** The bytes between which all values of a type class lie, `typeOrder` being its first byte. */
export function typeBracket(value: Value): { from: number; to: number } {
  const from = orderOf(value);
  return { from, to: from + 1 };
}
