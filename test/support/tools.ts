import { execFileSync, spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** What some suites need from outside npm: the program, and the Debian package that brings it. */
export const tools = {
  chromium: { commands: ["chromium", "chromium-browser", "google-chrome"], apt: "chromium" },
  "redis-server": { commands: ["redis-server"], apt: "redis-server" },
  nginx: { commands: ["nginx"], apt: "nginx-light" },
  exiftool: { commands: ["exiftool"], apt: "libimage-exiftool-perl" },
  strace: { commands: ["strace"], apt: "strace" },
  caddy: { commands: ["caddy"], apt: "caddy" },
} as const;
export type ToolName = keyof typeof tools;

/** The program's path, null when this machine has none. */
export function findTool(name: ToolName): string | null {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  for (const command of tools[name].commands) {
    for (const folder of folders) {
      const path = join(folder, command);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // not in this folder
      }
    }
  }
  return null;
}

/**
 * For a suite's `before`: the program's path, or the suite is skipped and says what would bring it.
 * Under CI nothing is skipped for a missing tool: the suite fails.
 */
export function requireTool(context: Mocha.Context, name: ToolName): string {
  const path = findTool(name);
  if (path !== null) return path;
  const reason = `${name} is not on this machine: apt-get install ${tools[name].apt}, or npm test -- --install as root`;
  if (process.env["CI"] === "true") throw new Error(reason);
  process.stdout.write(`    skipped: ${reason}\n`);
  return context.skip();
}

/** Fetches with apt what is missing. Needs root on Debian or Ubuntu; throws with apt's own words. */
export function installTools(): void {
  const missing = Object.entries(tools).filter(([name]) => findTool(name as ToolName) === null);
  if (missing.length === 0) return;
  const apt = spawnSync("apt-get", ["--version"], { stdio: "ignore" });
  if (apt.error !== undefined || process.getuid?.() !== 0) {
    const names = missing.map(([, tool]) => tool.apt).join(" ");
    process.stdout.write(`Not installed (needs root on Debian or Ubuntu): ${names}\n`);
    return;
  }
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const run = (...words: string[]) =>
    execFileSync("apt-get", words, { env: environment, stdio: ["ignore", "ignore", "inherit"] });
  run("update", "-qq");
  run("install", "-qq", "-y", "--no-install-recommends", ...missing.map(([, tool]) => tool.apt));
}
