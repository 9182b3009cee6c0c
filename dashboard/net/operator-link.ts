import { io, type Socket } from "socket.io-client";
import { backOffMs } from "../../shared/back-off.js";
import { errorCodes, isErrorCode, type ErrorCode } from "../../shared/error-codes.js";
import type { OperatorNews } from "../../shared/events.js";
import { OPERATOR_NAMESPACE, PROTOCOL_VERSION, SOCKET_PATH } from "../../shared/protocol.js";
import { offline, type Failure, type Outcome } from "../state/outcome.js";
import type { Answered, Ask } from "../state/ports.js";

/** An answer that takes longer than this is treated as lost; every question is safe to repeat. */
const answerWithinMs = 10_000;

export interface LinkHandlers {
  up(): void;
  /** `cut` is true where an open connection was ended, false where it went silent. */
  down(cut: boolean): void;
  /** The server refused the handshake, and asking again would change nothing. */
  refused(failure: Refused): void;
  news: OperatorNews;
}

/** A refusal that the server named. */
export type Refused = Failure & { code: ErrorCode };

export interface OperatorLink {
  ask: Ask;
  /** Tries at once instead of after the pause: the network or the operator came back. */
  hurry(): void;
  close(): void;
}

/** The operator's socket: the session cookie opens it, and it comes back by itself. */
export function openOperatorLink(handlers: LinkHandlers): OperatorLink {
  const socket: Socket<OperatorNews> = io(OPERATOR_NAMESPACE, {
    path: SOCKET_PATH,
    query: { v: String(PROTOCOL_VERSION) },
    transports: ["websocket", "polling"],
    reconnectionDelay: 500,
    reconnectionDelayMax: 15_000,
    // Full jitter: anything from 0 to twice the pause.
    randomizationFactor: 1,
  });
  /** Questions without an answer yet: each is told when the connection ends. */
  const open = new Set<(failure: Failure) => void>();
  let tries = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const connectIn = (pause: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => socket.disconnect().connect(), pause);
  };

  socket.on("connect", () => {
    clearTimeout(timer);
    tries = 0;
    handlers.up();
  });
  socket.on("disconnect", (reason) => {
    for (const tell of [...open]) tell(offline);
    handlers.down(reason !== "ping timeout" && reason !== "io client disconnect");
    // The library leaves it to us when the server itself said goodbye.
    if (reason === "io server disconnect") connectIn(backOffMs((tries += 1), Math.random));
  });
  socket.on("connect_error", (error) => {
    const failure = readRefusal(error);
    if (failure === null) return;
    if (errorCodes[failure.code] !== "later") handlers.refused(failure);
    else if (!socket.active)
      connectIn((failure.retryAfter ?? 0) * 1000 + backOffMs((tries += 1), Math.random));
  });
  socket.on("message:sent", handlers.news["message:sent"]);
  socket.on("conversation:changed", handlers.news["conversation:changed"]);
  socket.on("typing:changed", handlers.news["typing:changed"]);
  socket.on("page:viewed", handlers.news["page:viewed"]);
  socket.on("conversation:erased", handlers.news["conversation:erased"]);
  socket.on("session:ended", handlers.news["session:ended"]);
  socket.on("news:missed", ({ withinMs }) =>
    setTimeout(() => handlers.news["news:missed"]({ withinMs }), Math.random() * withinMs),
  );
  socket.on("server:stopping", ({ reconnectWithinMs }) => {
    handlers.news["server:stopping"]({ reconnectWithinMs });
    // Until then everything goes on as before.
    connectIn(Math.random() * reconnectWithinMs);
  });

  const ask: Ask = (event, payload) =>
    new Promise((resolve) => {
      if (!socket.connected) {
        resolve(offline);
        return;
      }
      const settle = (outcome: Outcome<Answered<typeof event>>): void => {
        clearTimeout(limit);
        open.delete(settle);
        resolve(outcome);
      };
      const limit = setTimeout(() => settle(offline), answerWithinMs);
      open.add(settle);
      untyped(socket).emit(event, payload, settle);
    });

  return {
    ask,
    hurry() {
      if (socket.connected) return;
      clearTimeout(timer);
      socket.disconnect().connect();
    },
    close() {
      clearTimeout(timer);
      socket.disconnect();
    },
  };
}

/** `emit` by a name that is only known as a type parameter; `Ask` holds the types together. */
function untyped(socket: Socket<OperatorNews>): Socket {
  return socket;
}

/** The server's coded refusal of a handshake; null for a connection that did not come about. */
function readRefusal(error: Error & { data?: unknown }): Refused | null {
  const { data } = error;
  if (typeof data !== "object" || data === null || !("code" in data)) return null;
  if (!isErrorCode(data.code)) return null;
  const message = "message" in data && typeof data.message === "string" ? data.message : "";
  const failure: Refused = { ok: false, code: data.code, message };
  if ("retryAfter" in data && typeof data.retryAfter === "number")
    failure.retryAfter = data.retryAfter;
  return failure;
}
