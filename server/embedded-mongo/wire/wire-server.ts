import { createServer, type Server, type Socket } from "node:net";
import { Connection, type AnswerBrokenMessage, type AnswerCommand } from "./connection.js";

/** What a connection is answered by; `closed` tells it that its client went away. */
export interface ConnectionHandler {
  readonly answer: AnswerCommand;
  readonly answerBroken: AnswerBrokenMessage;
  readonly closed: () => void;
}

export interface WireServer {
  /** How many clients are connected now, and how many were since the start. */
  counts(): { current: number; total: number };
  /** Listens on a Unix socket path or a TCP address. */
  listen(where: { path: string } | { host: string; port: number }): Promise<void>;
  /** The port taken, for `port: 0`. */
  port(): number;
  close(): Promise<void>;
}

/** mongod's own default bound on incoming connections is far higher; ours protects one process's memory. */
const maxConnections = 2_000;

/** Room for a few of the largest messages at once; a client that would go beyond is disconnected. */
const maxReceivedBytes = 256 * 1024 * 1024;

/** Accepts MongoDB clients and hands each message to the handler made for its connection. */
export function createWireServer(open: (connectionId: number) => ConnectionHandler): WireServer {
  const sockets = new Set<Socket>();
  const budget = { used: 0, limit: maxReceivedBytes };
  let total = 0;
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    total += 1;
    const handler = open(total);
    socket.once("close", () => {
      sockets.delete(socket);
      handler.closed();
    });
    new Connection(socket, handler.answer, handler.answerBroken, budget);
  });
  server.maxConnections = maxConnections;
  return {
    counts: () => ({ current: sockets.size, total }),
    listen: (where) =>
      new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen(where, () => {
          server.off("error", reject);
          resolve();
        });
      }),
    port: () => {
      const address = server.address();
      return typeof address === "object" && address !== null ? address.port : 0;
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
