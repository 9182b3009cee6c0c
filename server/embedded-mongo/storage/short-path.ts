import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What the system takes as the path of a Unix socket, in bytes (Linux: 108 with the final zero). */
const socketPathBytes = 103;
const longestSocketName = 40;

export interface SocketFolder {
  /** A path of the folder that leaves room for a socket's name. */
  readonly path: string;
  release(): void;
}

/**
 * The same folder under a path short enough for sockets: itself, or a symbolic link in a fresh private
 * folder. The socket file lies in the data folder either way.
 */
export function socketFolder(folder: string): SocketFolder {
  if (Buffer.byteLength(folder) + longestSocketName <= socketPathBytes)
    return { path: folder, release: () => undefined };
  const link = mkdtempSync(join(tmpdir(), "em-"));
  symlinkSync(folder, join(link, "d"));
  return {
    path: join(link, "d"),
    release: () => rmSync(link, { recursive: true, force: true }),
  };
}
