import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { eventually } from "../support/eventually.js";
import { startBurst } from "./burst.js";
import { healing, newId, settle, whileTalking, type Fault } from "./play-fault.js";

/** Ping interval and time-out of a cluster's nodes, together. */
const NOTICE_MS = 2000;
/** Two busy cores, and a timer that fires when its turn comes. */
const SLACK_MS = 2500;

type Direction = "up" | "down" | "both";

function halfOpen(name: string, direction: Direction): Fault {
  return {
    name: `a half-open link: ${name}`,
    async run(cluster, full) {
      const burst = await startBurst(cluster);
      await burst.acknowledged(full ? 60 : 15);
      const { clients } = cluster.nodes[0];
      const there = burst.senders
        .filter((sender) => sender.url().endsWith(`:${clients.port}`))
        .map((sender) => ({ sender, opened: sender.opened() }));
      clients.hold(direction);
      assert.ok(there.length >= 4 && clients.heldLinks().length === there.length);
      // Whoever hears nothing any more notices it without being told.
      await eventually(() => {
        if (direction !== "down")
          for (const link of clients.heldLinks()) assert.ok(link.serverClosed, "not cut there");
        if (direction !== "up")
          for (const { sender, opened } of there)
            assert.ok(!sender.online() || sender.opened() > opened, "not noticed here");
        return Promise.resolve();
      }, NOTICE_MS + SLACK_MS);
      // And is on the other node soon.
      await eventually(() => {
        for (const { sender, opened } of there)
          assert.ok(sender.opened() > opened && sender.online(), "still away");
        return Promise.resolve();
      }, 15_000);
      if (full) await wait(5000);
      clients.restore();
      const secondsToConverge = await healing(cluster, burst.senders, burst.screens);
      await burst.acknowledged(10);
      burst.stop();
      return { ...(await settle(cluster, burst.senders, burst.screens)), secondsToConverge };
    },
  };
}

/** Links that are cut, held, slowed, throttled. */
export const linkFaults: Fault[] = [
  whileTalking("nodes are partitioned from each other", async ({ nodes }, full) => {
    nodes[0].redis.cut();
    await wait(full ? 15_000 : 3000);
    nodes[0].redis.restore();
  }),

  whileTalking("nodes are partitioned, and nobody is told", async ({ nodes }, full) => {
    nodes[0].redis.hold();
    await wait(full ? 20_000 : 3000);
    nodes[0].redis.restore();
  }),

  whileTalking("a node is cut off from the store", async ({ nodes }, full) => {
    if (full) nodes[0].store.hold();
    else nodes[0].store.cut();
    await wait(full ? 20_000 : 2000);
    nodes[0].store.restore();
  }),

  halfOpen("nothing arrives at the server", "up"),
  halfOpen("nothing arrives at the client", "down"),
  halfOpen("nothing arrives at either", "both"),

  whileTalking(
    "links that deliver late and in another order",
    async ({ nodes }, full) => {
      for (const { clients, redis } of nodes) {
        clients.slow(0, 150);
        redis.slow(0, 150);
      }
      await wait(full ? 15_000 : 2500);
      for (const { clients, redis } of nodes) {
        clients.restore();
        redis.restore();
      }
    },
    { everyMs: 20 },
  ),

  {
    name: "a slow reader is cut and catches up",
    // Heartbeats must not be what cuts it.
    options: { env: { PING_INTERVAL: "5", PING_TIMEOUT: "30", MAX_WAITING_BYTES: "300000" } },
    async run(cluster, full) {
      const [slow, quick] = cluster.nodes;
      const reader = cluster.operator({ first: 0, only: true });
      const writers = Array.from({ length: full ? 60 : 20 }, () =>
        cluster.visitor({ first: 1, only: true }),
      );
      const conversations = writers.map(() => newId());
      writers.forEach((writer, at) => writer.send(conversations[at] ?? "", "first"));
      await eventually(() => {
        assert.ok(reader.online() && writers.every((writer) => writer.acknowledged.length === 1));
        return Promise.resolve();
      }, 20_000);
      const opened = reader.opened();
      slow.clients.throttle(50_000);
      // Three bytes for each of them.
      const line = "慢".repeat(3900);
      const cut = () => /slow reader cut/.test(slow.part.output());
      let rounds = 0;
      for (; !cut() && rounds < 300; rounds += 1) {
        writers.forEach((writer, at) => writer.send(conversations[at] ?? "", line));
        await eventually(() => {
          assert.ok(cut() || writers.every((writer) => writer.waiting() < 3));
          return Promise.resolve();
        }, 30_000);
      }
      assert.ok(cut(), `not cut after ${rounds * writers.length} messages of 12 KB`);
      assert.ok(!/slow reader cut/.test(quick.part.output()), "somebody else was cut");
      slow.clients.restore();
      const screens = [{ client: reader, conversations }];
      const secondsToConverge = await healing(cluster, writers, screens);
      const outcome = await settle(cluster, writers, screens);
      assert.ok(reader.opened() > opened, "the reader was not cut");
      return { ...outcome, secondsToConverge };
    },
  },
];
