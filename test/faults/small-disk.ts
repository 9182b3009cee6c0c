import { spawnSync } from "node:child_process";
import { rm } from "node:fs/promises";
import { built, createPart, type Part } from "./processes.js";

export interface SmallDisk {
  bytes: number;
  /** Taken by a file that `freeSmallDisk` deletes. */
  ballast: number;
}

/** Why a small disk cannot be made here, null when it can: it needs a user namespace and tmpfs. */
export function maySmallDisk(): string | null {
  const tried = spawnSync("unshare", ["-Urm", "sh", "-c", "mount -t tmpfs -o size=1m tmpfs /mnt"]);
  if (tried.status === 0) return null;
  return "a user namespace with a tmpfs of its own is not allowed on this machine";
}

/** The store as `npm run db` starts it, with its data on a small disk in a namespace of its own. */
export function storeOnSmallDisk(port: number, dataDir: string, disk: SmallDisk): Part {
  const script = built("server/embedded-mongo/hosts/run-db.js");
  const inside = [
    `mount -t tmpfs -o size=${disk.bytes} tmpfs "$1"`,
    `head -c ${disk.ballast} /dev/zero > "$1/ballast"`,
    'exec "$2" "$3" --port "$4" --data "$1"',
  ].join(" && ");
  return createPart({
    command: "unshare",
    words: ["-Urm", "sh", "-c", inside, "sh", dataDir, process.execPath, script, String(port)],
    says: /listening/,
  });
}

/** Deletes the ballast, from outside of the store's namespace. */
export async function freeSmallDisk(store: Part, dataDir: string): Promise<void> {
  await rm(`/proc/${store.pid()}/root${dataDir}/ballast`);
}
