import { join } from "node:path";
import { redisPart, storePart } from "../test/faults/processes.js";
import { freePorts } from "../test/support/start-app.js";
import { findTool } from "../test/support/tools.js";
import { measureFlood } from "./chat-load.js";
import { startOurs, type Started } from "./chat-servers.js";
import type { BenchRow } from "./print-table.js";

/** (d) Messages a second: one node, then two that share Redis; the store is a process of its own. */
export async function measureNodes(folder: string, seconds: number): Promise<BenchRow[]> {
  const program = findTool("redis-server");
  if (program === null) {
    process.stdout.write("(d) two nodes: skipped, redis-server is not on this machine\n");
    return [];
  }
  const [storePort, redisPort] = await freePorts(2);
  if (storePort === undefined || redisPort === undefined) throw new Error("no free ports");
  const parts = [
    storePart(storePort, join(folder, "db")),
    await redisPart(program, redisPort, join(folder, "redis")),
  ];
  const nodes: Started[] = [];
  const start = async (name: string, env: Record<string, string>, cookie?: string) => {
    const node = await startOurs({
      folder: join(folder, name),
      env: {
        MONGO_URL: `mongodb://127.0.0.1:${storePort}/porchlight`,
        KEYS_FILE: join(folder, "k.json"),
        ...env,
      },
      ...(cookie === undefined ? {} : { cookie }),
    });
    nodes.push(node);
    return node;
  };
  const flood = async (running: Started[]) => {
    const results = await Promise.all(
      running.map(({ target }) => measureFlood(target, { seconds, talks: 32, operators: 1 })),
    );
    return results.reduce((sum, { perSecond }) => sum + perSecond, 0);
  };
  try {
    for (const part of parts) await part.start();
    const alone = await start("n0", {});
    const one = await flood([alone]);
    await alone.stop();
    const shared = { REDIS_URL: `redis://127.0.0.1:${redisPort}` };
    const { cookie } = alone.target.operator;
    const two = await flood([await start("n1", shared, cookie), await start("n2", shared, cookie)]);
    return [
      {
        measure: "(d) two nodes through Redis (messages/s)",
        value: two,
        limit: one,
        atLeast: 0.35,
      },
    ];
  } finally {
    for (const node of nodes) await node.stop();
    for (const part of parts) await part.kill();
  }
}
