import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { eventually } from "../support/eventually.js";
import type { Outcome } from "./check-promise.js";
import { CONVERGE_MS, newId, newToken, settle, whileTalking, type Fault } from "./play-fault.js";
import type { ClientOptions, ReliableClient } from "./reliable-client.js";
import type { Cluster } from "./start-cluster.js";

/** Processes that are killed, stopped, or live in another hour. */
export const processFaults: Fault[] = [
  whileTalking("a node is killed mid-burst", async ({ nodes }, full) => {
    await nodes[1].part.kill();
    await wait(full ? 5000 : 500);
    await nodes[1].part.start();
  }),

  whileTalking("Redis is killed for 3 s", async ({ redis }, full) => {
    await redis.kill();
    await wait(full ? 3000 : 1500);
    await redis.start();
  }),

  whileTalking("Redis is killed for 20 s", async ({ redis }, full) => {
    await redis.kill();
    await wait(full ? 20_000 : 4000);
    await redis.start();
  }),

  whileTalking("Redis hangs", async ({ redis }, full) => {
    redis.freeze();
    await wait(full ? 15_000 : 2500);
    redis.thaw();
  }),

  whileTalking("the store is killed", async ({ store }, full) => {
    await store.kill();
    await wait(full ? 5000 : 700);
    await store.start();
  }),

  whileTalking("the store is stopped for 10 s", async ({ store }, full) => {
    store.freeze();
    await wait(full ? 10_000 : 2500);
    store.thaw();
  }),

  whileTalking("the store is slow", async ({ nodes }, full) => {
    for (const node of nodes) node.store.slow(20, 120);
    await wait(full ? 10_000 : 2000);
    for (const node of nodes) node.store.restore();
  }),

  whileTalking(
    "two nodes whose clocks are an hour apart",
    async (_cluster, full) => {
      await wait(full ? 10_000 : 1000);
    },
    { cluster: { aheadMs: 3_600_000 } },
  ),

  {
    name: "a client that is suspended (SIGSTOP)",
    async run(cluster, full) {
      const token = newToken();
      const conversation = newId();
      const tab = cluster.visitor({ token });
      tab.send(conversation, "first");
      await eventually(() => {
        assert.equal(tab.acknowledged.length, 1);
        return Promise.resolve();
      });
      const options: ClientOptions = {
        urls: cluster.nodes.map(({ clients }) => `http://127.0.0.1:${clients.port}`),
        visitor: { site: cluster.site.key, token },
        operator: null,
        ackMs: 4000,
        holdAfter: 1000,
      };
      const script = fileURLToPath(new URL("client-process.js", import.meta.url));
      const child = fork(script, [JSON.stringify(options), conversation], { silent: true });
      try {
        await once(child, "message");
        child.kill("SIGSTOP");
        for (let at = 0; at < 60; at += 1) tab.send(conversation, `while it slept ${at}`);
        await wait(full ? 120_000 : 4000);
        child.kill("SIGCONT");
        const woken = Date.now();
        const outcome = await checkSleeper(cluster, tab, conversation, child);
        return { ...outcome, secondsToConverge: (Date.now() - woken) / 1000 };
      } finally {
        child.kill("SIGKILL");
      }
    },
  },
];

async function checkSleeper(
  cluster: Cluster,
  tab: ReliableClient,
  conversation: string,
  child: ReturnType<typeof fork>,
): Promise<Outcome> {
  const outcome = await settle(cluster, [tab], [{ client: tab, conversations: [conversation] }]);
  await eventually(async () => {
    child.send("show");
    const [shown] = (await once(child, "message")) as [string[]];
    assert.deepEqual(
      shown,
      tab.shown(conversation).map(({ clientId }) => clientId),
    );
  }, CONVERGE_MS);
  return outcome;
}
