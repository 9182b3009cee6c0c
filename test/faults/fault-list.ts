import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { randomFillSync } from "node:crypto";
import { io } from "socket.io-client";
import type { Ack } from "../../shared/error-codes.js";
import { makeId, makeToken } from "../../shared/ids.js";
import { PROTOCOL_VERSION, SOCKET_PATH } from "../../shared/protocol.js";
import type { Message, MessageDraft } from "../../shared/wire.js";
import { eventually } from "../support/eventually.js";
import { startBurst } from "./burst.js";
import { checkPromise, type Outcome } from "./check-promise.js";
import type { ClientOptions, ReliableClient } from "./reliable-client.js";
import type { Cluster, ClusterOptions } from "./start-cluster.js";

export interface Fault {
  name: string;
  /** For a cluster of its own. */
  options?: ClusterOptions;
  /** Too long for `npm test`; test/realtime shows the same on one node. */
  onlyFull?: boolean;
  /** `full`: at full length, else shortened. */
  run(cluster: Cluster, full: boolean): Promise<Outcome>;
}

const newId = () => makeId((bytes) => randomFillSync(bytes));
const newToken = () => makeToken((bytes) => randomFillSync(bytes));
const CONVERGE_MS = 40_000;

/** Talks, does the harm, goes on talking, and waits until every screen shows what is stored. */
function whileTalking(
  name: string,
  harm: (cluster: Cluster, full: boolean) => Promise<void>,
  options: { everyMs?: number; cluster?: ClusterOptions; onlyFull?: boolean } = {},
): Fault {
  return {
    name,
    ...(options.cluster === undefined ? {} : { options: options.cluster }),
    onlyFull: options.onlyFull === true,
    async run(cluster, full) {
      const burst = await startBurst(cluster, { everyMs: options.everyMs ?? 40 });
      await burst.acknowledged(full ? 60 : 15);
      await harm(cluster, full);
      await burst.acknowledged(full ? 60 : 10);
      burst.stop();
      return settle(cluster, burst.senders, burst.screens);
    },
  };
}

