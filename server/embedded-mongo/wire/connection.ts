import type { Socket } from "node:net";
import {
  encodeReply,
  headerBytes,
  maxMessageBytes,
  opMsg,
  opQuery,
  parseMessage,
} from "./message.js";
import type { CommandMessage } from "./message.js";

/** Answers one command. Never rejects: what goes wrong is part of the reply. */
export type AnswerCommand = (message: CommandMessage) => Buffer | Promise<Buffer>;

/** The replies to messages that cannot be answered at all. */
export type AnswerBrokenMessage = (error: unknown) => Buffer;

/** Bytes of unfinished messages that all connections together hold, and may hold. */
export interface ReceiveBudget {
  used: number;
  readonly limit: number;
}

/** How many answered bytes may wait for a client that does not read before its commands wait too. */
const unreadLimit = 16 * 1024 * 1024;

/**
 * One client: cuts the byte stream into messages and answers them in order, one at a time, so that a
 * client that pipelines sees its own writes. A broken frame ends the connection, since nothing after it
 * can be trusted; a broken message inside a good frame gets a coded error.
 */
export class Connection {
  #chunks: Buffer[] = [];
  #size = 0;
  #busy = false;

  constructor(
    private readonly socket: Socket,
    private readonly answer: AnswerCommand,
    private readonly answerBroken: AnswerBrokenMessage,
    private readonly budget: ReceiveBudget,
  ) {
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#grow(chunk.length);
      if (budget.used > budget.limit) {
        socket.destroy();
        return;
      }
      if (!this.#busy) void this.#drain();
      else if (this.#size > maxMessageBytes) socket.pause();
    });
    socket.on("error", () => socket.destroy());
    socket.once("close", () => {
      this.#chunks = [];
      this.#grow(-this.#size);
    });
  }

  #grow(bytes: number): void {
    this.#size += bytes;
    this.budget.used += bytes;
  }

  /** Takes the next whole message off the stream; undefined when more bytes are needed. */
  #next(): Buffer | undefined {
    if (this.#size < headerBytes) return undefined;
    let first = this.#chunks[0] ?? Buffer.alloc(0);
    if (first.length < headerBytes) first = this.#join();
    const length = first.readInt32LE(0);
    const opcode = first.readInt32LE(12);
    if (
      length < headerBytes ||
      length > maxMessageBytes ||
      (opcode !== opMsg && opcode !== opQuery)
    ) {
      this.socket.destroy();
      return undefined;
    }
    if (this.#size < length) return undefined;
    if (first.length < length) first = this.#join();
    const rest = first.subarray(length);
    if (rest.length === 0) this.#chunks.shift();
    else this.#chunks[0] = rest;
    this.#grow(-length);
    return first.subarray(0, length);
  }

  #join(): Buffer {
    const whole = Buffer.concat(this.#chunks);
    this.#chunks = [whole];
    return whole;
  }

  async #drain(): Promise<void> {
    this.#busy = true;
    try {
      for (;;) {
        const bytes = this.#next();
        if (bytes === undefined) break;
        await this.#handle(bytes);
        if (this.socket.destroyed) return;
      }
    } finally {
      this.#busy = false;
      if (this.socket.isPaused()) this.socket.resume();
    }
  }

  async #handle(bytes: Buffer): Promise<void> {
    let message: CommandMessage;
    try {
      message = parseMessage(bytes);
    } catch (error) {
      message = {
        requestId: bytes.readInt32LE(4),
        body: bytes,
        sequences: new Map(),
        answered: true,
        legacy: bytes.readInt32LE(12) === opQuery,
      };
      this.#send(encodeReply(message, this.answerBroken(error)));
      this.socket.end();
      return;
    }
    const answered = this.answer(message);
    const document = answered instanceof Buffer ? answered : await answered;
    if (!message.answered || this.socket.destroyed) return;
    this.#send(encodeReply(message, document));
    if (this.socket.writableLength > unreadLimit) await drained(this.socket);
  }

  #send(parts: Buffer[]): void {
    this.socket.cork();
    for (const part of parts) this.socket.write(part);
    this.socket.uncork();
  }
}

async function drained(socket: Socket): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      socket.off("drain", done);
      socket.off("close", done);
      resolve();
    };
    socket.once("drain", done);
    socket.once("close", done);
  });
}
