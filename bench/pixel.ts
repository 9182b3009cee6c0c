import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { Agent, createServer, request } from "node:http";
import { createServer as createNetServer, type AddressInfo } from "node:net";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { median } from "./median.js";
import { reportBench } from "./print-table.js";

/**
 * `npm run bench -- pixel`: GET /p.gif of the product, its logging on and its counters written, beside a
 * bare node:http server that answers the same bytes. Both run as processes of their own, are asked by
 * the same client, and take turns, so that what else the machine does meets both.
 */
const pixel = Buffer.from("R0lGODlhAQABAIAAAP///wAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==", "base64");
const rounds = 5;
const roundMs = 2_500;
const connections = 32;

/** The limit: the same bytes and headers, nothing else. Runs when this file is started by itself. */
function serveBare(): void {
  const headers = {
    "content-type": "image/gif",
    "cache-control": "no-store",
    "content-length": String(pixel.length),
  };
  const server = createServer((_request, response) => {
    response.writeHead(200, headers);
    response.end(pixel);
  });
  server.listen(0, "127.0.0.1", () => {
    process.stdout.write(`PORT ${(server.address() as AddressInfo).port}\n`);
  });
}

async function freePort(): Promise<number> {
  const server = createNetServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

interface Running {
  url: string;
  process: ChildProcess;
}

/** Starts a process and waits for a line of its output that tells it is ready. */
async function start(
  args: string[],
  env: Record<string, string>,
  ready: RegExp,
): Promise<{ process: ChildProcess; match: RegExpExecArray }> {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "ignore"],
  });
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      const match = ready.exec(text);
      if (match !== null) resolve({ process: child, match });
    });
    child.once("exit", (code) => reject(new Error(`The server ended with ${String(code)}.`)));
  });
}

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((done) => {
    child.once("exit", () => done());
    child.kill("SIGTERM");
  });

/** Asks over kept-alive connections for a while. */
async function measure(url: string): Promise<{ answers: number; rate: number }> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const target = new URL(url);
  const until = performance.now() + roundMs;
  const startedAt = performance.now();
  let answers = 0;
  const one = () =>
    new Promise<void>((resolve, reject) => {
      request(
        {
          ...{ agent, host: target.hostname, port: target.port },
          path: target.pathname + target.search,
          headers: {
            "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
          },
        },
        (response) => {
          response.resume();
          response.once("end", () => resolve());
        },
      )
        .once("error", reject)
        .end();
    });
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (performance.now() < until) {
        await one();
        answers += 1;
      }
    }),
  );
  agent.destroy();
  return { answers, rate: answers / ((performance.now() - startedAt) / 1000) };
}

async function startProduct(dataDir: string): Promise<Running & { key: string }> {
  const port = String(await freePort());
  // All clients of this bench are one address.
  const env = {
    ...{ DATA_DIR: dataDir, PORT: port, DEMO_PORT: "off", LOG_LEVEL: "info" },
    RATE_PIXEL_ADDRESS: "900000000/60",
  };
  const main = fileURLToPath(new URL("../server/main.js", import.meta.url));
  const { process: child, match } = await start([main], env, /\/w\/([\w-]+)\.js/);
  return { process: child, url: `http://127.0.0.1:${port}`, key: match[1] ?? "" };
}

export async function run(): Promise<number> {
  const dataDir = await mkdtemp(join(tmpdir(), "porchlight-bench-"));
  const self = fileURLToPath(import.meta.url);
  const bare = await start([self, "bare"], {}, /PORT (\d+)/);
  const product = await startProduct(dataDir);
  const bareUrl = `http://127.0.0.1:${bare.match[1] ?? ""}/p.gif?k=${product.key}&p=%2Fcart`;
  const ourUrl = `${product.url}/p.gif?k=${product.key}&p=%2Fcart`;
  const ours: number[] = [];
  const limit: number[] = [];
  let asked = 0;
  try {
    await measure(bareUrl);
    asked += (await measure(ourUrl)).answers;
    for (let round = 0; round < rounds; round += 1) {
      limit.push((await measure(bareUrl)).rate);
      const { answers, rate } = await measure(ourUrl);
      ours.push(rate);
      asked += answers;
    }
  } finally {
    await ended(bare.process);
    await ended(product.process);
  }
  const counted = await countAll(dataDir);
  await rm(dataDir, { recursive: true, force: true });
  process.stdout.write(
    `${availableParallelism()} cores, ${connections} connections, ${rounds} rounds of ${roundMs} ms\n`,
  );
  return reportBench("pixel", [
    { measure: "GET /p.gif (1/s)", value: median(ours), limit: median(limit), atLeast: 0.5 },
    {
      measure: "counted after SIGTERM, of what was answered",
      value: counted,
      limit: asked,
      atLeast: 1,
      atMost: 1,
    },
  ]);
}

/** The sum of all hourly counters, read from the store that the stopped server left. */
async function countAll(dataDir: string): Promise<number> {
  const { startEmbeddedMongo } = await import("../server/embedded-mongo/start-embedded-mongo.js");
  const { MongoClient } = await import("mongodb");
  const store = await startEmbeddedMongo({ dataDir });
  const client = await MongoClient.connect(store.url);
  const rows = await client.db("porchlight").collection("visit_stats").find().toArray();
  await client.close();
  await store.close();
  return rows.reduce((sum, row) => sum + Number(row["n"]), 0);
}

if (process.argv[2] === "bare") serveBare();
