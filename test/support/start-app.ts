import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createApp } from "../../server/app.js";
import { readConfig, type Config } from "../../server/config.js";
import type { Clock } from "../../server/infra/clock.js";
import { createLog } from "../../server/infra/log.js";
import { readStore, type StoreReader } from "./read-store.js";

/** A clock that stands still until the test moves it. */
export interface MovedClock extends Clock {
  set(at: number): void;
  move(ms: number): void;
}

export interface TestApp {
  /** PUBLIC_URL: dashboard and chat. */
  url: string;
  demoUrl: string | null;
  demoKey: string;
  config: Config;
  clock: MovedClock | null;
  /** Every line that the server has logged so far. */
  logLines(): string[];
  /** Stops, and starts again on the same ports and the same data. */
  restart(changed?: Record<string, string>): Promise<void>;
  /** Stops and deletes the data. */
  stop(): Promise<void>;
  setupLink(): Promise<string | null>;
  /** Where the running server's store can be reached, for what an intruder or a restore would do. */
  storeUrl(): string;
  /** A look into the running server's store; the test closes it. */
  openStore(): Promise<StoreReader>;
}

export interface AppOverrides {
  /** Settings by their variable's name. */
  env?: Record<string, string>;
  /** Pass true for a clock that the test moves; it starts at the real time. */
  movedClock?: boolean;
}

/** The environment of a server on free ports with data of its own. */
export async function testEnv(dataDir: string): Promise<Record<string, string>> {
  const [port, demoPort] = await freePorts(2);
  const env: Record<string, string> = {
    DATA_DIR: dataDir,
    PORT: String(port),
    DEMO_PORT: String(demoPort),
    LOG_LEVEL: "debug",
  };
  const mongoUrl = process.env["TEST_MONGO_URL"];
  if (mongoUrl !== undefined && mongoUrl !== "") {
    env["MONGO_URL"] = `${mongoUrl.replace(/\/$/, "")}/t${randomBytes(6).toString("hex")}`;
    env["KEYS_FILE"] = join(dataDir, "keys.json");
  }
  return env;
}

/** The real server on loopback, on free ports, in a temporary data folder. */
export async function startApp(overrides: AppOverrides = {}): Promise<TestApp> {
  const dataDir = await mkdtemp(join(tmpdir(), "porchlight-"));
  const clock = overrides.movedClock === true ? movedClock() : null;
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };

  async function boot(env: Record<string, string>) {
    const config = readConfig(env);
    const log = createLog(config, destination);
    const app = await createApp(config, clock === null ? { log } : { log, clock });
    try {
      return { config, app, ...(await app.start()) };
    } catch (error) {
      await app.stop();
      throw error;
    }
  }

  let env = { ...(await testEnv(dataDir)), ...overrides.env };
  let running: Awaited<ReturnType<typeof boot>>;
  try {
    running = await boot(env);
  } catch (error) {
    // Another process may have taken the free port meanwhile: once more, on others.
    if (!(error instanceof Error && "code" in error && error.code === "EADDRINUSE")) throw error;
    env = { ...env, ...(await testEnv(dataDir)), ...overrides.env };
    running = await boot(env);
  }

  return {
    get url() {
      return running.url;
    },
    get demoUrl() {
      return running.demoUrl;
    },
    get demoKey() {
      return running.app.demoKey;
    },
    get config() {
      return running.config;
    },
    clock,
    logLines: () => lines,
    setupLink: () => running.app.setupLink(),
    storeUrl: () => running.app.storeUrl,
    openStore: () => readStore(running.app.storeUrl),
    async restart(changed = {}) {
      await running.app.stop();
      running = await boot({ ...env, ...changed });
    },
    async stop() {
      await running.app.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export function movedClock(): MovedClock {
  let now = Date.now();
  return {
    now: () => now,
    set: (at) => {
      now = at;
    },
    move: (ms) => {
      now += ms;
    },
  };
}

/** Ports that were free a moment ago, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once("error", reject);
          server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}
