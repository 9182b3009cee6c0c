import type { Server as HttpServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { Server } from "socket.io";
import { Decoder } from "socket.io-parser";
import { OPERATOR_NAMESPACE, SOCKET_PATH, VISITOR_NAMESPACE } from "../../shared/protocol.js";
import { toRefusal } from "../errors.js";
import type { Log } from "../infra/log.js";
import { admitHandshake, corsOrigin } from "./admit-handshake.js";
import { admitOperators, admitVisitors, recheckOperators } from "./admit-socket.js";
import { boundBuffer, type Connection } from "./bound-buffer.js";
import type { Chat } from "./chat.js";
import type { NodeEvents, OperatorNamespace, VisitorNamespace } from "./namespaces.js";
import { JsonEncoder } from "./json-encoder.js";
import { openOperatorSocket } from "./operator-socket.js";
import type { Redis } from "../infra/redis.js";
import type { RecentSites } from "./recent-sites.js";
import { openVisitorSocket } from "./visitor-socket.js";
import { writeTogether } from "./write-together.js";

/** A payload beyond this cuts the link (docs/delivery.md). */
const MAX_PAYLOAD = 100_000;
/** How often operators' sessions are looked at again. */
const RECHECK_MS = 60_000;
/** Longest wait at the end for connections that are slow to take what they were told. */
const CLOSE_MS = 1000;

type AnyEvents = Record<string, (...payload: unknown[]) => void>;

export interface SocketSettings {
  publicUrl: URL;
  trustProxy: string[];
  /** Seconds, Socket.IO's own meaning: a dead link is noticed within their sum. */
  pingInterval: number;
  pingTimeout: number;
  /** Seconds that clients get to leave a node that stops, where there are others. */
  drain: number;
  /** Bytes that may wait for one slow reader. */
  maxWaiting: number;
}

interface IoDeps {
  settings: SocketSettings;
  recentSites: RecentSites;
  noteRefusedOrigin(siteId: string, origin: string): Promise<void>;
  log: Log;
  /** Null: one node. */
  adapter: Redis["adapter"] | null;
}

export interface Io {
  visitors: VisitorNamespace;
  operators: OperatorNamespace;
  /** Admits sockets from now on. */
  serve(http: HttpServer, chat: Chat): void;
  /** Tells every client of this node to come back within so many milliseconds; admits nobody any more. */
  announceStop(reconnectWithinMs: number): void;
  /** Asks every screen of every node to look by its cursors, at a random moment within this time. */
  askToLook(withinMs: number): void;
  countClients(): number;
  close(): Promise<void>;
}

/** Socket.IO and who may open a socket; what is said on one is visitor-socket's and operator-socket's. */
export function createIo(deps: IoDeps): Io {
  let stopping = false;
  const admission = {
    publicUrl: deps.settings.publicUrl,
    recentSites: deps.recentSites,
    noteRefusedOrigin: (siteId: string, origin: string) => deps.noteRefusedOrigin(siteId, origin),
    isStopping: () => stopping,
  };
  const io = new Server<AnyEvents, AnyEvents, NodeEvents, unknown>({
    path: SOCKET_PATH,
    serveClient: false,
    transports: ["polling", "websocket"],
    parser: { Encoder: JsonEncoder, Decoder },
    ...(deps.adapter === null ? {} : { adapter: deps.adapter }),
    maxHttpBufferSize: MAX_PAYLOAD,
    pingInterval: deps.settings.pingInterval * 1000,
    pingTimeout: deps.settings.pingTimeout * 1000,
    cors: (request, answer) => {
      // A WebSocket's answer is nothing that a page reads.
      if (request.headers.upgrade !== undefined) {
        answer(null, { origin: false });
        return;
      }
      corsOrigin(admission, request).then(
        (origin) => answer(null, { origin }),
        () => answer(null, { origin: false }),
      );
    },
    allowRequest: (request, answer) => {
      admitHandshake(admission, request).then(
        () => answer(null, true),
        (error: unknown) => answer(toRefusal(error).code, false),
      );
    },
  });
  // A server has one pair of event maps, its namespaces have their own.
  const visitors = io.of(VISITOR_NAMESPACE) as unknown as VisitorNamespace;
  const operators = io.of(OPERATOR_NAMESPACE) as unknown as OperatorNamespace;
  let recheck: NodeJS.Timeout | null = null;
  let listening: HttpServer | null = null;

  return {
    visitors,
    operators,
    serve(http, chat) {
      admitVisitors(chat, visitors, deps.settings.trustProxy);
      admitOperators(chat, operators);
      visitors.on("connection", (socket) => openVisitorSocket(chat, socket, operators));
      operators.on("connection", (socket) => {
        openOperatorSocket(chat, socket, visitors).catch((error: unknown) => {
          deps.log.error({ err: error }, "operator socket failed");
          socket.disconnect(true);
        });
      });
      recheck = setInterval(() => void recheckOperators(chat, operators), RECHECK_MS).unref();
      listening = http;
      io.attach(http);
      writeTogether(io.engine, http);
      io.engine.on("connection", (connection: Connection) =>
        boundBuffer(connection, deps.settings.maxWaiting, deps.log),
      );
    },
    announceStop(reconnectWithinMs) {
      stopping = true;
      visitors.local.emit("server:stopping", { reconnectWithinMs });
      operators.local.emit("server:stopping", { reconnectWithinMs });
      // Where nobody listens a proxy asks another node; connections that are open stay.
      if (reconnectWithinMs > 0) listening?.close();
    },
    askToLook(withinMs) {
      visitors.emit("news:missed", { withinMs });
      operators.emit("news:missed", { withinMs });
    },
    countClients: () => io.engine.clientsCount,
    async close() {
      stopping = true;
      if (recheck !== null) clearInterval(recheck);
      visitors.local.disconnectSockets(true);
      operators.local.disconnectSockets(true);
      // Closed so, a connection first takes what it was told; the next line takes nothing more.
      const until = Date.now() + CLOSE_MS;
      while (io.engine.clientsCount > 0 && Date.now() < until) await sleep(10);
      io.engine.close();
      await Promise.all([visitors.adapter.close(), operators.adapter.close()]);
    },
  };
}
