import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { paths } from "../../shared/paths.js";
import { eventually } from "../support/eventually.js";
import { callJson } from "../support/sign-in.js";
import { startBurst } from "./burst.js";
import { healing, newId, newToken, settle, type Fault } from "./play-fault.js";
import type { ReliableClient } from "./reliable-client.js";
import type { Cluster } from "./start-cluster.js";

/** People who write to one another until told to stop, each at the pace of the answers. */
function keepWriting(speakers: ReliableClient[], conversation: string): () => void {
  let count = 0;
  const timer = setInterval(() => {
    for (const speaker of speakers)
      if (speaker.waiting() < 3) speaker.send(conversation, `written on ${(count += 1)}`);
  }, 10);
  return () => clearInterval(timer);
}

/** Two tabs on two nodes, an operator on each, and all of them write. */
async function beginTalk(cluster: Cluster) {
  const token = newToken();
  const conversation = newId();
  const tabs = [cluster.visitor({ token, first: 0 }), cluster.visitor({ token, first: 1 })];
  const operators = [cluster.operator({ first: 0 }), cluster.operator({ first: 1 })];
  tabs[0]?.send(conversation, "first");
  const everybody = [...tabs, ...operators];
  await eventually(() => {
    for (const client of everybody) assert.ok(client.shown(conversation).length > 0);
    return Promise.resolve();
  }, 20_000);
  return { tabs, operators, everybody, conversation, stop: keepWriting(everybody, conversation) };
}

/** By an operator, for somebody who asked; on the first node. */
async function erase(cluster: Cluster, conversationId: string, scope: "chat" | "all") {
  const { site, origin, cookie } = cluster.operatorOptions;
  const base = `http://127.0.0.1:${cluster.nodes[0].port}`;
  const erased = await callJson(`${base}${paths.privacyView(site, "people/erase")}`, {
    method: "POST",
    headers: { origin, cookie },
    body: { conversationId, scope, contact: "by telephone", note: "asked for it" },
  });
  assert.equal(erased.status, 200);
}

/** A chat, or a whole visitor, is erased on one node while both nodes' people go on writing in it. */
export const erasureFault: Fault = {
  name: "a visitor and another one's chat are erased while everybody writes",
  // What was said on the second node is later than any moment of the first.
  options: { aheadMs: 3_600_000 },
  async run(cluster, full) {
    const burst = await startBurst(cluster);
    const [whole, chat] = [await beginTalk(cluster), await beginTalk(cluster)];
    const talks = [whole, chat];
    await burst.acknowledged(full ? 60 : 15);
    await eventually(() => {
      for (const { everybody } of talks)
        for (const client of everybody) assert.ok(client.acknowledged.length > 3);
      return Promise.resolve();
    }, 30_000);
    await Promise.all([
      erase(cluster, whole.conversation, "all"),
      erase(cluster, chat.conversation, "chat"),
    ]);
    await wait(full ? 5000 : 1000);
    for (const { stop } of talks) stop();

    const reader = await cluster.reader();
    try {
      await eventually(async () => {
        for (const { conversation, everybody } of talks) {
          assert.equal(await reader.count("messages", { conversation }), 0, "texts are left");
          const [row] = await reader.find("conversations", { _id: conversation });
          assert.deepEqual([row?.["visitor"], row?.["lastText"], row?.["lastSeq"]], ["", "", 0]);
          for (const client of everybody) {
            assert.equal(client.waiting(), 0, "an outbox is not empty");
            assert.deepEqual(client.shown(conversation), [], "a screen shows what was erased");
          }
        }
      }, 30_000);
      const codes = (clients: ReliableClient[]) => [
        ...new Set(clients.flatMap(({ failed }) => failed.map(({ code }) => code))),
      ];
      assert.deepEqual(codes([...chat.tabs, ...chat.operators]), ["UNKNOWN_CONVERSATION"]);
      for (const code of codes([...whole.tabs, ...whole.operators]))
        assert.match(code, /^(UNKNOWN_CONVERSATION|TOKEN_REVOKED)$/);
      // Whoever's chat was erased may begin another; whoever was erased is told to stay away.
      const [tab, other] = chat.tabs;
      assert.ok(tab !== undefined && other !== undefined);
      const fresh = newId();
      tab.send(fresh, "once more, from the beginning");
      const screens = [tab, other, ...chat.operators].map((client) => ({
        client,
        conversations: [fresh],
      }));
      await eventually(() => {
        for (const { client } of screens) assert.equal(client.shown(fresh).length, 1);
        return Promise.resolve();
      }, 20_000);
      // Nothing loops: nobody opens links, sends or is refused any more.
      const everybody = talks.flatMap((talk) => talk.everybody);
      const busy = () => everybody.map((one) => [one.opened(), one.failed.length, one.waiting()]);
      const before = busy();
      await wait(full ? 5000 : 1500);
      assert.deepEqual(busy(), before);
      for (const one of whole.tabs) assert.ok(!one.online(), "an erased visitor's tab is open");
      for (const { conversation } of talks)
        assert.equal(await reader.count("messages", { conversation }), 0, "texts came back");
      const secondsToConverge = await healing(cluster, burst.senders, burst.screens);
      burst.stop();
      return { ...(await settle(cluster, burst.senders, burst.screens)), secondsToConverge };
    } finally {
      await reader.close();
    }
  },
};
