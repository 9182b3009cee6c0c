import { io, type Socket } from "socket.io-client";
import { isErrorCode, type Ack, type ErrorCode } from "../../shared/error-codes.js";
import type { VisitorEvents, VisitorNews } from "../../shared/events.js";
import { PROTOCOL_VERSION, SOCKET_PATH, VISITOR_NAMESPACE } from "../../shared/protocol.js";

export type VisitorEventName = keyof VisitorEvents;
export type VisitorRequest<E extends VisitorEventName> = Parameters<VisitorEvents[E]>[0];
export type VisitorReply<E extends VisitorEventName> =
  Parameters<Parameters<VisitorEvents[E]>[1]>[0] extends Ack<infer T> ? T : never;

/** How a connection ended or failed to begin. `code` where the server said why. */
export interface LinkEnd {
  code: ErrorCode | null;
  retryAfterMs: number;
}

export interface LinkListener {
  opened: () => void;
  ended: (end: LinkEnd) => void;
  hear: VisitorNews;
}

/** One connection to the server. It never reconnects by itself: when is decided in `state/`. */
export interface VisitorLink {
  open: () => void;
  close: () => void;
  /** Rejects when no answer came within `timeoutMs` or the link ended. */
  call: <E extends VisitorEventName>(
    name: E,
    request: VisitorRequest<E>,
    timeoutMs?: number,
  ) => Promise<Ack<VisitorReply<E>>>;
}

export interface LinkSettings {
  server: string;
  key: string;
  /** Asked at each opening: another tab may have brought another token. */
  credentials: () => { token: string; ofAge?: true };
}

export function makeVisitorLink(settings: LinkSettings, listener: LinkListener): VisitorLink {
  const address = new URL(settings.server);
  const socket: Socket<VisitorNews, VisitorEvents> = io(address.origin + VISITOR_NAMESPACE, {
    path: address.pathname.replace(/\/$/, "") + SOCKET_PATH,
    query: { site: settings.key, v: String(PROTOCOL_VERSION) },
    auth: (give) => give(settings.credentials()),
    transports: ["websocket", "polling"],
    tryAllTransports: true,
    reconnection: false,
    autoConnect: false,
    forceNew: true,
  });
  socket.on("connect", listener.opened);
  socket.on("disconnect", () => listener.ended({ code: null, retryAfterMs: 0 }));
  socket.on("connect_error", (error) => listener.ended(readRefusal(error)));
  const { hear } = listener;
  socket.on("message:sent", hear["message:sent"]);
  socket.on("conversation:changed", hear["conversation:changed"]);
  socket.on("typing:changed", hear["typing:changed"]);
  socket.on("presence:changed", hear["presence:changed"]);
  socket.on("conversation:erased", hear["conversation:erased"]);
  socket.on("consent:changed", hear["consent:changed"]);
  socket.on("news:missed", hear["news:missed"]);
  socket.on("token:revoked", hear["token:revoked"]);
  socket.on("server:stopping", hear["server:stopping"]);
  return {
    open: () => void socket.connect(),
    close: () => void socket.disconnect(),
    call(name, request, timeoutMs = 10_000) {
      return new Promise((resolve, reject) => {
        const end = (): void => reject(new Error("the link ended"));
        socket.once("disconnect", end);
        const settle = (error: Error | null, reply: Ack<never>): void => {
          socket.off("disconnect", end);
          if (error) reject(error);
          else resolve(reply);
        };
        // Typed by VisitorEvents above; the emitter's own types cannot follow a generic name.
        const emitter = socket.timeout(timeoutMs) as unknown as {
          emit: (name: string, request: unknown, ack: typeof settle) => void;
        };
        emitter.emit(name, request, settle);
      });
    },
  };
}

/** A refused handshake carries `{ code, retryAfter }`; anything else is the network. */
function readRefusal(error: Error & { data?: unknown }): LinkEnd {
  const data: { code?: unknown; retryAfter?: unknown } =
    typeof error.data === "object" && error.data !== null ? error.data : {};
  return {
    code: isErrorCode(data.code) ? data.code : null,
    retryAfterMs: typeof data.retryAfter === "number" ? data.retryAfter * 1000 : 0,
  };
}
