import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { io } from "socket.io-client";
import type { Ack } from "../../shared/error-codes.js";
import { PROTOCOL_VERSION, SOCKET_PATH } from "../../shared/protocol.js";
import type { Message, MessageDraft } from "../../shared/wire.js";
import { eventually } from "../support/eventually.js";
import { startBurst } from "./burst.js";
import { healing, newId, newToken, settle, type Fault } from "./play-fault.js";
import type { ReliableClient } from "./reliable-client.js";
import type { Cluster } from "./start-cluster.js";

/** What clients do to the server, meaning well or not. */
export const clientFaults: Fault[] = [
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
      for (let round = 0; round < (full ? 200 : 15); round += 1) {
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

  {
    name: "two tabs of one visitor, one of them offline for a while",
    async run(cluster, full) {
      const token = newToken();
      const [one, two, silent] = [
        cluster.visitor({ token, first: 0, only: true }),
        cluster.visitor({ token, first: 1, only: true }),
        cluster.visitor({ token, first: 1, only: true }),
      ];
      const conversation = newId();
      const tabs = [one, two, silent];
      const screens = tabs.map((client) => ({ client, conversations: [conversation] }));
      await eventually(() => {
        assert.ok(tabs.every((tab) => tab.online()));
        return Promise.resolve();
      });
      one.send(conversation, "first");
      // A tab that was open before there was anything to show hears of it, too.
      await eventually(() => {
        assert.ok(tabs.every((tab) => tab.shown(conversation).length === 1));
        return Promise.resolve();
      });
      cluster.nodes[1].clients.cut();
      for (let at = 0; at < (full ? 300 : 80); at += 1) {
        (at % 3 === 0 ? two : one).send(conversation, `line ${at}`);
        await wait(5);
      }
      cluster.nodes[1].clients.restore();
      return settle(cluster, [one, two], screens);
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
      const secondsToConverge = await healing(cluster, burst.senders, burst.screens);
      await crowd.reopened();
      await burst.acknowledged(10);
      burst.stop();
      crowd.stop();
      return { ...(await settle(cluster, burst.senders, burst.screens)), secondsToConverge };
    },
  },
];

/** Past the outbox: this very draft, now. */
function sendNow(client: ReliableClient, draft: MessageDraft): Promise<Ack<Message>> {
  return new Promise((resolve, reject) => {
    const socket = client.socket();
    if (socket === null) {
      reject(new Error("the client is not on line"));
      return;
    }
    const late = setTimeout(() => reject(new Error("no answer")), 5000);
    socket.emit("message:send", draft, (reply: Ack<Message>) => {
      clearTimeout(late);
      resolve(reply);
    });
  });
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
  const opened = new Array<number>(count).fill(0);
  sockets.forEach((socket, at) =>
    socket.on("connect", () => {
      opened[at] = (opened[at] ?? 0) + 1;
    }),
  );
  const all = (rounds: number) =>
    eventually(() => {
      const there = opened.filter((times) => times >= rounds).length;
      assert.ok(there === count, `${there} of ${count}`);
      assert.ok(sockets.every((socket) => socket.connected));
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
