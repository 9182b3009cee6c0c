import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { paths } from "../../shared/paths.js";
import type { Attachment } from "../../shared/wire.js";
import { eventually } from "../support/eventually.js";
import { makePhoto } from "../support/make-photo.js";
import type { Screens } from "./check-promise.js";
import { healing, newId, newToken, settle, type Fault } from "./play-fault.js";
import type { ReliableClient } from "./reliable-client.js";
import type { Cluster } from "./start-cluster.js";

const MB = 1024 * 1024;
const insertOfMessage = /\x02insert\x00[^]{4}messages\x00/;

/** A write that goes only half its way. */
export const storeFaults: Fault[] = [
  {
    name: "the disk is full",
    needs: "small disk",
    options: { disk: { bytes: 8 * MB, ballast: 3 * MB } },
    async run(cluster, isFull) {
      const token = newToken();
      const visitor = cluster.visitor({ token, first: 0 });
      const operator = cluster.operator({ first: 1 });
      const conversation = newId();
      const screens = screensOf([visitor, operator], conversation);
      const line = "満".repeat(3900);
      const refused = () => visitor.refusals.has("STORE_UNAVAILABLE");
      // A store keeps some room to itself, and a write that was refused may fit a moment later: full is
      // the disk when nothing goes any more.
      const stuck = async () => {
        const until = Date.now() + 2500;
        while (visitor.waiting() > 0 && Date.now() < until) await wait(2);
        return visitor.waiting() > 0;
      };
      let full = false;
      for (let at = 0; !full && at < 4000; at += 1) {
        visitor.send(conversation, line);
        full = (await stuck()) && refused();
      }
      assert.ok(full, "the disk never filled");
      assert.deepEqual([...visitor.refusals], ["STORE_UNAVAILABLE"]);
      assert.equal(visitor.failed.length, 0);
      assert.ok(visitor.acknowledged.length > 10);
      // It stays full for a while: nothing that was refused is shown as sent, and reads go on.
      const acknowledged = visitor.acknowledged.length;
      const late = cluster.visitor({ token, first: 1 });
      await eventually(() => {
        assert.ok(late.shown(conversation).length >= acknowledged, "a read failed");
        return Promise.resolve();
      }, 20_000);
      await wait(isFull ? 10_000 : 1000);
      assert.ok(cluster.store.running(), "the store ended");
      assert.equal(visitor.waiting(), 1);
      assert.equal(visitor.acknowledged.length, acknowledged);
      await cluster.freeDisk();
      const all = [...screens, ...screensOf([late], conversation)];
      const secondsToConverge = await healing(cluster, [visitor], all);
      assert.equal(visitor.acknowledged.length, acknowledged + 1);
      visitor.send(conversation, "there is room again");
      return { ...(await settle(cluster, [visitor], all)), secondsToConverge };
    },
  },

  {
    name: "a node is killed between a message's write and its answer",
    async run(cluster) {
      const { visitor, operator, conversation } = await beginOnTwo(cluster);
      const [node] = cluster.nodes;
      const caught = node.store.holdAt(insertOfMessage, "after");
      const clientId = visitor.send(conversation, "is it stored?");
      await caught;
      const reader = await cluster.reader();
      try {
        await eventually(async () => {
          assert.equal(await reader.count("messages", { clientId }), 1);
        });
        assert.equal(visitor.waiting(), 1, "it was acknowledged, and nobody could know");
        await node.part.kill();
        node.store.restore();
        // Nobody says anything more: the repeat itself must reach the other screen.
        const outcome = await settle(
          cluster,
          [visitor],
          screensOf([visitor, operator], conversation),
        );
        await node.part.start();
        return outcome;
      } finally {
        await reader.close();
      }
    },
  },

  {
    name: "a node is killed between an operator's message and its answer",
    async run(cluster) {
      const conversation = newId();
      const visitor = cluster.visitor({ first: 1, only: true });
      const operator = cluster.operator({ first: 0 });
      const screens = screensOf([visitor, operator], conversation);
      visitor.send(conversation, "hello");
      await eventually(() => {
        for (const { client } of screens) assert.equal(client.shown(conversation).length, 1);
        return Promise.resolve();
      }, 20_000);
      const [node] = cluster.nodes;
      const caught = node.store.holdAt(insertOfMessage, "after");
      const opened = visitor.opened();
      const clientId = operator.send(conversation, "is it stored?");
      await caught;
      await node.part.kill();
      node.store.restore();
      const died = Date.now();
      // Whoever stored it told nobody, and a visitor hears of nothing else: the repeat must be told, and
      // sooner than the living node looks after the dead one's rows (15 s).
      await eventually(() => {
        const shown = visitor.shown(conversation).map((message) => message.clientId);
        assert.ok(shown.includes(clientId), "the repeat was not told");
        return Promise.resolve();
      }, 12_000);
      const secondsToConverge = (Date.now() - died) / 1000;
      assert.equal(visitor.opened(), opened, "the visitor had to come back for it");
      const outcome = await settle(cluster, [visitor, operator], screens);
      await node.part.start();
      return { ...outcome, secondsToConverge };
    },
  },

  {
    name: "a node is killed between a message's answer and its row",
    async run(cluster) {
      const { visitor, operator, conversation } = await beginOnTwo(cluster);
      const [node] = cluster.nodes;
      const reader = await cluster.reader();
      const lastSeq = async () =>
        (await reader.find("conversations", { _id: conversation }))[0]?.["lastSeq"] as unknown;
      try {
        await eventually(async () => assert.equal(await lastSeq(), 1));
        const caught = node.store.holdAt(/\x02update\x00[^]{4}conversations\x00/);
        visitor.send(conversation, "the inbox must tell of this");
        await caught;
        await eventually(() => {
          assert.equal(visitor.acknowledged.length, 2, "the answer waited for the row");
          return Promise.resolve();
        });
        assert.equal(await lastSeq(), 1);
        await node.part.kill();
        node.store.restore();
        const died = Date.now();
        await eventually(async () => assert.equal(await lastSeq(), 2), 15_000);
        const secondsToConverge = (Date.now() - died) / 1000;
        await node.part.start();
        const screens = screensOf([visitor, operator], conversation);
        return { ...(await settle(cluster, [visitor], screens)), secondsToConverge };
      } finally {
        await reader.close();
      }
    },
  },

  {
    name: "a node is killed between a photo's claim and its message",
    async run(cluster) {
      const { visitor, operator, conversation, token } = await beginOnTwo(cluster);
      const photo = await uploadPhoto(cluster, token, conversation);
      const [node] = cluster.nodes;
      const caught = node.store.holdAt(insertOfMessage);
      const clientId = visitor.send(conversation, "here it is", [photo.id]);
      await caught;
      const reader = await cluster.reader();
      try {
        const [claimed] = await reader.find("attachments", { _id: photo.id });
        assert.equal(claimed?.["message"], clientId);
        assert.equal(await reader.count("messages", { clientId }), 0);
        await node.part.kill();
        node.store.restore();
        const screens = screensOf([visitor, operator], conversation);
        const secondsToConverge = await healing(cluster, [visitor], screens);
        await node.part.start();
        const stored = await reader.find("messages", { clientId });
        assert.deepEqual(
          stored.map(({ attachments }) => (attachments as { id: string }[]).map(({ id }) => id)),
          [[photo.id]],
        );
        assert.deepEqual(
          operator.shown(conversation).map(({ attachments }) => attachments.length),
          [0, 1],
        );
        return { ...(await settle(cluster, [visitor], screens)), secondsToConverge };
      } finally {
        await reader.close();
      }
    },
  },
];

