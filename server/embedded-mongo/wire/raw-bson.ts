import { mongoError } from "../mongo-error.js";

/** One element of a BSON document, as offsets into its bytes: nothing is decoded. */
export interface RawElement {
  readonly type: number;
  readonly name: string;
  /** Where the element's value starts and ends (exclusive). */
  readonly start: number;
  readonly end: number;
}

const fixedSizes: Readonly<Record<number, number>> = {
  0x01: 8,
  0x06: 0,
  0x07: 12,
  0x08: 1,
  0x09: 8,
  0x0a: 0,
  0x10: 4,
  0x11: 8,
  0x12: 8,
  0x13: 16,
  0x7f: 0,
  0xff: 0,
};

function invalid(what: string): never {
  throw mongoError(22, `Invalid BSON: ${what}`);
}

function zeroFrom(bytes: Buffer, from: number, limit: number): number {
  const at = bytes.indexOf(0, from);
  if (at < 0 || at >= limit) invalid("unterminated string");
  return at;
}

function sizedEnd(bytes: Buffer, at: number, extra: number, limit: number): number {
  if (at + 4 > limit) invalid("element runs past its document");
  const size = bytes.readInt32LE(at);
  if (size < 0 || at + size + extra > limit) invalid("element runs past its document");
  return at + size + extra;
}

function valueEnd(bytes: Buffer, type: number, at: number, limit: number): number {
  const fixed = fixedSizes[type];
  if (fixed !== undefined) return at + fixed;
  switch (type) {
    case 0x02:
    case 0x0d:
    case 0x0e:
      return sizedEnd(bytes, at, 4, limit);
    case 0x03:
    case 0x04:
    case 0x0f:
      return sizedEnd(bytes, at, 0, limit);
    case 0x05:
      return sizedEnd(bytes, at, 5, limit);
    case 0x0b:
      return zeroFrom(bytes, zeroFrom(bytes, at, limit) + 1, limit) + 1;
    case 0x0c:
      return sizedEnd(bytes, at, 16, limit);
    default:
      return invalid(`unknown element type 0x${type.toString(16)}`);
  }
}

/** The size that a document at `at` claims, checked against the room there is. */
export function documentSize(bytes: Buffer, at: number, limit = bytes.length): number {
  if (at + 5 > limit) invalid("document shorter than five bytes");
  const size = bytes.readInt32LE(at);
  if (size < 5 || at + size > limit) invalid("document length does not fit its message");
  if (bytes[at + size - 1] !== 0) invalid("document without its final zero");
  return size;
}

/** The top-level elements of one document. Throws code 22 where lengths lie. */
export function* rawElements(bytes: Buffer): Generator<RawElement> {
  const limit = documentSize(bytes, 0) - 1;
  let at = 4;
  while (at < limit) {
    const type = bytes[at] ?? 0;
    const nameEnd = zeroFrom(bytes, at + 1, limit);
    const start = nameEnd + 1;
    const end = valueEnd(bytes, type, start, limit);
    if (end > limit) invalid("element runs past its document");
    yield { type, name: bytes.toString("utf8", at + 1, nameEnd), start, end };
    at = end;
  }
}

/** The name of a document's first field. */
export function firstName(bytes: Buffer): string | undefined {
  for (const { name } of rawElements(bytes)) return name;
  return undefined;
}

/** The document without an array field; itself where it has none. */
export function withoutArray(bytes: Buffer, field: string): Buffer {
  for (const { name, type, start, end } of rawElements(bytes)) {
    if (name !== field || type !== 0x04) continue;
    const from = start - Buffer.byteLength(name) - 2;
    const rest = Buffer.concat([bytes.subarray(0, from), bytes.subarray(end)]);
    rest.writeInt32LE(rest.length, 0);
    return rest;
  }
  return bytes;
}

/** The documents of an array field, as slices of the message; undefined if there is no such array. */
export function rawDocumentArray(bytes: Buffer, field: string): Buffer[] | undefined {
  for (const element of rawElements(bytes)) {
    if (element.name !== field || element.type !== 0x04) continue;
    const documents: Buffer[] = [];
    for (const item of rawElements(bytes.subarray(element.start, element.end))) {
      if (item.type !== 0x03)
        throw mongoError(
          14,
          `BSON field '${field}.${item.name}' is the wrong type, expected type 'object'`,
        );
      documents.push(bytes.subarray(element.start + item.start, element.start + item.end));
    }
    return documents;
  }
  return undefined;
}
