import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { io } from "socket.io-client";
import { noChoices, type ConsentAnswer } from "../../shared/consent.js";
import { paths } from "../../shared/paths.js";
import { PROTOCOL_VERSION, SOCKET_PATH } from "../../shared/protocol.js";
import type { InboxRow, Message, Presence, Typing } from "../../shared/wire.js";
import { startCluster, type Cluster } from "../faults/start-cluster.js";
import { eventually } from "../support/eventually.js";
import { callJson } from "../support/sign-in.js";
import { requireTool } from "../support/tools.js";
import {
  connected,
  draft,
  heard,
  newId,
  newToken,
  value,
  type OperatorClient,
  type VisitorClient,
} from "./start-chat.js";

/** Two nodes, each a process, as one chat. What is lost or not is test/faults' matter. */
describe("two nodes are one chat", function () {
  this.timeout(60_000);
  let cluster: Cluster;
  const sockets: { disconnect(): unknown }[] = [];
  before(async function () {
    requireTool(this, "redis-server");
    cluster = await startCluster();
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.disconnect();
  });
  after(() => cluster.stop());

  const addressOf = (at: 0 | 1) => `http://127.0.0.1:${cluster.nodes[at].port}`;
  const common = { path: SOCKET_PATH, transports: ["websocket"], forceNew: true };

  function open<S extends VisitorClient | OperatorClient>(socket: S): Promise<S> {
    sockets.push(socket);
    return connected<S>(socket);
  }

  const openVisitor = (at: 0 | 1, token = newToken()) =>
    open<VisitorClient>(
      io(`${addressOf(at)}/visitor`, {
        ...common,
        reconnection: false,
        query: { site: cluster.site.key, v: String(PROTOCOL_VERSION) },
        auth: { token },
        extraHeaders: { "sec-fetch-site": "same-origin" },
      }),
    );

  async function openOperator(at: 0 | 1) {
    const { origin, cookie } = cluster.operatorOptions;
    const socket = await open<OperatorClient>(
      io(`${addressOf(at)}/operator`, {
        ...common,
        reconnection: false,
        extraHeaders: { origin, cookie },
      }),
    );
    await listInbox(socket);
    return socket;
  }

  const listInbox = (operator: OperatorClient) =>
    value(
      operator.emitWithAck("inbox:list", {
        siteId: cluster.site.id,
        state: "open",
        before: null,
      }),
    );
  const rowOf = async (operator: OperatorClient, conversationId: string) =>
    (await listInbox(operator)).rows.find((row) => row.conversation.id === conversationId);
  const resume = (visitor: VisitorClient) => value(visitor.emitWithAck("session:resume", {}));

  async function begin(at: 0 | 1, token = newToken()) {
    const visitor = await openVisitor(at, token);
    const conversationId = newId();
    await value(visitor.emitWithAck("message:send", draft(conversationId, "hello")));
    return { visitor, conversationId, token };
  }

  it("a visitor on one sees that an operator is there on the other, and that they went", async () => {
    const visitor = await openVisitor(0);
    await eventually(async () => {
      assert.equal((await resume(visitor)).presence.operatorsOnline, false);
    }, 20_000);
    const came = heard<Presence>(
      visitor,
      "presence:changed",
      ({ operatorsOnline }) => operatorsOnline,
    );
    const operator = await openOperator(1);
    await came;
    assert.equal((await resume(visitor)).presence.operatorsOnline, true);
    const went = heard<Presence>(visitor, "presence:changed");
    operator.disconnect();
    assert.deepEqual(await went, { operatorsOnline: false });
  });

  it("an operator on one sees who is on line on the other, and hears them type", async () => {
    const { visitor, conversationId } = await begin(0);
    const operator = await openOperator(1);
    await eventually(async () => {
      assert.equal((await rowOf(operator, conversationId))?.visitor.online, true);
    });
    const typing = heard<Typing>(operator, "typing:changed");
    await value(visitor.emitWithAck("typing:set", { conversationId, on: true }));
    assert.deepEqual(await typing, { conversationId, who: "visitor", on: true });
    const answer = heard<Typing>(visitor, "typing:changed");
    await value(operator.emitWithAck("typing:set", { conversationId, on: true }));
    assert.deepEqual(await answer, { conversationId, who: "operator", on: true });
    const gone = heard<InboxRow>(
      operator,
      "conversation:changed",
      (row) => row.conversation.id === conversationId && !row.visitor.online,
    );
    visitor.disconnect();
    await gone;
  });

  it("a grant and a withdrawal on one reach an operator's details on the other within 2 s", async () => {
    const { conversationId, token } = await begin(0);
    const operator = await openOperator(1);
    const details = () => value(operator.emitWithAck("visitor:get", { conversationId }));
    assert.notEqual((await details()).consent.analytics, true);
    const analyticsId = newId();
    for (const analytics of [true, false]) {
      const told = heard<InboxRow>(
        operator,
        "conversation:changed",
        (row) => row.conversation.id === conversationId,
      );
      const answer: ConsentAnswer = {
        choices: { ...noChoices, analytics },
        method: "site_banner",
        policyVersion: 1,
        textHash: "",
        language: "en",
        analyticsId,
        signals: { gpc: false, dnt: false },
        ofAge: false,
      };
      const saved = await callJson(`${addressOf(0)}${paths.consent(cluster.site.key)}`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "sec-fetch-site": "same-origin" },
        body: answer,
      });
      assert.equal(saved.status, 200, JSON.stringify(saved.body));
      const answered = performance.now();
      // The dashboard reads the details again, within a second of the row.
      await told;
      assert.ok(performance.now() - answered < 1000, "told too late");
      assert.equal((await details()).consent.analytics, analytics);
    }
  });

  it("chat on one node goes on while Redis is away, and nobody waits for it", async () => {
    const operator = await openOperator(0);
    const { visitor, conversationId } = await begin(0);
    await cluster.redis.kill();
    try {
      for (let at = 0; at < 5; at += 1) {
        const text = `without Redis ${at}`;
        const began = performance.now();
        const there = heard<Message>(operator, "message:sent", (message) => message.text === text);
        await value(visitor.emitWithAck("message:send", draft(conversationId, text)));
        assert.equal((await there).conversationId, conversationId);
        assert.ok(performance.now() - began < 3000, "a message waited for Redis");
      }
    } finally {
      await cluster.redis.start();
    }
  });

  it("a node that stops tells its clients, serves them until they leave, and takes nobody new", async () => {
    const operator = await openOperator(0);
    const { visitor, conversationId } = await begin(1);
    const told = heard<{ reconnectWithinMs: number }>(visitor, "server:stopping");
    const { part, port } = cluster.nodes[1];
    const ended = part.end();
    try {
      assert.equal((await told).reconnectWithinMs, 2000);
      await assert.rejects(once(connect(port, "127.0.0.1"), "connect"), { code: "ECONNREFUSED" });
      const text = "said to a node that stops";
      const shown = heard<Message>(operator, "message:sent", (message) => message.text === text);
      const sent = await value(visitor.emitWithAck("message:send", draft(conversationId, text)));
      assert.equal((await shown).seq, sent.seq);
      visitor.disconnect();
      assert.equal(await ended, 0);
      const reader = await cluster.reader();
      assert.equal(await reader.count("messages", { text }), 1);
      await reader.close();
    } finally {
      await ended;
      await part.start();
    }
  });

  it("15 s after a node died nobody is shown on line because of it", async () => {
    const watcher = await openVisitor(0);
    const { conversationId } = await begin(1);
    await openOperator(1);
    const operator = await openOperator(0);
    await eventually(async () => {
      assert.equal((await rowOf(operator, conversationId))?.visitor.online, true);
    }, 20_000);
    const died = performance.now();
    await cluster.nodes[1].part.kill();
    try {
      await eventually(async () => {
        assert.equal((await rowOf(operator, conversationId))?.visitor.online, false);
      }, 15_000);
      const gone = heard<Presence>(watcher, "presence:changed");
      operator.disconnect();
      assert.deepEqual(await gone, { operatorsOnline: false });
      assert.ok(performance.now() - died < 15_000, "too late");
    } finally {
      await cluster.nodes[1].part.start();
    }
  });
});
