import { connect, type Socket } from "node:net";
import { deserialize, serialize, type Document } from "bson";

/** Bytes on the socket itself, for what no driver would send. */
export class RawClient {
  #received = Buffer.alloc(0);
  #waiting: (() => void) | undefined;
  closed = false;

  private constructor(private readonly socket: Socket) {
    socket.on("data", (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#waiting?.();
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      this.closed = true;
      this.#waiting?.();
    });
  }

  static async connect(url: string): Promise<RawClient> {
    const path = decodeURIComponent(url.replace("mongodb://", "").replace("/", ""));
    const socket = connect({ path });
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", () => resolve());
      socket.once("error", reject);
    });
    return new RawClient(socket);
  }

  send(bytes: Buffer): void {
    this.socket.write(bytes);
  }

  /** The next reply's body; undefined when the server closed the connection instead. */
  async reply(): Promise<Document | undefined> {
    for (;;) {
      const bytes = this.#received;
      if (bytes.length >= 4 && bytes.length >= bytes.readInt32LE(0)) {
        const size = bytes.readInt32LE(0);
        this.#received = bytes.subarray(size);
        return deserialize(bytes.subarray(bytes.readInt32LE(12) === 1 ? 36 : 21, size));
      }
      if (this.closed) return undefined;
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
  }

  close(): void {
    this.socket.destroy();
  }
}

let lastId = 0;

/** A message with a header whose length is true unless `length` says otherwise. */
export function frame(opcode: number, payload: Buffer, length = payload.length + 16): Buffer {
  const head = Buffer.alloc(16);
  head.writeInt32LE(length, 0);
  head.writeInt32LE(++lastId, 4);
  head.writeInt32LE(opcode, 12);
  return Buffer.concat([head, payload]);
}

/** An OP_MSG with one body section, and document sequences behind it. */
export function opMsg(
  body: Document,
  options: { flags?: number; sequences?: Record<string, Document[]> } = {},
): Buffer {
  const flags = Buffer.alloc(4);
  flags.writeUInt32LE(options.flags ?? 0);
  const sections = Object.entries(options.sequences ?? {}).map(([name, documents]) => {
    const content = Buffer.concat([
      Buffer.from(`${name}\0`),
      ...documents.map((document) => serialize(document)),
    ]);
    const head = Buffer.alloc(5);
    head[0] = 1;
    head.writeInt32LE(content.length + 4, 1);
    return Buffer.concat([head, content]);
  });
  return frame(2013, Buffer.concat([flags, Buffer.from([0]), serialize(body), ...sections]));
}
