import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export interface ServerProcess {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts a server of `dist` as a process of its own on a Unix socket and waits until it listens. */
export async function startServer(
  file: string,
  socket: string,
  dataDir?: string,
): Promise<ServerProcess> {
  const script = fileURLToPath(new URL(`./${file}`, import.meta.url));
  const args =
    dataDir === undefined ? [script, socket] : [script, "--socket", socket, "--data", dataDir];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  await new Promise<void>((resolve, reject) => {
    child.once("exit", () => reject(new Error(`${file} ended before it listened`)));
    child.stdout.on("data", (chunk: Buffer) => {
      if (chunk.toString().includes("listening")) resolve();
    });
  });
  return {
    url: `mongodb://${encodeURIComponent(socket)}/`,
    pid: child.pid ?? 0,
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
