import { connect } from "node:net";
import { deserialize, serialize } from "bson";
import { serializePlain } from "../bson/serialize-plain.js";
import { headerBytes, opMsg } from "./message.js";

/** The connection ended: whether the server carried out what it was asked is not known. */
export class LineLost extends Error {
  override readonly name = "LineLost";
}

/** A connection for commands that need nothing of a driver. */
export interface DirectLine {
  /**
   * Sends a command, `$db` among its fields, as an OP_MSG. Answers what the server says, `ok: 0` too.
   * Commands are carried out in order, one at a time. @throws LineLost
   */
  run(command: Record<string, unknown>): Promise<Record<string, unknown>>;
  /** What is under way fails. */
  close(): void;
}

/** Where the document begins, after the flags (4 bytes) and the kind of the one section (1). */
const documentAt = headerBytes + 5;

/**
 * Speaks to the server's Unix socket. For each command a driver chooses a server, a connection and a session
 * and copies its options at every step: that is five times the work of what is done here, and ten times the
 * garbage. After a loss the next command connects anew.
 */
export function openDirectLine(path: string): DirectLine {
  let call: Call | null = null;
  let closed = false;
  return {
    run(command) {
      if (closed) return Promise.reject(new LineLost("the line is closed"));
      call ??= dial(path, () => {
        call = null;
      });
      return call.ask(command);
    },
    close() {
      closed = true;
      call?.end();
    },
  };
}

interface Call {
  ask: DirectLine["run"];
  end(): void;
}

/** One connection; `lost` is called before anybody is told of its loss. */
function dial(path: string, lost: () => void): Call {
  const asked: {
    resolve: (reply: Record<string, unknown>) => void;
    reject: (error: LineLost) => void;
  }[] = [];
  const socket = connect(path);
  let cause: Error | undefined;
  let received: Buffer = Buffer.alloc(0);

  socket.on("data", (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    while (received.length >= headerBytes) {
      const length = received.readInt32LE(0);
      if (received.length < length) return;
      asked.shift()?.resolve(deserialize(received.subarray(documentAt, length)));
      received = received.subarray(length);
    }
  });
  socket.on("error", (error) => {
    cause = error;
  });
  socket.once("close", () => {
    lost();
    for (const { reject } of asked) reject(new LineLost("the database's line was lost", { cause }));
  });

  return {
    ask: (command) =>
      new Promise((resolve, reject) => {
        // Its number stays 0: answers come in order.
        const message =
          serializePlain(command, documentAt) ??
          Buffer.concat([Buffer.alloc(documentAt), serialize(command)]);
        message.writeInt32LE(message.length, 0);
        message.writeInt32LE(opMsg, 12);
        asked.push({ resolve, reject });
        socket.write(message);
      }),
    end: () => void socket.destroy(),
  };
}
