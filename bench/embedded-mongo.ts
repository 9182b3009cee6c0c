import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MongoClient, type Collection } from "mongodb";
import { measureBareLmdb } from "./bare-lmdb.js";
import { startServer, type ServerProcess } from "./server-process.js";
import { reportBench, type BenchRow } from "./print-table.js";

/**
 * The embedded database through the official driver, beside a server that answers without storing and
 * beside bare lmdb with the same durability, all in one run on the same disk.
 */
interface Message {
  _id: number;
  conversation: number;
  seq: number;
  text: string;
}

const seconds = 1;
const storedMessages = Number(process.argv[3] ?? 1_000_000);
const smallCollection = 1_000;
const rangeLength = 50;
const text = "x".repeat(120);

const hit = (id: number): Message => ({
  _id: id,
  conversation: Math.floor(id / 1_000),
  seq: id % 1_000,
  text,
});

/** Runs the operation with so many in flight for a while; gives operations per second. */
async function rate(
  inFlight: number,
  operation: (turn: number) => Promise<unknown>,
): Promise<number> {
  let turn = 0;
  const until = performance.now() + seconds * 1_000;
  const started = performance.now();
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (performance.now() < until) await operation(turn++);
    }),
  );
  return (turn / (performance.now() - started)) * 1_000;
}

const depths = [1, 10, 100];
const rounds = 3;
let nextId = 10_000_000;

/** What is measured on both servers, by name. */
const measures: Readonly<Record<string, (messages: Collection<Message>) => Promise<number>>> = {
  ...Object.fromEntries(
    depths.map((depth) => [
      `inserts, ${depth} in flight (1/s)`,
      (messages: Collection<Message>) => rate(depth, () => messages.insertOne(hit(nextId++))),
    ]),
  ),
  "point reads, 10 in flight (1/s)": (messages) => rate(10, () => messages.findOne({ _id: 1 })),
  "updates, 10 in flight (1/s)": (messages) =>
    rate(10, (turn) => messages.updateOne({ _id: 1 }, { $set: { seq: turn } })),
};

const bars: Readonly<Record<string, number>> = {
  "inserts, 100 in flight (1/s)": 0.4,
  "point reads, 10 in flight (1/s)": 0.6,
};

function middle(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

/** Both servers in turn, several rounds, so that what else the machine does falls on both alike. */
async function compare(ours: MongoClient, none: MongoClient): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  const [mine, theirs] = [ours, none].map((client) =>
    client.db("bench").collection<Message>("rates"),
  );
  if (mine === undefined || theirs === undefined) return rows;
  await mine.insertOne(hit(1));
  for (const messages of [mine, theirs]) await rate(100, () => messages.insertOne(hit(nextId++)));
  for (const [measure, work] of Object.entries(measures)) {
    const values: number[] = [];
    const limits: number[] = [];
    for (let round = 0; round < rounds; round++) {
      limits.push(await work(theirs));
      values.push(await work(mine));
    }
    const atLeast = bars[measure];
    rows.push({
      measure: `${measure}, limit: stores nothing`,
      value: middle(values),
      limit: middle(limits),
      ...(atLeast === undefined ? {} : { atLeast }),
    });
  }
  return rows;
}

async function fill(messages: Collection<Message>, count: number): Promise<void> {
  const batch = 5_000;
  for (let from = 0; from < count; from += batch)
    await messages.insertMany(
      Array.from({ length: Math.min(batch, count - from) }, (_, at) => hit(from + at)),
    );
  await messages.createIndexes([{ key: { conversation: 1, seq: 1 }, unique: true }]);
}

/** Milliseconds for one indexed range read, the middle of many. */
async function rangeRead(messages: Collection<Message>, count: number): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 300; round++) {
    const conversation = (round * 7_919) % Math.max(1, count / 1_000);
    const started = performance.now();
    const page = await messages
      .find({ conversation: Math.floor(conversation), seq: { $gte: 100 } })
      .sort({ seq: 1 })
      .limit(rangeLength)
      .toArray();
    times.push(performance.now() - started);
    if (page.length !== rangeLength) throw new Error(`a range read gave ${page.length} messages`);
  }
  return times.sort((a, b) => a - b)[times.length / 2] ?? NaN;
}

/** Anonymous memory of a process in MB; lmdb's mapped pages are the file's, not the process's. */
function anonymousMemory(pid: number): number {
  const line = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(line?.[1] ?? NaN) / 1_024;
}

async function withClient<T>(
  server: ServerProcess,
  work: (client: MongoClient) => Promise<T>,
): Promise<T> {
  const client = new MongoClient(server.url, { maxPoolSize: 100 });
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

async function measureStored(server: ServerProcess, folder: string): Promise<BenchRow[]> {
  return withClient(server, async (client) => {
    const db = client.db("bench");
    const small: Collection<Message> = db.collection("small");
    const large: Collection<Message> = db.collection("large");
    await fill(small, smallCollection);
    await fill(large, storedMessages);
    await rangeRead(small, smallCollection);
    const smallTime = await rangeRead(small, smallCollection);
    const largeTime = await rangeRead(large, storedMessages);
    return [
      {
        measure: `range read of ${rangeLength} among ${storedMessages} (ms), limit: among ${smallCollection}`,
        value: largeTime,
        limit: smallTime,
        atMost: 1.5,
      },
      {
        measure: `anonymous memory with ${storedMessages} messages (MB)`,
        value: anonymousMemory(server.pid),
        atMost: 300,
      },
      {
        measure: `size on disk with ${storedMessages} messages (MB)`,
        value: statSync(join(folder, "store.mdb")).size / 2 ** 20,
      },
    ];
  });
}

export async function run(): Promise<number> {
  const folder = mkdtempSync(join(process.env["BENCH_DIR"] ?? tmpdir(), "bench-mongo-"));
  const none = await startServer("null-mongo-server.js", join(folder, "none.sock"));
  const ours = await startServer(
    "../server/embedded-mongo/hosts/run-db.js",
    join(folder, "ours.sock"),
    folder,
  );
  try {
    const rows = await withClient(ours, (client) =>
      withClient(none, (limit) => compare(client, limit)),
    );
    await none.stop();
    const bare = await measureBareLmdb(join(folder, "bare.mdb"), seconds);
    for (const [at, depth] of depths.entries())
      rows.push({
        measure: `inserts, ${depth} in flight (1/s), limit: bare lmdb, ${depth} a commit`,
        value: rows[at]?.value ?? NaN,
        limit: bare.get(depth) ?? NaN,
      });
    rows.push(...(await measureStored(ours, folder)));
    return reportBench("embedded-mongo", rows);
  } finally {
    await Promise.all([none.stop(), ours.stop()]);
    rmSync(folder, { recursive: true, force: true });
  }
}