async function settle(
  cluster: Cluster,
  senders: ReliableClient[],
  screens: { client: ReliableClient; conversations: string[] }[],
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

export const faults: Fault[] = [
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
    await wait(full ? 20_000 : 5000);
    await redis.start();
  }),

  whileTalking("Redis hangs", async ({ redis }, full) => {
    redis.freeze();
    await wait(full ? 15_000 : 3000);
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
    await wait(full ? 10_000 : 2500);
    for (const node of nodes) node.store.restore();
  }),

  whileTalking("nodes are partitioned from each other", async ({ nodes }, full) => {
    nodes[0].redis.cut();
    await wait(full ? 15_000 : 3000);
    nodes[0].redis.restore();
  }),

  ...(["up", "down"] as const).map((direction): Fault => ({
    name: `a half-open link, ${direction === "up" ? "nothing arrives" : "nothing comes back"}`,
    async run(cluster, full) {
      const burst = await startBurst(cluster);
      await burst.acknowledged(full ? 60 : 15);
      const { clients } = cluster.nodes[0];
      const before = burst.senders.map((sender) => sender.opened());
      const there = burst.senders.filter((sender) => sender.online()).length;
      assert.equal(there, burst.senders.length);
      clients.hold(direction);
      const held = Date.now();
      // Ping interval and time-out are a second each; clients of that node must have noticed and left.
      await eventually(() => {
        const left = burst.senders.filter(
          (sender, at) => sender.opened() > (before[at] ?? 0) && sender.online(),
        );
        if (left.length < burst.senders.length / 2) throw new Error("nobody noticed yet");
        return Promise.resolve();
      }, 12_000);
      assert.ok(Date.now() - held < 10_000);
      clients.restore();
      await burst.acknowledged(10);
      burst.stop();
      return settle(cluster, burst.senders, burst.screens);
    },
  })),

  {
    name: "the same clientId five times, over two sockets and two nodes",
    async run(cluster, full) {
      const token = newToken();
      const [one, two] = [
        cluster.visitor({ token, first: 0, only: true }),
        cluster.visitor({ token, first: 1, only: true }),
      ];
      const conversation = newId();
      one.send(conversation, "first");
      await eventually(() => {
        assert.equal(one.acknowledged.length, 1);
        assert.ok(two.online());
        return Promise.resolve();
      });
      for (let round = 0; round < (full ? 100 : 15); round += 1) {
        const draft = {
          conversationId: conversation,
          clientId: newId(),
          text: "x",
          attachmentIds: [],
        };
        const answers = await Promise.all(
          [one, two, one, two, one].map((client) => sendNow(client, draft)),
        );
        const seqs = new Set(answers.map((answer) => (answer.ok ? answer.value.seq : answer.code)));
        assert.equal(seqs.size, 1, `five answers: ${[...seqs].join(" ")}`);
      }
      // Those went past the outboxes; the gap before this one makes both screens ask.
      one.send(conversation, "last");
      return settle(
        cluster,
        [one],
        [one, two].map((client) => ({ client, conversations: [conversation] })),
      );
    },
  },

  whileTalking(
    "links that deliver late and in another order",
    async ({ nodes }, full) => {
      for (const { clients, redis } of nodes) {
        clients.slow(0, 150);
        redis.slow(0, 150);
      }
      await wait(full ? 15_000 : 3000);
      for (const { clients, redis } of nodes) {
        clients.restore();
        redis.restore();
      }
    },
    { everyMs: 20 },
  ),

  {
    name: "two tabs of one visitor, one of them offline for a while",
    async run(cluster, full) {
      const token = newToken();
      const [one, two] = [
        cluster.visitor({ token, first: 0, only: true }),
        cluster.visitor({ token, first: 1, only: true }),
      ];
      const conversation = newId();
      one.send(conversation, "first");
      await eventually(() => {
        assert.equal(one.acknowledged.length, 1);
        return Promise.resolve();
      });
      cluster.nodes[1].clients.cut();
      for (let at = 0; at < (full ? 300 : 80); at += 1) {
        (at % 3 === 0 ? two : one).send(conversation, `line ${at}`);
        await wait(5);
      }
      cluster.nodes[1].clients.restore();
      return settle(
        cluster,
        [one, two],
        [one, two].map((client) => ({ client, conversations: [conversation] })),
      );
    },
  },

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

  whileTalking(
    "two nodes whose clocks are an hour apart",
    async (_cluster, full) => {
      await wait(full ? 10_000 : 1000);
    },
    { cluster: { aheadMs: 3_600_000 } },
  ),

  {
    name: "the disk is full",
    options: { diskBytes: 6 * 1024 * 1024 },
    async run(cluster) {
      const visitor = cluster.visitor();
      const conversation = newId();
      const line = "the disk fills ".repeat(260);
      let stuck = false;
      for (let at = 0; !stuck && at < 4000; at += 1) {
        visitor.send(conversation, line);
        const sent = visitor.acknowledged.length;
        const patience = Date.now() + 3000;
        while (visitor.acknowledged.length === sent && !stuck) {
          await wait(2);
          stuck = Date.now() > patience;
        }
      }
      assert.ok(stuck, "the disk never filled");
      assert.ok(visitor.acknowledged.length > 10);
      // Nothing that was refused may be shown as sent: the outbox still holds it.
      assert.equal(visitor.waiting(), 1);
      const acknowledged = [...visitor.acknowledged];
      visitor.stop();
      const second = cluster.visitor();
      second.stop();
      const reader = await cluster.reader();
      try {
        const stored = await reader.find("messages", { conversation });
        const ids = new Map(stored.map((one) => [String(one["clientId"]), Number(one["seq"])]));
        return {
          acknowledged: acknowledged.length,
          stored: stored.length,
          lost: acknowledged.filter(({ clientId, seq }) => ids.get(clientId) !== seq).length,
          doubled: stored.length - ids.size,
          outOfOrder: stored
            .map((one) => Number(one["seq"]))
            .sort((a, b) => a - b)
            .filter((seq, at) => seq !== at + 1).length,
          secondsToConverge: 0,
        };
      } finally {
        await reader.close();
      }
    },
  },

  {
    name: "a slow reader is cut and catches up",
    onlyFull: true,
    async run(cluster) {
      const reader = cluster.operator({ first: 0, only: true });
      const writers = Array.from({ length: 60 }, () => cluster.visitor({ first: 0, only: true }));
      const conversations = writers.map(() => newId());
      writers.forEach((writer, at) => writer.send(conversations[at] ?? "", "first"));
      await eventually(() => {
        assert.ok(reader.online() && writers.every((writer) => writer.acknowledged.length === 1));
        return Promise.resolve();
      });
      const opened = reader.opened();
      stall(reader);
      const line = "x".repeat(3900);
      const cut = () => /slow reader cut/.test(cluster.nodes[0].part.output());
      let sent = 0;
      while (!cut() && sent < 8000) {
        writers.forEach((writer, at) => writer.send(conversations[at] ?? "", line));
        sent += writers.length;
        while (writers.some((writer) => writer.waiting() > 3)) await wait(5);
      }
      assert.ok(cut(), `not cut after ${sent} messages`);
      const outcome = await settle(cluster, writers, [{ client: reader, conversations }]);
      assert.ok(reader.opened() > opened);
      return outcome;
    },
  },

  {
    name: "a message of 1 MB",
    async run(cluster) {
      const visitor = cluster.visitor({ holdAfter: 2 });
      const conversation = newId();
      visitor.send(conversation, "before");
      const huge = visitor.send(conversation, "x".repeat(1_000_000));
      visitor.send(conversation, "after");
      const outcome = await settle(
        cluster,
        [visitor],
        [{ client: visitor, conversations: [conversation] }],
      );
      assert.deepEqual(visitor.failed, [{ clientId: huge, code: "HELD" }]);
      assert.equal(outcome.stored, 2);
      return outcome;
    },
  },

  {
    name: "everybody reconnects at once",
    async run(cluster, full) {
      const burst = await startBurst(cluster);
      await burst.acknowledged(10);
      const crowd = await openCrowd(cluster, full ? 2000 : 200);
      cluster.nodes[0].clients.breakAll();
      cluster.nodes[1].clients.breakAll();
      await crowd.reopened();
      await burst.acknowledged(10);
      burst.stop();
      crowd.stop();
      return settle(cluster, burst.senders, burst.screens);
    },
  },

  // Shortened, this is rolling-restart.test.ts, behind the shipped proxy file.
  whileTalking(
    "a rolling restart under load",
    async ({ nodes }) => {
      for (const { part } of nodes) {
        assert.equal(await part.end(), 0);
        await part.start();
      }
    },
    { onlyFull: true },
  ),
];

