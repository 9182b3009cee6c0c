import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export interface ServerProcess {
  child: ChildProcess;
  /** What it has said so far. */
  stdout(): string;
  stderr(): string;
  /** Resolves with stdout once it fits; rejects with stderr when the process ends before. */
  waitFor(pattern: RegExp): Promise<string>;
  /** Resolves with the exit status; a signal's name where one ended it. */
  exited: Promise<number | NodeJS.Signals | null>;
}

/** Runs `dist/server/NAME.js` as a process of its own, with this environment and nothing else. */
export function runServer(
  name: string,
  env: Record<string, string>,
  words: string[] = [],
): ServerProcess {
  const script = fileURLToPath(new URL(`../../server/${name}.js`, import.meta.url));
  const child = spawn(process.execPath, [script, ...words], {
    env: { PATH: process.env["PATH"], TMPDIR: process.env["TMPDIR"], ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said.stderr += text));
  const exited = once(child, "close").then(() => child.exitCode ?? child.signalCode);
  return {
    child,
    exited,
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    waitFor: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (pattern.test(said.stdout)) resolve(said.stdout);
        };
        child.stdout.on("data", look);
        look();
        void exited.then((status) =>
          reject(new Error(`It ended with ${String(status)}: ${said.stderr}`)),
        );
      }),
  };
}
