import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { deserialize } from "bson";
import fc from "fast-check";
import mongoose from "mongoose";
import {
  startDatabaseProcess,
  temporaryFolder,
  type DatabaseProcess,
} from "../support/database-process.js";
import { arbitraryMessage, pingMessage, type FuzzMessage } from "../support/fuzz-messages.js";

const { MongoClient } = mongoose.mongo;

const count = Number(process.env["FUZZ_MESSAGES"] ?? "5000");
const seed = Number(process.env["FUZZ_SEED"] ?? "20261121");
const clients = 6;
const patience = 20_000;
const memoryLimit = 500 * 1024;

/**
 * Sends a message, and a `ping` after it on the same connection. The server has to answer the ping
 * or to close the connection; a message whose end never comes has to be given up with the connection.
 */
class FuzzClient {
  private socket: Socket | undefined;
  pings = 0;
  closed = 0;
  /** Answers that say that the server itself made a mistake. */
  readonly mistakes: string[] = [];

  constructor(private readonly path: string) {}

  async send({ bytes, complete }: FuzzMessage): Promise<void> {
    const socket = await this.open();
    const ended = new Promise<"closed">((resolve) => {
      socket.once("close", () => resolve("closed"));
    });
    const id = this.pings + this.closed + 1_000_000;
    const ping = Buffer.from(pingMessage);
    ping.writeInt32LE(id, 4);
    const answered = this.answerTo(socket, id);
    socket.write(bytes);
    if (complete) socket.write(ping);
    else socket.end();
    const timer = new AbortController();
    const outcome = await Promise.race([answered, ended, late(timer.signal)]);
    timer.abort();
    socket.removeAllListeners("data");
    socket.removeAllListeners("close");
    assert.notEqual(outcome, "late", `no answer to ${bytes.toString("hex").slice(0, 2000)}`);
    if (outcome === "answered") this.pings++;
    else {
      this.closed++;
      this.socket = undefined;
    }
  }

  private async open(): Promise<Socket> {
    if (this.socket !== undefined && !this.socket.destroyed) return this.socket;
    const socket = connect({ path: this.path });
    socket.on("error", () => socket.destroy());
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", () => resolve());
      socket.once("error", reject);
    });
    this.socket = socket;
    return socket;
  }

  private answerTo(socket: Socket, id: number): Promise<"answered"> {
    let received = Buffer.alloc(0);
    return new Promise((resolve) => {
      socket.on("data", (chunk: Buffer) => {
        received = Buffer.concat([received, chunk]);
        while (received.length >= 16 && received.length >= received.readInt32LE(0)) {
          if (received.readInt32LE(8) === id) resolve("answered");
          else this.inspect(received.subarray(0, received.readInt32LE(0)));
          received = received.subarray(received.readInt32LE(0));
        }
      });
    });
  }

  private inspect(reply: Buffer): void {
    if (reply.readInt32LE(12) !== 2013) return;
    const { code, errmsg } = deserialize(reply.subarray(21));
    if (code === 1 || code === 8) this.mistakes.push(String(errmsg));
  }

  end(): void {
    this.socket?.destroy();
  }
}

function late(signal: AbortSignal): Promise<"late"> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve("late"), patience);
    signal.addEventListener("abort", () => clearTimeout(timer));
  });
}

function anonymousKilobytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/RssAnon:\s+(\d+)/.exec(status)?.[1] ?? "0");
}

describe(`embedded-mongo wire: ${count} broken messages (seed ${seed})`, function () {
  this.timeout(1_800_000);
  let folder: ReturnType<typeof temporaryFolder>;
  let database: DatabaseProcess;
  before(async function () {
    folder = temporaryFolder();
    database = await startDatabaseProcess(folder.path);
  });
  after(async function () {
    await database.kill("SIGTERM");
    folder.remove();
  });

  it("are answered or their connections closed, without crash, hang or unbounded memory", async function () {
    const path = decodeURIComponent(database.url.replace("mongodb://", "").replace("/", ""));
    const messages = fc.sample(arbitraryMessage, { numRuns: count, seed });
    const workers = Array.from({ length: clients }, () => new FuzzClient(path));
    let next = 0;
    await Promise.all(
      workers.map(async (worker) => {
        for (let message = messages[next++]; message !== undefined; message = messages[next++])
          await worker.send(message);
        worker.end();
      }),
    );
    const answered = workers.reduce((sum, { pings }) => sum + pings, 0);
    const closed = workers.reduce((sum, worker) => sum + worker.closed, 0);
    assert.equal(answered + closed, count);
    const mistakes = new Set(workers.flatMap((worker) => worker.mistakes));
    assert.deepEqual([...mistakes], [], "internal errors");
    assert.ok(
      answered > count / 10 && closed > count / 10,
      `${answered} answered, ${closed} closed`,
    );
    if (process.platform === "linux")
      assert.ok(anonymousKilobytes(database.pid) < memoryLimit, "memory is bounded");

    const client = new MongoClient(database.url);
    const collection = client.db("after").collection<{ _id: number }>("c");
    await collection.insertOne({ _id: 1 });
    assert.deepEqual(await collection.find().toArray(), [{ _id: 1 }]);
    const { valid } = await client.db("after").command({ validate: "c" });
    assert.equal(valid, true);
    await client.close();
  });
});