/** Past the outbox: this very draft, now. */
function sendNow(client: ReliableClient, draft: MessageDraft): Promise<Ack<Message>> {
  return new Promise((resolve, reject) => {
    const socket = client.socket();
    if (socket === null) reject(new Error("the client is not on line"));
    setTimeout(() => reject(new Error("no answer")), 5000);
    socket?.emit("message:send", draft, resolve);
  });
}

/** The operator's machine stops reading from its socket. */
function stall(client: ReliableClient): void {
  const engine: unknown = client.socket()?.io.engine.transport;
  const transport = engine as { ws: { pause(): void } };
  transport.ws.pause();
}

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

/** Idle visitors who only come back. */
async function openCrowd(cluster: Cluster, count: number) {
  const sockets = Array.from({ length: count }, (_, at) =>
    io(`http://127.0.0.1:${cluster.nodes[at % 2 === 0 ? 0 : 1].clients.port}/visitor`, {
      path: SOCKET_PATH,
      transports: ["websocket"],
      forceNew: true,
      reconnectionDelay: 1,
      reconnectionDelayMax: 2000,
      query: { site: cluster.site.key, v: String(PROTOCOL_VERSION) },
      auth: { token: newToken() },
      extraHeaders: { "sec-fetch-site": "same-origin" },
    }),
  );
  let opened = 0;
  for (const socket of sockets) socket.on("connect", () => (opened += 1));
  const all = (rounds: number) =>
    eventually(() => {
      assert.ok(opened >= rounds * count, `${opened} of ${rounds * count}`);
      return Promise.resolve();
    }, 60_000);
  await all(1);
  return {
    reopened: () => all(2),
    stop: () => {
      for (const socket of sockets) socket.disconnect();
    },
  };
}
