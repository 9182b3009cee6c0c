/**
 * Everything lives in one ordered key space. A key starts with the four-byte number of its table;
 * table 0 is the system's own, every collection and every index has one.
 */
export const systemTable = 0;

const tableBytes = 4;

/** The key of an entry: its table's number, then the parts. */
export function tableKey(table: number, ...parts: readonly Uint8Array[]): Buffer {
  let size = tableBytes;
  for (const part of parts) size += part.length;
  const key = Buffer.allocUnsafe(size);
  key.writeUInt32BE(table, 0);
  let at = tableBytes;
  for (const part of parts) {
    key.set(part, at);
    at += part.length;
  }
  return key;
}

/** What follows the table number. */
export function withoutTable(key: Buffer): Buffer {
  return key.subarray(tableBytes);
}

/** The bounds of a whole table: from (inclusive) and to (exclusive). */
export function tableRange(table: number): KeyRange {
  return { from: tableKey(table), to: tableKey(table + 1) };
}

/** Keys from `from` (inclusive) to `to` (exclusive) in byte order. */
export interface KeyRange {
  readonly from: Buffer;
  readonly to: Buffer;
}

/** The least key above every key that starts with `prefix`. */
export function afterPrefix(prefix: Uint8Array): Buffer {
  const bound = Buffer.from(prefix);
  for (let last = bound.length - 1; last >= 0; last--) {
    const byte = bound[last] ?? 0;
    if (byte < 0xff) {
      bound[last] = byte + 1;
      return bound.subarray(0, last + 1);
    }
  }
  throw new RangeError("no key is above a prefix of 0xff bytes alone");
}

const lengthBytes = 2;

/**
 * An index entry is `table, index key, _id key`, so that many documents may have one key; in a unique index
 * it is `table, index key` and the `_id` key stands in the value, so that one look tells whether a key is
 * taken. Every value begins with the length of the index key: an entry can be taken apart without knowing
 * how values are encoded.
 */
export function indexEntry(
  { table, spec }: { readonly table: number; readonly spec: { readonly unique: boolean } },
  indexKey: Uint8Array,
  idKey: Uint8Array,
): { key: Buffer; value: Buffer } {
  const value = Buffer.allocUnsafe(lengthBytes + (spec.unique ? idKey.length : 0));
  value.writeUInt16BE(indexKey.length, 0);
  if (!spec.unique) return { key: tableKey(table, indexKey, idKey), value };
  value.set(idKey, lengthBytes);
  return { key: tableKey(table, indexKey), value };
}

/** The `_id` key that an index entry points to. */
export function entryIdKey(key: Buffer, value: Buffer): Buffer {
  return value.length > lengthBytes
    ? value.subarray(lengthBytes)
    : key.subarray(tableBytes + value.readUInt16BE(0));
}

/** The index key of an entry. */
export function entryIndexKey(key: Buffer, value: Buffer): Buffer {
  return key.subarray(tableBytes, tableBytes + value.readUInt16BE(0));
}
