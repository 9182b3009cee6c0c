import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeToken } from "../../shared/ids.js";
import { paths } from "../../shared/paths.js";
import { findTool } from "../support/tools.js";
import { readStore, type StoreReader } from "../support/read-store.js";
import { adminForm, callJson } from "../support/sign-in.js";
import { freePorts } from "../support/start-app.js";
import { nodePart, redisPart, storePart, type Part } from "./processes.js";
import { openReliableClient, type ReliableClient } from "./reliable-client.js";
import { seeded } from "./random.js";
import { freeSmallDisk, storeOnSmallDisk, type SmallDisk } from "./small-disk.js";
import { startProxy, type TcpProxy } from "./tcp-proxy.js";
import { randomFillSync } from "node:crypto";

export interface Node {
  part: Part;
  /** Clients' way to it. */
  clients: TcpProxy;
  /** Its way to Redis and to the store. */
  redis: TcpProxy;
  store: TcpProxy;
  port: number;
}

export interface Cluster {
  nodes: [Node, Node];
  redis: Part;
  store: Part;
  site: { id: string; key: string };
  random: () => number;
  reader(): Promise<StoreReader>;
  visitor(options?: Partial<ClientChoice> & { token?: string }): ReliableClient;
  operator(options?: Partial<ClientChoice>): ReliableClient;
  operatorOptions: { site: string; cookie: string; origin: string };
  /** Deletes what makes a small disk small. */
  freeDisk(): Promise<void>;
  /** How its clients stand and what its nodes said last, for whoever reads a fault that failed. */
  describe(): string;
  /** Stops every client, heals links and starts what died: whatever a fault that failed has left. */
  calm(): Promise<void>;
  stop(): Promise<void>;
}

interface ClientChoice {
  /** Which node is tried first. */
  first: 0 | 1;
  /** Only that node, or both. */
  only: boolean;
  urls: string[];
  holdAfter: number;
}

export interface ClusterOptions {
  seed?: number;
  /** Milliseconds by which the second node's clock is ahead. */
  aheadMs?: number;
  /** The store's disk, in bytes, and how many of them a file takes that `freeDisk` deletes. */
  disk?: SmallDisk;
  env?: Record<string, string>;
}

export const publicUrl = "http://chat.localhost:3999";
/** Tests talk faster than people. */
export const unlimitedRates = Object.fromEntries(
  [
    ...["CONNECT_ADDRESS", "CONNECT_SITE", "START_VISITOR", "START_ADDRESS", "START_SITE"],
    ...["SEND_VISITOR", "SEND_ADDRESS", "SEND_SITE", "OPERATE_ACCOUNT"],
  ].map((name) => [`RATE_${name}`, "100000000/60"]),
);

