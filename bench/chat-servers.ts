import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { paths } from "../shared/paths.js";
import { createPart, nodePart } from "../test/faults/processes.js";
import { adminForm, callJson } from "../test/support/sign-in.js";
import { freePorts } from "../test/support/start-app.js";
import type { Target } from "./chat-load.js";

const origin = "http://chat.localhost:3999";
const unlimited = "100000000/60";
const rates = [
  "CONNECT_ADDRESS",
  "CONNECT_SITE",
  "START_VISITOR",
  "START_ADDRESS",
  "START_SITE",
  "SEND_VISITOR",
  "SEND_ADDRESS",
  "SEND_SITE",
  "OPERATE_ACCOUNT",
];

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
  const [port] = await freePorts(1);
  const env: Record<string, string> = {
    PORT: String(port),
    DEMO_PORT: "off",
    PUBLIC_URL: origin,
    DATA_DIR: options.folder,
    KEYS_FILE: join(options.folder, "keys.json"),
    LOG_LEVEL: "error",
    ...Object.fromEntries(rates.map((name) => [`RATE_${name}`, unlimited])),
    ...options.env,
  };
  const part = nodePart(env, 0, options.under);
  try {
    await part.start();
    const url = `http://127.0.0.1:${port}`;
    const site = /\/w\/([\w-]+)\.js/.exec(part.output())?.[1] ?? "";
    const token = /#\/setup\/([\w-]+)/.exec(part.output())?.[1];
    const cookie = options.cookie ?? (await signInFirst(url, token ?? ""));
    return {
      target: { url, pids: [part.pid()], site, operator: { cookie, origin } },
      stop: () => part.kill(),
    };
  } catch (error) {
    await part.kill();
    throw error;
  }
}

async function signInFirst(url: string, token: string): Promise<string> {
  const made = await callJson(`${url}${paths.setup}`, {
    method: "POST",
    headers: { origin },
    body: { ...adminForm, token },
  });
  const cookie = (made.headers.getSetCookie()[0] ?? "").split(";", 1)[0] ?? "";
  const headers = { origin, cookie };
  await callJson(`${url}${paths.confidentiality}`, {
    method: "POST",
    headers,
    body: { accepted: true },
  });
  return cookie;
}

/** The raw limit. */
export async function startRelay(under: string[] = []): Promise<Started> {
  const script = fileURLToPath(new URL("./chat-relay.js", import.meta.url));
  const words = [...under, process.execPath, script];
  const part = createPart({ command: words.shift() ?? "", words, says: /Script tag/ });
  await part.start();
  const url = /http:\S+/.exec(part.output())?.[0] ?? "";
  return {
    target: { url, pids: [part.pid()], site: "any", operator: { cookie: "", origin } },
    stop: () => part.kill(),
  };
}
