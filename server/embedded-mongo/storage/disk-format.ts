import { randomBytes } from "node:crypto";
import { closeSync, existsSync, fsyncSync, linkSync, openSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { checkPages, DamagedFile } from "./check-pages.js";
import { KeySpace } from "./key-space.js";
import { moveIdsIntoValues } from "./move-ids.js";
import type { Log } from "./store.js";
import { systemTable, tableKey } from "./table-keys.js";
import { WriteAheadLog } from "./write-ahead-log.js";

export const databaseFileName = "store.mdb";
/** What was acknowledged and does not yet stand in the other one; there while the store is open, and after a crash. */
export const logFileName = "store.log";
/** The version this code writes. A change of layout raises it and adds a step to `upgrades`. */
export const formatVersion = 2;

const formatKey = tableKey(systemTable, Buffer.from("format"));
const formatName = "porchlight embedded-mongo ";

/** `upgrades[n]` takes the key space from version n to n + 1, inside one transaction. */
const upgrades: Readonly<Record<number, (space: KeySpace) => void>> = {
  // version 2 has a log beside it, too, which a server that knows version 1 would leave out
  1: moveIdsIntoValues,
};

function refuse(path: string, what: string): never {
  throw new Error(
    `${path} ${what}. The server does not start on it and has changed nothing. ` +
      `Restore the file from a backup, or move it away and load a dump with db:restore.`,
  );
}

/** Below this every page is looked at; above, only after a crash, so that starting stays quick. */
const thoroughBytes = 512 * 1024 * 1024;

/** Refuses a file that lmdb should not even try to map; gives the number of pages looked through. */
export function checkFile(path: string, thorough: boolean): number {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  try {
    return checkPages(path, thorough || size < thoroughBytes).pages;
  } catch (error) {
    if (error instanceof DamagedFile) refuse(path, error.message);
    throw error;
  }
}

/**
 * Makes the file of a new store under another name and gives it its own when it is whole and on disk, so
 * that a power cut leaves a store or none. Where there are no hard links, lmdb makes it in place.
 */
export async function createFile(path: string): Promise<void> {
  if (existsSync(path)) return;
  const fresh = `${path}.${randomBytes(6).toString("hex")}.new`;
  const space = new KeySpace(fresh);
  try {
    checkFormat(fresh, space);
  } finally {
    await space.close();
  }
  try {
    linkSync(fresh, path);
  } catch {
    // another process was first, or it is made in place
  }
  rmSync(fresh, { force: true });
  rmSync(`${fresh}-lock`, { force: true });
  const folder = openSync(dirname(path), "r");
  fsyncSync(folder);
  closeSync(folder);
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

/**
 * Opens the log beside the file and brings what a crash left in it into the file; gives the number of
 * changes. Refuses a file whose log is gone. Where a new log cannot be made, the store does without:
 * slower, as safe.
 */
export function openLog(path: string, logPath: string, space: KeySpace, log: Log): number {
  if (space.needsLog && !existsSync(logPath))
    refuse(path, `was not closed cleanly and needs ${logPath}, which is gone`);
  let opened: WriteAheadLog;
  try {
    opened = new WriteAheadLog(logPath);
  } catch (error) {
    if (space.needsLog) throw error;
    log("warn", "there is no write-ahead log: each group of writes is brought into the file", {
      error: error instanceof Error ? error.message : String(error),
    });
    return 0;
  }
  return space.attach(opened);
}
