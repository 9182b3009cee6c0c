import { randomFillSync } from "node:crypto";
import { makeId, makeToken } from "../../shared/ids.js";
import { startBurst } from "./burst.js";
import { checkPromise, measureHealing, type Outcome, type Screens } from "./check-promise.js";
import type { ReliableClient } from "./reliable-client.js";
import type { Cluster, ClusterOptions } from "./start-cluster.js";

/** Something that goes wrong, and what must hold all the same. */
export interface Fault {
  name: string;
  /** For a cluster of its own. */
  options?: ClusterOptions;
  /** What the machine must have beside redis-server. */
  needs?: "small disk" | "nginx";
  /** `full`: at full length, else shortened. */
  run(cluster: Cluster, full: boolean): Promise<Outcome>;
}

export const newId = () => makeId((bytes) => randomFillSync(bytes));
export const newToken = () => makeToken((bytes) => randomFillSync(bytes));

/** Longest wait for every screen to show the same. */
export const CONVERGE_MS = 40_000;

/** Talks, does the harm, goes on talking, and waits until every screen shows what is stored. */
export function whileTalking(
  name: string,
  harm: (cluster: Cluster, full: boolean) => Promise<void>,
  options: { everyMs?: number; cluster?: ClusterOptions } = {},
): Fault {
  return {
    name,
    ...(options.cluster === undefined ? {} : { options: options.cluster }),
    async run(cluster, full) {
      const burst = await startBurst(cluster, { everyMs: options.everyMs ?? 40 });
      await burst.acknowledged(full ? 60 : 15);
      await harm(cluster, full);
      const secondsToConverge = await healing(cluster, burst.senders, burst.screens);
      await burst.acknowledged(full ? 60 : 10);
      burst.stop();
      return { ...(await settle(cluster, burst.senders, burst.screens)), secondsToConverge };
    },
  };
}

/** Seconds from now until what is on its way stands on every screen. */
export async function healing(
  cluster: Cluster,
  senders: ReliableClient[],
  screens: Screens,
): Promise<number> {
  const reader = await cluster.reader();
  try {
    return await measureHealing(reader, senders, screens, CONVERGE_MS);
  } finally {
    await reader.close();
  }
}

/** Waits until every screen shows what is stored, and says what became of the promise. */
export async function settle(
  cluster: Cluster,
  senders: ReliableClient[],
  screens: Screens,
): Promise<Outcome> {
  const reader = await cluster.reader();
  try {
    return await checkPromise(reader, senders, screens, CONVERGE_MS);
  } finally {
    await reader.close();
    for (const { client } of screens) client.stop();
    for (const sender of senders) sender.stop();
  }
}
