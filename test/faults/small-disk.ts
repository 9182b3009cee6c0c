import { spawnSync } from "node:child_process";

/** Why a small disk cannot be made here, null when it can: it needs a user namespace and tmpfs. */
export function maySmallDisk(): string | null {
  const tried = spawnSync("unshare", ["-Urm", "sh", "-c", "mount -t tmpfs -o size=1m tmpfs /mnt"]);
  if (tried.status === 0) return null;
  return "a user namespace with a tmpfs of its own is not allowed on this machine";
}