/** Two nodes, Redis and the store, each a process, with a proxy on every link between them. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const program = findTool("redis-server");
  if (program === null) throw new Error("redis-server is not on this machine");
  const random = seeded(options.seed ?? 1);
  const folder = await mkdtemp(join(tmpdir(), "porchlight-faults-"));
  const data = await mkdtemp(join(tmpdir(), "porchlight-store-"));
  const [storePort, redisPort, ...nodePorts] = await freePorts(4);
  if (storePort === undefined || redisPort === undefined) throw new Error("no free ports");
  const closers: (() => Promise<unknown>)[] = [
    () => rm(folder, { recursive: true, force: true }),
    () => rm(data, { recursive: true, force: true }),
  ];
  const begin = async (part: Part) => {
    closers.push(() => part.kill());
    await part.start();
    return part;
  };
  try {
    const store = await begin(
      options.disk === undefined
        ? storePart(storePort, data)
        : storeOnSmallDisk(storePort, data, options.disk),
    );
    const redis = await begin(await redisPart(program, redisPort, join(folder, "redis")));

    const startNode = async (at: 0 | 1): Promise<Node> => {
      const port = nodePorts[at] ?? 0;
      const link = async (target: number) => {
        const proxy = await startProxy(target, random);
        closers.push(() => proxy.close());
        return proxy;
      };
      const node = {
        port,
        clients: await link(port),
        redis: await link(redisPort),
        store: await link(storePort),
      };
      const env: Record<string, string> = {
        PORT: String(port),
        DEMO_PORT: "off",
        PUBLIC_URL: publicUrl,
        DATA_DIR: join(folder, `node${at}`),
        KEYS_FILE: join(folder, "keys.json"),
        MONGO_URL: `mongodb://127.0.0.1:${node.store.port}/porchlight`,
        REDIS_URL: `redis://127.0.0.1:${node.redis.port}`,
        PING_INTERVAL: "1",
        PING_TIMEOUT: "1",
        DRAIN_SECONDS: "2",
        LOG_LEVEL: "info",
        ...unlimitedRates,
        ...options.env,
      };
      return { ...node, part: await begin(nodePart(env, at === 1 ? options.aheadMs : 0)) };
    };
    const nodes: [Node, Node] = [await startNode(0), await startNode(1)];
    // Each start makes a new link while there is no admin: the last one counts.
    const cookie = await signInFirst(nodes[1]);
    const reader = () => readStore(`mongodb://127.0.0.1:${storePort}/porchlight`);
    const { id: siteId, key: siteKey } = await findSite(await reader());
    const operatorOptions = { site: siteId, cookie, origin: publicUrl };
    const clients: ReliableClient[] = [];

    function urlsOf({ first = 0, only = false, urls }: Partial<ClientChoice>): string[] {
      if (urls !== undefined) return urls;
      const ordered = first === 0 ? nodes : [nodes[1], nodes[0]];
      return ordered.slice(0, only ? 1 : 2).map((node) => `http://127.0.0.1:${node.clients.port}`);
    }
    const open = (client: ReliableClient) => {
      clients.push(client);
      return client;
    };

    return {
      nodes,
      redis,
      store,
      random,
      site: { id: siteId, key: siteKey },
      operatorOptions,
      reader,
      async calm() {
        for (const client of clients.splice(0)) client.stop();
        for (const node of nodes)
          for (const link of [node.clients, node.redis, node.store]) link.restore();
        for (const part of [store, redis, ...nodes.map((node) => node.part)])
          if (part.running()) part.thaw();
          else await part.start();
      },
      describe: () =>
        [
          ...clients.map((client) => client.describe()),
          ...nodes.map(({ port, clients: link, part }) => {
            const lines = part.output().trimEnd().split("\n").slice(-25).join("\n");
            return `node ${port} behind ${link.port}:\n${lines}`;
          }),
        ].join("\n"),
      freeDisk: () => freeSmallDisk(store, data),
      visitor: (choice = {}) =>
        open(
          openReliableClient({
            urls: urlsOf(choice),
            visitor: {
              site: siteKey,
              token: choice.token ?? makeToken((bytes) => randomFillSync(bytes)),
            },
            operator: null,
            ackMs: 4000,
            holdAfter: choice.holdAfter ?? Infinity,
          }),
        ),
      operator: (choice = {}) =>
        open(
          openReliableClient({
            urls: urlsOf(choice),
            visitor: null,
            operator: operatorOptions,
            ackMs: 4000,
            holdAfter: choice.holdAfter ?? Infinity,
          }),
        ),
      async stop() {
        for (const client of clients) client.stop();
        for (const close of closers.reverse()) await close();
      },
    };
  } catch (error) {
    for (const close of closers.reverse()) await close();
    throw error;
  }
}

/** The one site of a new server; closes the reader. */
export async function findSite(reader: StoreReader): Promise<{ id: string; key: string }> {
  const [site] = await reader.find("sites");
  await reader.close();
  return { id: String(site?.["_id"]), key: String(site?.["key"]) };
}

/** The first admin, by the link on the terminal; answers the session's cookie. */
export async function signInFirst(node: Pick<Node, "part" | "port">): Promise<string> {
  const token = /#\/setup\/([\w-]+)/.exec(node.part.output())?.[1];
  const base = `http://127.0.0.1:${node.port}`;
  const headers = { origin: publicUrl };
  const made = await callJson(`${base}${paths.setup}`, {
    method: "POST",
    headers,
    body: { ...adminForm, token },
  });
  const cookie = (made.headers.getSetCookie()[0] ?? "").split(";", 1)[0] ?? "";
  await callJson(`${base}${paths.confidentiality}`, {
    method: "POST",
    headers: { ...headers, cookie },
    body: { accepted: true },
  });
  return cookie;
}
