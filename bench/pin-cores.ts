import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** A server alone on one core, the load generator on the others. */
export interface Pinned {
  /** What runs a server's command on its core. */
  under: string[];
  /** Sends this process (every thread of it) to the other cores, or back to all. */
  moveLoad(where: "other cores" | "all cores"): void;
}

/** The cores that this process may use, as Linux lists them: "0-3,8". */
export function parseCores(list: string): number[] {
  return list
    .split(",")
    .filter((part) => /^\d+(-\d+)?$/.test(part))
    .flatMap((part) => {
      const [first = 0, last = first] = part.split("-").map(Number);
      return Array.from({ length: last - first + 1 }, (_, at) => first + at);
    });
}

/** By util-linux' taskset; a sentence that says why where this machine cannot. */
export function pinCores(): Pinned | string {
  if (spawnSync("taskset", ["--version"]).status !== 0)
    return "taskset (util-linux) is not on this machine";
  const status = readFileSync("/proc/self/status", "utf8");
  const [first, ...others] = parseCores(/Cpus_allowed_list:\s+(\S+)/.exec(status)?.[1] ?? "");
  if (first === undefined || others.length === 0)
    return "there is one core only, which the load generator would share";
  const allCores = [first, ...others];
  return {
    under: ["taskset", "-c", String(first)],
    moveLoad(where) {
      const cores = (where === "other cores" ? others : allCores).join(",");
      const moved = spawnSync("taskset", ["-a", "-c", "-p", cores, String(process.pid)]);
      if (moved.status !== 0) throw new Error(`taskset: ${moved.stderr.toString()}`);
    },
  };
}