const screensOf = (clients: ReliableClient[], conversation: string): Screens =>
  clients.map((client) => ({ client, conversations: [conversation] }));

/** A visitor whose first node is the first, an operator on the second, and a first message. */
async function beginOnTwo(cluster: Cluster) {
  const token = newToken();
  const visitor = cluster.visitor({ token, first: 0 });
  const operator = cluster.operator({ first: 1, only: true });
  const conversation = newId();
  visitor.send(conversation, "hello");
  await eventually(() => {
    assert.equal(visitor.acknowledged.length, 1);
    assert.equal(operator.shown(conversation).length, 1);
    return Promise.resolve();
  });
  return { visitor, operator, conversation, token };
}

async function uploadPhoto(cluster: Cluster, token: string, conversationId: string) {
  const search = new URLSearchParams({ conversationId, clientId: newId(), altText: "" });
  const path = `${paths.attachments(cluster.site.key)}?${search}`;
  const response = await fetch(`http://127.0.0.1:${cluster.nodes[0].port}${path}`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "sec-fetch-site": "same-origin",
      "content-type": "application/octet-stream",
    },
    body: new Uint8Array(await makePhoto({ width: 320, height: 240 })),
  });
  assert.equal(response.status, 201);
  return (await response.json()) as Attachment;
}
