import type { Server as HttpServer } from "node:http";
import { Socket } from "node:net";

/** As much of an Engine.IO server as is needed. */
interface Engine {
  on(event: "flush", listener: (connection: { transport: object }) => void): unknown;
}

/**
 * What one turn of the event loop says to a connection leaves in one write. A group of messages that
 * was stored together is answered together: without this, an operator's socket would cost a call to
 * the system for every answer and event of the group, and each of thousands who come at once one more
 * for the greeting that follows the answer to its handshake.
 */
export function writeTogether(engine: Engine, http: Pick<HttpServer, "prependListener">): void {
  let held: Socket[] = [];

  function release(): void {
    const sockets = held;
    held = [];
    for (const socket of sockets) socket.uncork();
  }

  function hold(socket: Socket): void {
    if (socket.writableCorked > 0) return;
    if (held.length === 0) setImmediate(release);
    socket.cork();
    held.push(socket);
  }

  engine.on("flush", ({ transport }) => {
    const socket = socketOf(transport);
    if (socket !== null) hold(socket);
  });
  // Before Engine.IO answers it.
  http.prependListener("upgrade", (_request, socket) => {
    if (socket instanceof Socket) hold(socket);
  });
}

/** The system's socket under a WebSocket transport; polling answers in one write anyway. */
function socketOf(transport: object): Socket | null {
  if (!("socket" in transport)) return null;
  const { socket: webSocket } = transport;
  if (typeof webSocket !== "object" || webSocket === null || !("_socket" in webSocket)) return null;
  const { _socket: socket } = webSocket;
  return isSocket(socket) ? socket : null;
}

function isSocket(value: unknown): value is Socket {
  return typeof value === "object" && value !== null && "cork" in value && "uncork" in value;
}
