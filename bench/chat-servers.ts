import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createPart, nodePart } from "../test/faults/processes.js";
import { publicUrl, signInFirst, unlimitedRates } from "../test/faults/start-cluster.js";
import { freePorts } from "../test/support/start-app.js";
import type { Target } from "./chat-load.js";

/** A server in a process of its own. */
export interface Started {
  target: Target;
  stop(): Promise<void>;
}

interface OurOptions {
  /** Its data, and its keys unless `env` says where they are. */
  folder: string;
  env?: Record<string, string>;
  /** An admin's session, where another node made one. */
  cookie?: string;
  /** A command that runs it (taskset). */
  under?: string[];
}

export async function startOurs(options: OurOptions): Promise<Started> {
  const [port = 0] = await freePorts(1);
  const env: Record<string, string> = {
    PORT: String(port),
    DEMO_PORT: "off",
    PUBLIC_URL: publicUrl,
    DATA_DIR: options.folder,
    KEYS_FILE: join(options.folder, "keys.json"),
    LOG_LEVEL: "error",
    ...unlimitedRates,
    ...options.env,
  };
  const part = nodePart(env, 0, options.under);
  try {
    await part.start();
    const url = `http://127.0.0.1:${port}`;
    const site = /\/w\/([\w-]+)\.js/.exec(part.output())?.[1] ?? "";
    const cookie = options.cookie ?? (await signInFirst({ part, port }));
    return {
      target: { url, pids: [part.pid()], site, operator: { cookie, origin: publicUrl } },
      stop: () => part.kill(),
    };
  } catch (error) {
    await part.kill();
    throw error;
  }
}

/** The raw limit. */
export async function startRelay(under: string[] = []): Promise<Started> {
  const script = fileURLToPath(new URL("./chat-relay.js", import.meta.url));
  const words = [...under, process.execPath, script];
  const part = createPart({ command: words.shift() ?? "", words, says: /Script tag/ });
  await part.start();
  const url = /http:\S+/.exec(part.output())?.[0] ?? "";
  return {
    target: { url, pids: [part.pid()], site: "any", operator: { cookie: "", origin: publicUrl } },
    stop: () => part.kill(),
  };
}
