import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { eventually } from "../support/eventually.js";

/** A process that the test may kill, stop and start again. */
export interface Part {
  start(): Promise<void>;
  kill(): Promise<void>;
  /** SIGTERM; answers the exit status. */
  end(): Promise<number | null>;
  /** SIGSTOP: it hangs, its connections stay. */
  freeze(): void;
  thaw(): void;
  running(): boolean;
  /** The last 200 KB of what it wrote since it was started. */
  output(): string;
  pid(): number;
}

interface Command {
  command: string;
  words: string[];
  env?: Record<string, string>;
  /** Ready when it says this … */
  says?: RegExp;
  /** … or takes connections here. */
  port?: number;
}

export function createPart(command: Command): Part {
  let child: ChildProcess | null = null;
  let said = "";

  async function end(signal: NodeJS.Signals): Promise<number | null> {
    const mine = child;
    if (mine === null) return null;
    child = null;
    if (mine.exitCode !== null || mine.signalCode !== null) return mine.exitCode;
    mine.kill("SIGCONT");
    mine.kill(signal);
    await once(mine, "exit");
    return mine.exitCode;
  }

  return {
    async start() {
      said = "";
      const mine = spawn(command.command, command.words, {
        env: { PATH: process.env["PATH"], ...command.env },
        stdio: ["ignore", "pipe", "pipe"],
      });
      child = mine;
      for (const stream of [mine.stdout, mine.stderr])
        stream.setEncoding("utf8").on("data", (text: string) => {
          said = (said + text).slice(-200_000);
        });
      await eventually(async () => {
        if (mine.exitCode !== null) throw new Error(`${command.command} ended: ${said}`);
        if (command.says !== undefined && !command.says.test(said))
          throw new Error(`${command.command} is not ready: ${said.slice(-2000)}`);
        if (command.port !== undefined) await takesConnections(command.port);
      }, 30_000);
    },
    async kill() {
      await end("SIGKILL");
    },
    end: () => end("SIGTERM"),
    freeze: () => void child?.kill("SIGSTOP"),
    thaw: () => void child?.kill("SIGCONT"),
    running: () => child !== null && child.exitCode === null && child.signalCode === null,
    output: () => said,
    pid: () => child?.pid ?? 0,
  };
}

async function takesConnections(port: number): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
  } finally {
    socket.destroy();
  }
}

export const built = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** The embedded store as a process of its own, as `npm run db` starts it. */
export function storePart(port: number, dataDir: string): Part {
  return createPart({
    command: process.execPath,
    words: [
      built("server/embedded-mongo/hosts/run-db.js"),
      "--port",
      String(port),
      "--data",
      dataDir,
    ],
    says: /listening/,
  });
}

export async function redisPart(program: string, port: number, folder: string): Promise<Part> {
  await mkdir(folder, { recursive: true });
  return createPart({
    command: program,
    words: ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder],
    port,
  });
}

/** One node of the server. `aheadMs` moves its clock; `under` is a command that runs it (taskset). */
export function nodePart(env: Record<string, string>, aheadMs = 0, under: string[] = []): Part {
  const shift = `const D=Date,a=${aheadMs};globalThis.Date=class Date extends D{constructor(...w){w.length?super(...w):super(D.now()+a)}static now(){return D.now()+a}}`;
  const words = [
    ...under,
    process.execPath,
    ...(aheadMs === 0 ? [] : ["--import", `data:text/javascript,${encodeURIComponent(shift)}`]),
    built("server/main.js"),
  ];
  return createPart({ command: words.shift() ?? "", words, env, says: /Script tag/ });
}
