import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createPart, nodePart, redisPart, storePart, type Part } from "../test/faults/processes.js";
import { adminForm, callJson } from "../test/support/sign-in.js";
import { freePorts } from "../test/support/start-app.js";
import { findTool } from "../test/support/tools.js";
import { paths } from "../shared/paths.js";
import {
  close,
  flood,
  openIdle,
  openTalks,
  opened,
  operatorSocket,
  paced,
  residentBytes,
  type Target,
} from "./chat-load.js";
import { reportBench, type BenchRow } from "./print-table.js";

/**
 * `npm run bench -- chat [--seconds S] [--idle N] [--only a]`: the chat beside a raw Socket.IO relay in
 * the same run. `--only` names measures by their letters; `--only a` opens no crowd, `--only d` no relay.
 * With MONGO_URL the messages go to that server, else to the embedded store. Load comes from
 * this process and is counted for neither side.
 */
const origin = "http://chat.localhost:3999";
const WARM_SECONDS = 6;
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

interface Started {
  target: Target;
  parts: Part[];
}

async function startOurs(
  folder: string,
  extra: Record<string, string>,
  cookie?: string,
): Promise<Started> {
  const [port] = await freePorts(1);
  const env: Record<string, string> = {
    PORT: String(port),
    DEMO_PORT: "off",
    PUBLIC_URL: origin,
    DATA_DIR: folder,
    KEYS_FILE: join(folder, "keys.json"),
    LOG_LEVEL: "error",
    ...Object.fromEntries(rates.map((name) => [`RATE_${name}`, unlimited])),
    ...extra,
  };
  const part = nodePart(env);
  await part.start();
  const url = `http://127.0.0.1:${port}`;
  const site = /\/w\/([\w-]+)\.js/.exec(part.output())?.[1] ?? "";
  const token = /#\/setup\/([\w-]+)/.exec(part.output())?.[1];
  const signedIn = cookie ?? (await signInFirst(url, token ?? ""));
  return {
    target: { url, pids: [part.pid()], site, operator: { cookie: signedIn, origin } },
    parts: [part],
  };
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

async function startRelay(): Promise<Started> {
  const script = fileURLToPath(new URL("./chat-relay.js", import.meta.url));
  const part = createPart({ command: process.execPath, words: [script], says: /Script tag/ });
  await part.start();
  const url = /http:\S+/.exec(part.output())?.[0] ?? "";
  return {
    target: { url, pids: [part.pid()], site: "any", operator: { cookie: "", origin } },
    parts: [part],
  };
}

const at = (sorted: number[], share: number) => sorted[Math.floor(sorted.length * share)] ?? 0;

/** Everything that is measured of one server, on that server alone; a crowd of 0 measures (a) only. */
async function measure(target: Target, seconds: number, idle: number) {
  const operators = [operatorSocket(target), operatorSocket(target)];
  await opened(operators);
  const talks = await openTalks(target, 64);
  // Until the compiler has seen enough of it: both sides get the same.
  await flood(target, talks, operators, WARM_SECONDS);
  const flooded = await flood(target, talks, operators, seconds);
  const everybody = [...operators, ...talks.map(({ visitor }) => visitor)];
  if (idle === 0) {
    close(everybody);
    return { ...flooded, stormSeconds: 0, bytesEach: 0, p50: 0, p99: 0 };
  }
  const before = residentBytes(target.pids);
  const started = performance.now();
  const crowd = await openIdle(target, idle);
  const stormSeconds = (performance.now() - started) / 1000;
  const bytesEach = (residentBytes(target.pids) - before) / idle;
  const times = await paced(talks, 1000, seconds);
  close([...crowd, ...everybody]);
  return { ...flooded, stormSeconds, bytesEach, p50: at(times, 0.5), p99: at(times, 0.99) };
}

async function stop(started: Started): Promise<void> {
  for (const part of started.parts) await part.kill();
}

/** Messages for each second of all nodes' CPU: one node, then two that share Redis. */
async function measureNodes(folder: string, seconds: number): Promise<BenchRow[]> {
  const program = findTool("redis-server");
  if (program === null) {
    process.stdout.write("two nodes: skipped, redis-server is not on this machine\n");
    return [];
  }
  const [storePort, redisPort] = await freePorts(2);
  if (storePort === undefined || redisPort === undefined) throw new Error("no free ports");
  const parts = [
    storePart(storePort, join(folder, "db")),
    await redisPart(program, redisPort, join(folder, "redis")),
  ];
  for (const part of parts) await part.start();
  const shared = { MONGO_URL: `mongodb://127.0.0.1:${storePort}/porchlight` };
  const run = async (nodes: Started[]): Promise<number> => {
    const results = await Promise.all(
      nodes.map(async ({ target }) => {
        const operators = [operatorSocket(target)];
        await opened(operators);
        const talks = await openTalks(target, 32);
        await flood(target, talks, operators, WARM_SECONDS);
        const result = await flood(target, talks, operators, seconds);
        close([...operators, ...talks.map(({ visitor }) => visitor)]);
        return result;
      }),
    );
    return results.reduce((sum, { acknowledged, seconds: took }) => sum + acknowledged / took, 0);
  };
  try {
    const alone = await startOurs(join(folder, "n0"), {
      ...shared,
      KEYS_FILE: join(folder, "k.json"),
    });
    const one = await run([alone]);
    await stop(alone);
    const both = {
      ...shared,
      KEYS_FILE: join(folder, "k.json"),
      REDIS_URL: `redis://127.0.0.1:${redisPort}`,
    };
    const { cookie } = alone.target.operator;
    const pair = [
      await startOurs(join(folder, "n1"), both, cookie),
      await startOurs(join(folder, "n2"), both, cookie),
    ];
    const two = await run(pair);
    for (const node of pair) await stop(node);
    return [
      {
        measure: "(d) two nodes through Redis (messages/s)",
        value: two,
        limit: one,
        atLeast: 0.35,
      },
    ];
  } finally {
    for (const part of parts) await part.kill();
  }
}

export async function run(): Promise<number> {
  const { values } = parseArgs({
    args: process.argv.slice(3),
    options: {
      seconds: { type: "string", default: "5" },
      idle: { type: "string", default: "10000" },
      only: { type: "string", default: "abcde" },
    },
  });
  const seconds = Number(values.seconds);
  const idle = /[bce]/.test(values.only) ? Number(values.idle) : 0;
  const only = idle === 0 ? values.only.replaceAll(/[bce]/g, "") : values.only;
  const wanted = (row: BenchRow) => only.includes(row.measure.charAt(1));
  const folder = await mkdtemp(join(tmpdir(), "porchlight-bench-"));
  const mongoUrl = process.env["MONGO_URL"];
  const started: Started[] = [];
  try {
    const nodes = only.includes("d") ? await measureNodes(folder, seconds) : [];
    if (only === "d") return reportBench("chat", nodes);
    const relay = await startRelay();
    started.push(relay);
    const raw = await measure(relay.target, seconds, idle);
    await stop(relay);
    const node = await startOurs(
      join(folder, "node"),
      mongoUrl === undefined ? {} : { MONGO_URL: mongoUrl },
    );
    started.push(node);
    const ours = await measure(node.target, seconds, idle);
    await stop(node);
    const rows: BenchRow[] = [
      {
        measure: "(a) messages for a second of CPU",
        value: 1 / ours.cpuPerMessage,
        limit: 1 / raw.cpuPerMessage,
        atLeast: 0.4,
      },
      {
        measure: "(a) messages a second, 64 under way",
        value: ours.acknowledged / ours.seconds,
        limit: raw.acknowledged / raw.seconds,
      },
      { measure: `(b) p50 at 1,000/s, ${idle} idle (ms)`, value: ours.p50, limit: raw.p50 },
      { measure: "(b) p99 at 1,000/s (ms)", value: ours.p99, limit: raw.p99 },
      { measure: "(b) p99 above the raw p99 (ms)", value: ours.p99 - raw.p99, atMost: 5 },
      {
        measure: "(c) bytes an idle visitor",
        value: ours.bytesEach,
        limit: raw.bytesEach,
        atMost: 1.4,
      },
      {
        measure: `(e) ${idle} connect at once (s)`,
        value: ours.stormSeconds,
        limit: raw.stormSeconds,
        atMost: 2,
      },
    ];
    return reportBench("chat", [...rows.filter(wanted), ...nodes]);
  } finally {
    for (const one of started) await stop(one);
    await rm(folder, { recursive: true, force: true });
  }
}
