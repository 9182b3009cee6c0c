import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, readFile, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

/**
 * What must survive the restore of an older backup: hashes only, never a name or an address.
 * `value` holds what the kind needs besides (the address hash and scope of a suppression, the
 * subject of an erasure, the signed head of a chain).
 */
export interface JournalEntry {
  kind: "suppression" | "erasure" | "chain_head";
  site: string;
  /** Milliseconds since 1970. */
  at: number;
  value: Record<string, string | number>;
}

export interface Journal {
  /** Resolves when the entry is on disk. */
  append(entry: JournalEntry): Promise<void>;
  /** Hands every entry of every node's file to `apply`, each file in its order; returns how many. */
  replay(apply: (entry: JournalEntry) => Promise<void>): Promise<number>;
  close(): Promise<void>;
}

const entrySchema = z.object({
  kind: z.enum(["suppression", "erasure", "chain_head"]),
  site: z.string(),
  at: z.number(),
  value: z.record(z.string(), z.union([z.string(), z.number()])),
});

interface Waiting {
  line: string;
  done: () => void;
  failed: (error: unknown) => void;
}

/**
 * An append-only journal in a folder. Each process writes a file of its own, made at its first entry,
 * so nodes may share the folder. Entries that arrive while the disk is busy share one sync.
 */
export async function openJournal(folder: string): Promise<Journal> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  let file: FileHandle | null = null;
  let waiting: Waiting[] = [];
  let writing: Promise<void> | null = null;

  async function write(batch: Waiting[]): Promise<void> {
    try {
      file ??= await makeFile(folder);
      await file.appendFile(batch.map((entry) => entry.line).join(""));
      await file.datasync();
      for (const entry of batch) entry.done();
    } catch (error) {
      // A half-written line stays the last of its file: the next entry begins a new one.
      await file?.close().catch(() => undefined);
      file = null;
      for (const entry of batch) entry.failed(error);
    }
  }

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      await write(batch);
    }
    writing = null;
  }

  return {
    append: (entry) =>
      new Promise<void>((done, failed) => {
        waiting.push({ line: `${JSON.stringify(entry)}\n`, done, failed });
        writing ??= drain();
      }),
    async replay(apply) {
      let count = 0;
      const names = (await readdir(folder)).filter((name) => name.endsWith(".jsonl")).sort();
      for (const name of names) {
        for (const entry of readEntries(
          join(folder, name),
          await readFile(join(folder, name), "utf8"),
        )) {
          await apply(entry);
          count++;
        }
      }
      return count;
    },
    async close() {
      await writing;
      await file?.close();
      file = null;
    },
  };
}

async function makeFile(folder: string): Promise<FileHandle> {
  const time = new Date().toISOString().replaceAll(/[-:.]/g, "");
  const file = await open(
    join(folder, `${time}-${randomBytes(6).toString("hex")}.jsonl`),
    "ax",
    0o600,
  );
  // The folder's own entry must be on disk too, or a power cut loses the whole file.
  const directory = await open(folder, "r");
  await directory.sync();
  await directory.close();
  return file;
}

/** A torn last line was never acknowledged and is left out; damage anywhere else stops the start. */
function readEntries(path: string, text: string): JournalEntry[] {
  const lines = text.split("\n");
  const torn = lines.pop();
  return lines.map((line, at) => {
    try {
      return entrySchema.parse(JSON.parse(line));
    } catch (error) {
      throw new Error(
        `The journal ${path} is damaged at line ${at + 1}${torn === "" ? "" : " (and torn at its end)"}. Restore it from your backup.`,
        { cause: error },
      );
    }
  });
}
