import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const databaseScript = fileURLToPath(
  new URL("../../../server/embedded-mongo/hosts/run-db.js", import.meta.url),
);

const mountAndRun =
  'folder=$1; mount -t tmpfs -o size="$2" tmpfs "$folder" && shift 2 && exec "$@"';

/** The database server as a process of its own. */
export interface DatabaseProcess {
  readonly url: string;
  readonly pid: number;
  /** Its data folder, for others. */
  readonly inside: string;
  /** What it has printed so far. */
  output(): string;
  /** Ends it with a signal and waits until it is gone. */
  kill(signal: NodeJS.Signals): Promise<void>;
}

/**
 * Starts the server on a socket in its data folder. Rejects with what it printed when it does not start.
 * `fileKilobytes` bounds the size of every file it writes, as a full disk would (Linux: the signal that
 * would end it is ignored, the write fails). `diskBytes` gives it a disk of its own of that size, which only
 * it sees; `inside` is where others see what lies on it.
 */
export async function startDatabaseProcess(
  folder: string,
  options: { fileKilobytes?: number; diskBytes?: number } = {},
): Promise<DatabaseProcess> {
  const { fileKilobytes, diskBytes } = options;
  // the socket stands beside the small disk, where the test can reach it
  const socket = join(diskBytes === undefined ? folder : `${folder}-sockets`, "db.sock");
  const command = [process.execPath, databaseScript, "--socket", socket, "--data", folder];
  const [program, ...args] =
    diskBytes !== undefined
      ? ["unshare", "-Urm", "sh", "-c", mountAndRun, "sh", folder, String(diskBytes), ...command]
      : fileKilobytes !== undefined
        ? [
            "bash",
            "-c",
            `trap '' XFSZ; ulimit -S -f ${fileKilobytes}; exec "$@"`,
            "bash",
            ...command,
          ]
        : command;
  const child = spawn(program ?? process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  await new Promise<void>((resolve, reject) => {
    const hear = (chunk: Buffer): void => {
      printed += chunk.toString();
      if (printed.includes('"listening"')) resolve();
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.once("close", () => reject(new Error(printed)));
  });
  return {
    url: `mongodb://${encodeURIComponent(socket)}/`,
    pid: child.pid ?? 0,
    inside: join(`/proc/${child.pid ?? 0}/root`, folder),
    output: () => printed,
    kill: async (signal) => {
      child.kill(signal);
      await ended;
    },
  };
}

/** A fresh folder for one test, and how to remove it. */
export function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "em-test-"));
  return {
    path,
    remove: () => {
      for (const one of [path, `${path}-sockets`]) rmSync(one, { recursive: true, force: true });
    },
  };
}
