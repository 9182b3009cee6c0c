import { createServer, type Socket } from "node:net";
import { Double, Int32, Long, serialize } from "bson";

/**
 * The limit that the embedded database is measured against: speaks just enough of MongoDB's wire
 * protocol to answer a driver, and stores nothing. Imports nothing of the product. Prints its socket
 * path when it is ready.
 */
const path = process.argv[2] ?? "";

const hello = serialize({
  ismaster: true,
  helloOk: true,
  maxBsonObjectSize: 16_777_216,
  maxMessageSizeBytes: 48_000_000,
  maxWriteBatchSize: 100_000,
  localTime: new Date(),
  logicalSessionTimeoutMinutes: 30,
  connectionId: 1,
  minWireVersion: 0,
  maxWireVersion: 21,
  ok: new Double(1),
});
const written = serialize({ n: new Int32(1), ok: new Double(1) });
const updated = serialize({ n: new Int32(1), nModified: new Int32(1), ok: new Double(1) });
const document = {
  _id: new Int32(1),
  conversation: new Int32(1),
  seq: new Int32(1),
  text: "x".repeat(120),
};
const found = serialize({
  cursor: { firstBatch: [document], id: Long.ZERO, ns: "bench.messages" },
  ok: new Double(1),
});
const plain = serialize({ ok: new Double(1) });

/** The command's name is the first field name of the body, after flags (4), kind (1), length (4), type (1). */
function commandOf(message: Buffer): string {
  const start = 16 + 4 + 1 + 4 + 1;
  return message.toString("latin1", start, message.indexOf(0, start));
}

function replyTo(message: Buffer): Buffer {
  const legacy = message.readInt32LE(12) === 2004;
  const name = legacy ? "hello" : commandOf(message);
  const body =
    name === "insert"
      ? written
      : name === "find"
        ? found
        : name === "update"
          ? updated
          : name === "hello" || name === "ismaster"
            ? hello
            : plain;
  const headBytes = legacy ? 36 : 21;
  const reply = Buffer.alloc(headBytes + body.length);
  reply.writeInt32LE(reply.length, 0);
  reply.writeInt32LE(message.readInt32LE(4), 8);
  reply.writeInt32LE(legacy ? 1 : 2013, 12);
  if (legacy) reply.writeInt32LE(1, 32);
  reply.set(body, headBytes);
  return reply;
}

function serve(socket: Socket): void {
  let waiting: Buffer = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk]);
    while (waiting.length >= 4 && waiting.length >= waiting.readInt32LE(0)) {
      const size = waiting.readInt32LE(0);
      socket.write(replyTo(waiting.subarray(0, size)));
      waiting = waiting.subarray(size);
    }
  });
  socket.on("error", () => socket.destroy());
}

createServer(serve).listen(path, () => process.stdout.write("listening\n"));
