import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs";
import type { KeySpace } from "./key-space.js";
import { systemTable, tableKey } from "./table-keys.js";

export const databaseFileName = "store.mdb";
/** The version this code writes. A change of layout raises it and adds a step to `upgrades`. */
export const formatVersion = 1;

const formatKey = tableKey(systemTable, Buffer.from("format"));
const formatName = "porchlight embedded-mongo ";

/** `upgrades[n]` takes the key space from version n to n + 1, inside one transaction. */
const upgrades: Readonly<Record<number, (space: KeySpace) => void>> = {};

const lmdbMagic = 0xbeefc0de;
const magicOffset = 24;
const smallestFile = 8192;

function refuse(path: string, what: string): never {
  throw new Error(
    `${path} ${what}. The server does not start on it and has changed nothing. ` +
      `Restore the file from a backup, or move it away and load a dump with db:restore.`,
  );
}

/** Refuses a file that lmdb should not even try to map. A missing or empty file is a new store. */
export function checkFile(path: string): void {
  if (!existsSync(path)) return;
  const { size } = statSync(path);
  if (size === 0) return;
  const head = Buffer.alloc(smallestFile);
  const file = openSync(path, "r");
  try {
    readSync(file, head, 0, head.length, 0);
  } finally {
    closeSync(file);
  }
  if (size < smallestFile || head.readUInt32LE(magicOffset) !== lmdbMagic)
    refuse(path, "is not a database of this server");
}

/** Checks that the open file is ours and of a version we know, marks a new one, upgrades an old one. */
export function checkFormat(path: string, space: KeySpace): void {
  const mark = space.get(formatKey)?.toString("utf8");
  if (mark === undefined) {
    if (space.first({ from: Buffer.from([0]), to: Buffer.from([0xff]) }) !== undefined)
      refuse(path, "is an lmdb database of another program");
    space.commit(() => space.put(formatKey, Buffer.from(formatName + String(formatVersion))));
    return;
  }
  const version = mark.startsWith(formatName) ? Number(mark.slice(formatName.length)) : NaN;
  if (!Number.isInteger(version)) refuse(path, "is an lmdb database of another program");
  if (version > formatVersion)
    refuse(
      path,
      `was written by a newer version of this server (format ${version}, known here: ${formatVersion})`,
    );
  for (let step = version; step < formatVersion; step++) {
    const upgrade = upgrades[step];
    if (upgrade === undefined) refuse(path, `has format ${step}, which can no longer be upgraded`);
    space.commit(() => {
      upgrade(space);
      space.put(formatKey, Buffer.from(formatName + String(step + 1)));
    });
  }
}
