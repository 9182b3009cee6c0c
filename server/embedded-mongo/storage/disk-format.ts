import { randomBytes } from "node:crypto";
import { existsSync, linkSync, rmSync, statSync } from "node:fs";
import { errorText } from "../error-text.js";
import { checkPages, DamagedFile } from "./check-pages.js";
import { flushFolderOf } from "./flush-folder.js";
import { KeySpace } from "./key-space.js";
import { moveIdsIntoValues } from "./move-ids.js";
import { needsOlderHead } from "./older-head.js";
import type { Log } from "./store.js";
import { systemTable, tableKey } from "./table-keys.js";
import { runsAt, WriteAheadLog } from "./write-ahead-log.js";

export const databaseFileName = "store.mdb";
/** What was acknowledged and does not yet stand in the other one; there while the store is open, and after a crash. */
export const logFileName = "store.log";
/** A version of the layout on disk, and the ways to it from the versions before. */
export interface DiskFormat {
  readonly version: number;
  /** `upgrades[n]` takes the key space from version n to n + 1, inside one transaction. */
  readonly upgrades: Readonly<Record<number, (space: KeySpace) => void>>;
}

/** What this code writes. A change of layout raises the version and adds a step. */
export const currentFormat: DiskFormat = {
  version: 3,
  upgrades: {
    // version 2 has a log beside it, too, which a server that knows version 1 would leave out
    1: moveIdsIntoValues,
    // version 3 has a log in halves, of which a server that knows version 2 would read one
    2: () => undefined,
  },
};

const formatKey = tableKey(systemTable, Buffer.from("format"));
const formatName = "porchlight embedded-mongo ";

function refuse(path: string, what: string): never {
  throw new Error(
    `${path} ${what}. The server does not start on it and has changed nothing. ` +
      `Restore the file from a backup, or move it away and load a dump with db:restore.`,
  );
}

/** Below this every page is looked at; above, only after a crash, so that starting stays quick. */
const thoroughBytes = 512 * 1024 * 1024;

/**
 * Refuses a file that lmdb should not even try to map, as it will be opened with this log; gives the number
 * of pages looked through.
 */
export function checkFile(path: string, logPath: string, thorough: boolean): number {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  try {
    const older = needsOlderHead(path, runsAt(logPath));
    return checkPages(path, thorough || size < thoroughBytes, older).pages;
  } catch (error) {
    if (error instanceof DamagedFile) refuse(path, error.message);
    throw error;
  }
}

/**
 * Makes the file of a new store under another name and gives it its own when it is whole and on disk, so
 * that a power cut leaves a store or none. Where there are no hard links, lmdb makes it in place.
 */
export async function createFile(path: string, format: DiskFormat): Promise<void> {
  if (existsSync(path)) return;
  const fresh = `${path}.${randomBytes(6).toString("hex")}.new`;
  const space = new KeySpace(fresh);
  try {
    checkFormat(fresh, space, format);
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
  flushFolderOf(path);
}

function mark(version: number): Buffer {
  return Buffer.from(formatName + String(version));
}

/** The version of an open file; marks a new one. Refuses what is not ours, or newer, or older than can be upgraded. */
export function checkFormat(path: string, space: KeySpace, format: DiskFormat): number {
  const text = space.get(formatKey)?.toString("utf8");
  if (text === undefined) {
    if (space.first({ from: Buffer.from([0]), to: Buffer.from([0xff]) }) !== undefined)
      refuse(path, "is an lmdb database of another program");
    space.commit(() => space.put(formatKey, mark(format.version)));
    return format.version;
  }
  const version = text.startsWith(formatName) ? Number(text.slice(formatName.length)) : NaN;
  if (!Number.isInteger(version)) refuse(path, "is an lmdb database of another program");
  if (version > format.version)
    refuse(
      path,
      `was written by a newer version of this server (format ${version}, known here: ${format.version}); ` +
        `start it with that version or a later one`,
    );
  for (let step = version; step < format.version; step++)
    if (format.upgrades[step] === undefined)
      refuse(path, `has format ${version}, which can no longer be upgraded`);
  return version;
}

/**
 * Takes an older file to the current format, each step and its mark in one transaction: a crash leaves one
 * version or the next, and the next start goes on from there. Only by the folder's owner, after what a crash
 * left in the log is in the file. Gives the version that the file had.
 */
export function upgradeFile(path: string, space: KeySpace, format: DiskFormat): number {
  const found = checkFormat(path, space, format);
  for (let step = found; step < format.version; step++)
    try {
      space.commit(() => {
        format.upgrades[step]?.(space);
        space.put(formatKey, mark(step + 1));
      });
      // an older server looks for the mark in the file, not in the log
      space.settle(true);
    } catch (error) {
      throw new Error(
        `${path} could not be upgraded from format ${step} to ${step + 1}: ` +
          `${errorText(error)}. It is as it was before this step.`,
        { cause: error },
      );
    }
  return found;
}

/**
 * Opens the log beside the file and brings what a crash left in it into the file; gives the number of
 * changes. Refuses a file whose log is gone. Where a new log cannot be made, the store does without:
 * slower, as safe.
 */
export function openLog(path: string, logPath: string, space: KeySpace, log: Log): number {
  if (space.needsLog && !existsSync(logPath))
    refuse(path, `was not closed cleanly and needs ${logPath}, which is gone`);
  if (space.hasOldLog)
    refuse(
      path,
      "was not closed cleanly by an older version of this server: start and stop that one",
    );
  let opened: WriteAheadLog;
  try {
    opened = new WriteAheadLog(logPath);
  } catch (error) {
    if (space.needsLog) throw error;
    log("warn", "there is no write-ahead log: each group of writes is brought into the file", {
      error: errorText(error),
    });
    return 0;
  }
  return space.attach(opened);
}
