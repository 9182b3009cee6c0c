import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { paths } from "../../shared/paths.js";
import type { Attachment } from "../../shared/wire.js";
import { eventually } from "../support/eventually.js";
import { makePhoto } from "../support/make-photo.js";
import { healing, newId, newToken, settle, type Fault } from "./play-fault.js";
import type { Cluster } from "./start-cluster.js";

const MB = 1024 * 1024;

/** A write that goes only half its way. */
export const storeFaults: Fault[] = [
  {
    name: "the disk is full",
    needs: "small disk",
    options: { disk: { bytes: 8 * MB, ballast: 3 * MB } },
    async run(cluster, full) {
      const token = newToken();
      const visitor = cluster.visitor({ token, first: 0 });
      const operator = cluster.operator({ first: 1 });
      const conversation = newId();
      const screens = [visitor, operator].map((client) => {
        return { client, conversations: [conversation] };
      });
      const line = "満".repeat(3900);
      const refused = () => visitor.refusals.has("STORE_UNAVAILABLE");
      for (let at = 0; !refused() && at < 4000; at += 1) {
        visitor.send(conversation, line);
        await eventually(() => {
          assert.ok(refused() || visitor.waiting() === 0, "neither stored nor refused");
          return Promise.resolve();
        }, 20_000);
      }
      assert.ok(refused(), "the disk never filled");
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
      await wait(full ? 10_000 : 1000);
      assert.ok(cluster.store.running(), "the store ended");
      assert.equal(visitor.waiting(), 1);
      assert.equal(visitor.acknowledged.length, acknowledged);
      await cluster.freeDisk();
      const all = [...screens, { client: late, conversations: [conversation] }];
      const secondsToConverge = await healing(cluster, [visitor], all);
      assert.equal(visitor.acknowledged.length, acknowledged + 1);
      visitor.send(conversation, "there is room again");
      return { ...(await settle(cluster, [visitor], all)), secondsToConverge };
    },
  },

  {
    name: "a node is killed between a photo's claim and its message",
    async run(cluster) {
      const token = newToken();
      const visitor = cluster.visitor({ token, first: 0 });
      const operator = cluster.operator({ first: 1, only: true });
      const conversation = newId();
      visitor.send(conversation, "a photo comes");
      await eventually(() => {
        assert.equal(visitor.acknowledged.length, 1);
        assert.ok(operator.online());
        return Promise.resolve();
      });
      const photo = await uploadPhoto(cluster, token, conversation);
      const [node] = cluster.nodes;
      const caught = node.store.holdAt(/\x02insert\x00[^]{4}messages\x00/);
      const clientId = visitor.send(conversation, "here it is", [photo.id]);
      await caught;
      const reader = await cluster.reader();
      try {
        const [claimed] = await reader.find("attachments", { _id: photo.id });
        assert.equal(claimed?.["message"], clientId);
        assert.equal(await reader.count("messages", { clientId }), 0);
        await node.part.kill();
        node.store.restore();
        const screens = [visitor, operator].map((client) => {
          return { client, conversations: [conversation] };
        });
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
