import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "redis";
import { Server } from "socket.io";
import { createLog } from "../../server/infra/log.js";
import { createRateLimits, rateDefaults } from "../../server/infra/rate-limits.js";
import { connectRedis, type Redis } from "../../server/infra/redis.js";
import { startJob } from "../../server/infra/run-job.js";
import { redisPart, type Part } from "../faults/processes.js";
import { eventually } from "../support/eventually.js";
import { freePorts } from "../support/start-app.js";
import { requireTool } from "../support/tools.js";

const log = createLog({ logLevel: "silent" });
const key = { id: "k", bytes: Buffer.alloc(32, 1) };

describe("what nodes share in Redis", () => {
  let server: Part;
  let folder: string;
  let nodes: Redis[];
  let port: number;
  before(async function () {
    const program = requireTool(this, "redis-server");
    folder = await mkdtemp(join(tmpdir(), "porchlight-redis-"));
    port = (await freePorts(1))[0] ?? 0;
    server = await redisPart(program, port, folder);
    await server.start();
    const url = `redis://127.0.0.1:${port}`;
    nodes = [await connectRedis(url, log), await connectRedis(url, log)];
  });
  after(async () => {
    for (const node of nodes) {
      // Its readers of events end with the last adapter.
      await new Server({ adapter: node.adapter }).of("/").adapter.close();
      await node.close();
    }
    await server.kill();
    await rm(folder, { recursive: true, force: true });
  });

  const pair = (): [Redis, Redis] => {
    const [one, other] = nodes;
    assert.ok(one && other);
    return [one, other];
  };
  const back = (node: Redis) =>
    eventually(() => node.commands.members("porchlight:test:nobody"), 15_000);

  it("an act counts wherever it was done; while Redis is away each node counts for itself", async () => {
    const rates = { ...rateDefaults, send: { visitor: { points: 3, seconds: 600 } } };
    const [one, other] = pair().map((node) => createRateLimits(rates, key, node.limits));
    assert.ok(one && other);
    for (const limits of [one, other, one]) await limits.consume("send", { visitor: "a" });
    await assert.rejects(other.consume("send", { visitor: "a" }), { code: "RATE_LIMITED" });
    await other.consume("send", { visitor: "b" });
    await server.kill();
    const began = performance.now();
    for (const limits of [one, one, one, other, other, other])
      await limits.consume("send", { visitor: "c" });
    await assert.rejects(one.consume("send", { visitor: "c" }), { code: "RATE_LIMITED" });
    assert.ok(performance.now() - began < 2000, "sends waited for a Redis that is away");
    await server.start();
    for (const node of nodes) await back(node);
  });

  it("a job runs once in its time, whichever node; without Redis each runs it", async () => {
    const ran = [0, 0];
    const begin = (name: string) =>
      pair().map(({ commands }, at) =>
        startJob({ commands, log }, name, 300, () => {
          ran[at] = (ran[at] ?? 0) + 1;
          return Promise.resolve();
        }),
      );
    const total = () => (ran[0] ?? 0) + (ran[1] ?? 0);
    const began = performance.now();
    const stops = begin("test-shared");
    await eventually(async () => {
      assert.ok(total() >= 4);
      await Promise.resolve();
    });
    for (const stop of stops) await stop();
    // A claim lasts nine tenths of the interval.
    assert.ok(total() <= (performance.now() - began) / 270 + 1, `${total()} runs`);
    await server.kill();
    ran.fill(0);
    const alone = begin("test-alone");
    await eventually(async () => {
      assert.ok(ran.every((times) => times >= 2));
      await Promise.resolve();
    });
    for (const stop of alone) await stop();
    await server.start();
    for (const node of nodes) await back(node);
  });

  it("a Redis that hangs costs a moment once; commands fail fast, in bounded number, and come back", async () => {
    const [one] = pair();
    let returned = 0;
    one.onReturn(() => (returned += 1));
    server.freeze();
    const began = performance.now();
    await assert.rejects(one.commands.members("x"), /does not answer/);
    assert.ok(performance.now() - began < 1500);
    // From here on nobody even asks, for a second.
    const next = performance.now();
    await assert.rejects(one.commands.members("x"), /away/);
    assert.ok(performance.now() - next < 100);
    assert.ok("isReady" in one.limits);
    const { limits } = one;
    await eventually(async () => {
      assert.equal(limits.isReady, true);
      await Promise.resolve();
    });
    const flood = Array.from({ length: 30_000 }, () => one.commands.members("x"));
    const answers = await Promise.allSettled(flood);
    const full = answers.filter(
      (answer) => answer.status === "rejected" && /queue is full/i.test(String(answer.reason)),
    );
    assert.ok(full.length >= 20_000, `only ${full.length} were refused at once`);
    assert.ok(answers.every(({ status }) => status === "rejected"));
    // Longer than the silence after which a link counts as dead.
    await eventually(async () => {
      await assert.rejects(one.commands.members("x"), /Redis is away/);
      assert.equal(limits.isReady, false);
    });
    server.thaw();
    await back(one);
    await one.commands.addMembers("porchlight:test:set", ["a", "b"]);
    assert.deepEqual(await one.commands.areMembers("porchlight:test:set", ["a", "c"]), [
      true,
      false,
    ]);
    await server.kill();
    await eventually(() => assert.rejects(one.commands.members("x"), /Redis is away/));
    const known = returned;
    await server.start();
    await eventually(async () => {
      assert.ok(returned > known);
      await Promise.resolve();
    }, 15_000);
  });

  it("events that no other node can be told are kept in bounded number, and that some are missing is told", async () => {
    const [one] = pair();
    let returned = 0;
    one.onReturn(() => (returned += 1));
    const chat = new Server({ adapter: one.adapter });
    const watcher = createClient({ url: `redis://127.0.0.1:${port}` });
    watcher.on("error", () => undefined);
    await watcher.connect();
    const told = () => watcher.xLen("porchlight:events");
    chat.emit("news", "");
    await eventually(async () => {
      assert.ok((await told()) > 0);
    });
    const before = await told();
    server.freeze();
    // Shorter than the silence after which a link counts as dead.
    for (let at = 0; at < 20_000; at += 1) chat.emit("news", "x".repeat(1000));
    server.thaw();
    await eventually(async () => {
      assert.ok(returned > 0);
      await Promise.resolve();
    });
    // What was kept arrives, and then what is said now.
    await back(one);
    await eventually(async () => {
      assert.ok((await told()) > before);
    });
    chat.emit("news", "last");
    await eventually(async () => {
      const newest = await watcher.xRevRange("porchlight:events", "+", "-", { COUNT: 1 });
      assert.match(JSON.stringify(newest), /last/);
    });
    assert.ok((await told()) - before <= 1100, `${(await told()) - before} events were kept`);
    await chat.of("/").adapter.close();
    watcher.destroy();
  });

  it("what is told on the return arrives, however many events waited for it", async () => {
    const [one] = pair();
    const chat = new Server({ adapter: one.adapter });
    const watcher = createClient({ url: `redis://127.0.0.1:${port}` });
    watcher.on("error", () => undefined);
    await watcher.connect();
    const newest = async () =>
      JSON.stringify(await watcher.xRevRange("porchlight:events", "+", "-", { COUNT: 1 }));
    try {
      chat.emit("news", "before");
      await eventually(async () => assert.match(await newest(), /before/));
      one.onReturn(() => chat.emit("news", "after"));
      await server.kill();
      await eventually(() => assert.rejects(one.commands.members("x"), /Redis is away/));
      for (let at = 0; at < 3000; at += 1) chat.emit("news", at);
      await server.start();
      await eventually(async () => assert.match(await newest(), /after/), 15_000);
    } finally {
      await chat.of("/").adapter.close();
      watcher.destroy();
    }
  });
});
