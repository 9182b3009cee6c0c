import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openDatabase } from "../test/support/read-store.js";
import { measureCrowd, measureFloods, type Flood, type Target } from "./chat-load.js";
import { measureNodes } from "./chat-nodes.js";
import { startOurs, startRelay, type Started } from "./chat-servers.js";
import { pinCores } from "./pin-cores.js";
import { reportBench, type BenchRow } from "./print-table.js";

/**
 * `npm run bench -- chat [--seconds S] [--idle N] [--only a]`: the chat beside a raw Socket.IO relay
 * in the same run, each measure on processes of its own. `--only` names measures by their letters.
 * The store is the embedded one; with MONGO_URL (a) is measured on that server, too. Load comes from
 * this process and is counted for neither side.
 */
export async function run(): Promise<number> {
  const { values } = parseArgs({
    args: process.argv.slice(3),
    options: {
      seconds: { type: "string", default: "5" },
      idle: { type: "string", default: "10000" },
      only: { type: "string", default: "abcde" },
    },
  });
  const { only } = values;
  const seconds = Number(values.seconds);
  const folder = await mkdtemp(join(tmpdir(), "porchlight-bench-"));
  try {
    const rows = [
      ...(only.includes("a") ? await compareFloods(folder, seconds) : []),
      ...(/[bce]/.test(only)
        ? await compareCrowds(folder, { seconds, idle: Number(values.idle), only })
        : []),
      ...(only.includes("d") ? await measureNodes(folder, seconds) : []),
    ];
    return reportBench("chat", rows);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Measures one server, then stops it. */
async function during<T>(
  starting: Promise<Started>,
  measure: (target: Target) => Promise<T>,
): Promise<T> {
  const started = await starting;
  try {
    return await measure(started.target);
  } finally {
    await started.stop();
  }
}

/** Measures several servers beside one another, then stops them. */
async function duringAll<T>(
  starting: (() => Promise<Started>)[],
  measure: (targets: Target[]) => Promise<T>,
  targets: Target[] = [],
): Promise<T> {
  const [first, ...others] = starting;
  if (first === undefined) return measure(targets);
  return during(first(), (target) => duringAll(others, measure, [...targets, target]));
}

const none: Flood = { perSecond: 0, perCpuSecond: 0 };

/** (a) As many messages as go: on all cores, on one, and the same on the store that MONGO_URL names. */
async function compareFloods(folder: string, seconds: number): Promise<BenchRow[]> {
  const mongoUrl = process.env["MONGO_URL"];
  /** The relay, ours, and ours on MONGO_URL. */
  async function flood(name: string, under: string[], url: string | null): Promise<Flood[]> {
    const own = { folder: join(folder, name), under };
    const sides = [() => startRelay(under), () => startOurs(own)];
    if (url !== null) {
      const env = { MONGO_URL: url };
      sides.push(() => startOurs({ folder: join(folder, `${name}-mongo`), under, env }));
    }
    return duringAll(sides, (targets) =>
      measureFloods(targets, { seconds, talks: 64, operators: 2 }),
    );
  }
  /** In a database of its own, that goes again: its keys are in the folder of this run. */
  async function floodOnMongo(name: string, under: string[], server: string): Promise<Flood[]> {
    const url = nameDatabase(server, `porchlight_bench_${name}_${Date.now()}`);
    try {
      return await flood(name, under, url);
    } finally {
      const { client, db } = await openDatabase(url);
      await db.dropDatabase();
      await client.close();
    }
  }
  const compare = (name: string, under: string[]) =>
    mongoUrl === undefined ? flood(name, under, null) : floodOnMongo(name, under, mongoUrl);
  const rowsOf = ([raw = none, ...ours]: Flood[], where: string): BenchRow[] =>
    ours.map(({ perSecond }, at) => ({
      measure: `(a) messages a second${at === 0 ? "" : " on MONGO_URL"}${where}`,
      value: perSecond,
      limit: raw.perSecond,
    }));

  const free = await compare("a", []);
  const [raw = none, ours = none] = free;
  const rows: BenchRow[] = [
    {
      measure: "(a) messages for a second of CPU",
      value: ours.perCpuSecond,
      limit: raw.perCpuSecond,
      atLeast: 0.4,
    },
    ...rowsOf(free, ""),
  ];
  const pinned = pinCores();
  if (typeof pinned === "string") {
    process.stdout.write(`(a) pinned to one core: skipped, ${pinned}\n`);
    return rows;
  }
  pinned.moveLoad("other cores");
  try {
    rows.push(...rowsOf(await compare("p", pinned.under), ", server on one core"));
  } finally {
    pinned.moveLoad("all cores");
  }
  return rows;
}

/** The same server's URL with another database; `URL` reads no list of hosts. */
function nameDatabase(mongoUrl: string, name: string): string {
  return mongoUrl.replace(/^([a-z+]+:\/\/[^/?]+)(?:\/[^?]*)?/, `$1/${name}`);
}

/** (b), (c) and (e): what a crowd of idle visitors costs as it comes, and while it is there. */
async function compareCrowds(
  folder: string,
  options: { seconds: number; idle: number; only: string },
): Promise<BenchRow[]> {
  const { seconds, idle, only } = options;
  const crowd = (target: Target) =>
    measureCrowd(target, { idle, seconds: only.includes("b") ? seconds : 0 });
  const raw = await during(startRelay(), crowd);
  const ours = await during(startOurs({ folder: join(folder, "b") }), crowd);
  const rows: BenchRow[] = [
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
    {
      measure: `(e) the server's CPU for it (s)`,
      value: ours.stormCpuSeconds,
      limit: raw.stormCpuSeconds,
    },
  ];
  return rows.filter((row) => only.includes(row.measure.charAt(1)));
}
