import type { Log } from "../infra/log.js";

/** As much of an Engine.IO connection as is needed. */
export interface Connection {
  readonly id: string;
  on(event: "packetCreate", listener: (packet: { data?: unknown }) => void): unknown;
  on(event: "flush", listener: () => void): unknown;
  on(event: "close", listener: (reason: string) => void): unknown;
  readonly transport: { readonly writable: boolean };
  close(discard?: boolean): unknown;
}

/**
 * Cuts a connection whose reader is slower than what is sent to it, at a bounded number of bytes
 * that wait for it. Nothing is lost by that: it comes back and asks for what follows its cursor.
 *
 * Packets wait in Engine.IO's buffer until the transport is free, then in the transport until the
 * system has taken them; both are counted. One that answers no heartbeat is cut as hard.
 */
export function boundBuffer(connection: Connection, maxBytes: number, log: Log): void {
  let waiting = 0;
  let handedOver = 0;
  connection.on("packetCreate", ({ data }) => {
    if (connection.transport.writable) handedOver = 0;
    waiting += sizeOf(data);
    if (waiting + handedOver <= maxBytes) return;
    log.warn({ connection: connection.id, bytes: waiting + handedOver }, "slow reader cut");
    waiting = 0;
    handedOver = 0;
    connection.close(true);
    terminate(connection.transport);
  });
  // A transport takes the next packets only when the system has taken the last ones.
  connection.on("flush", () => {
    handedOver = waiting;
    waiting = 0;
  });
  connection.on("close", (reason) => {
    if (reason === "ping timeout") terminate(connection.transport);
  });
}

/** Of a text the length, which its bytes are at least, and three times of at most: counting them reads it all. */
function sizeOf(data: unknown): number {
  if (typeof data === "string") return data.length;
  return data instanceof Uint8Array ? data.length : 0;
}

/** A WebSocket's polite close would keep the bytes until its answer, which a stalled reader never sends. */
function terminate(transport: object): void {
  if ("socket" in transport && isTerminable(transport.socket)) transport.socket.terminate();
}

function isTerminable(socket: unknown): socket is { terminate(): void } {
  return (
    typeof socket === "object" &&
    socket !== null &&
    "terminate" in socket &&
    typeof socket.terminate === "function"
  );
}
