import { randomFillSync } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";
import { createConversationStore } from "../../server/conversations/conversation-store.js";
import { createStartConversation } from "../../server/conversations/start-conversation.js";
import { createRowDebtStore } from "../../server/conversations/row-debt-store.js";
import { refuse } from "../../server/errors.js";
import { sessionCookieName } from "../../server/http/guards.js";
import { createLog } from "../../server/infra/log.js";
import type { LimitName } from "../../server/infra/rate-limits.js";
import { createMessageStore } from "../../server/messages/message-store.js";
import { createRealtime, type RealtimeDeps } from "../../server/realtime/realtime.js";
import type { Site } from "../../server/sites/site.js";
import { endToken } from "../../server/visitors/end-token.js";
import { hashToken } from "../../server/visitors/visitor-token.js";
import { createVisitorStore } from "../../server/visitors/visitor-store.js";
import { isErrorCode, type Ack, type ErrorCode } from "../../shared/error-codes.js";
import type {
  OperatorEvents,
  OperatorNews,
  VisitorEvents,
  VisitorNews,
} from "../../shared/events.js";
import { makeId, makeToken } from "../../shared/ids.js";
import { PROTOCOL_VERSION, SOCKET_PATH } from "../../shared/protocol.js";
import { defaultRules } from "../../shared/site-rules.js";
import type { MessageDraft, Role } from "../../shared/wire.js";
import { openStore } from "../support/open-store.js";

export type VisitorClient = Socket<VisitorNews, VisitorEvents>;
export type OperatorClient = Socket<OperatorNews, OperatorEvents>;
export const SHOP = "http://shop.example";

export const newId = () => makeId((bytes) => randomFillSync(bytes));
export const newToken = () => makeToken((bytes) => randomFillSync(bytes));

export function makeSite(name: string, origin: string): Site {
  return {
    id: newId(),
    key: `key${name}`,
    name,
    origins: [origin],
    color: "#224466",
    corner: "right",
    language: "en",
    greeting: "",
    timeZone: "UTC",
    controller: { name: "", postalAddress: "", email: "" },
    news: false,
    rules: structuredClone(defaultRules),
    rulesVersion: 1,
    tagSeen: null,
    refusedOrigins: [],
    createdAt: 0,
  };
}

export const draft = (conversationId: string, text: string): MessageDraft => ({
  conversationId,
  clientId: newId(),
  text,
  attachmentIds: [],
});

type ClientOptions = Partial<ManagerOptions & SocketOptions>;

/**
 * The chat's server side on real sockets and a real store. Sites and operators' sessions are the
 * test's own: whoever shows the cookie "ROLE-NAME" is that operator until `signOut`.
 */
export async function startChat(overrides: Partial<RealtimeDeps> = {}) {
  const store = await openStore();
  const sites = [makeSite("shop", SHOP), makeSite("other", "http://other.example")];
  const [site, otherSite] = sites as [Site, Site];
  const signedOut = new Set<string>();
  const refusedOrigins: string[] = [];
  const limited = new Set<LimitName>();
  const clock = { ahead: 0, now: () => Date.now() + clock.ahead };
  const http = createServer((_request, response) => response.writeHead(404).end());
  await new Promise<void>((done) => http.listen(0, "127.0.0.1", done));
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const publicUrl = new URL(url);
  const visitors = createVisitorStore(store);
  const conversations = createConversationStore(store);
  const messages = createMessageStore(store);
  await store.createIndexes();

  const rateLimits: RealtimeDeps["rateLimits"] = {
    consume(name) {
      if (limited.has(name)) return Promise.reject(refuse("RATE_LIMITED", { retryAfter: 7 }));
      return Promise.resolve();
    },
  };
  const realtime = createRealtime({
    settings: {
      publicUrl,
      trustProxy: [],
      pingInterval: 25,
      pingTimeout: 20,
      drain: 1,
      maxWaiting: 1_000_000,
    },
    limits: { messageText: 4000 },
    clock,
    log: createLog({ logLevel: "silent" }),
    rateLimits,
    startConversation: createStartConversation({ visitors, conversations, clock, rateLimits }),
    graceMs: 300,
    redis: null,
    visitors,
    conversations,
    messages,
    rowDebts: createRowDebtStore(store.connection),
    presentAttachment: () => {
      throw new Error("no photos here");
    },
    claimAttachments: () => Promise.reject(refuse("UNKNOWN_ATTACHMENT")),
    requireUse: () => Promise.resolve(),
    findSiteByKey: (key) => Promise.resolve(sites.find((one) => one.key === key) ?? null),
    getSite(id) {
      const found = sites.find((one) => one.id === id);
      return found === undefined ? Promise.reject(refuse("UNKNOWN_SITE")) : Promise.resolve(found);
    },
    listSites: () => Promise.resolve(sites),
    noteRefusedOrigin(_site, origin) {
      refusedOrigins.push(origin);
      return Promise.resolve();
    },
    noteRead: () => Promise.resolve(),
    describeVisitor: () =>
      Promise.resolve({
        language: "en",
        browser: "",
        os: "",
        device: "",
        country: "",
        referrerHost: "",
        trail: [],
        consent: {},
        consentAt: null,
      }),
    requireOperator({ headers }) {
      const cookie = new RegExp(`${sessionCookieName(publicUrl)}=(\\w+)-(\\w+)`).exec(
        String(headers["cookie"] ?? ""),
      );
      const [, role, name] = cookie ?? [];
      if (role === undefined || name === undefined || signedOut.has(name))
        return Promise.reject(refuse("NOT_SIGNED_IN"));
      return Promise.resolve({
        id: name,
        email: `${name}@porchlight.example`,
        name,
        role: role as Role,
        confidentialityAccepted: true,
        sessionId: `session-${name}`,
      });
    },
    ...overrides,
  });
  realtime.serve(http);
  const clients: { disconnect(): unknown }[] = [];

  function open<S extends { disconnect(): unknown }>(client: S): S {
    clients.push(client);
    return client;
  }

  const common: ClientOptions = {
    path: SOCKET_PATH,
    transports: ["websocket"],
    forceNew: true,
    reconnection: false,
  };

  return {
    site,
    otherSite,
    clock,
    store,
    visitors,
    conversations,
    url,
    limited,
    refusedOrigins,
    signedOut,
    publish: realtime.publish,
    realtime,
    /** A panel's socket, not yet known to be open. */
    visitorSocket(token = newToken(), options: ClientOptions = {}): VisitorClient {
      return open(
        io(`${url}/visitor`, {
          ...common,
          query: { site: site.key, v: String(PROTOCOL_VERSION) },
          auth: { token },
          extraHeaders: { origin: SHOP },
          ...options,
        }),
      );
    },
    operatorSocket(cookie = "operator-olga", options: ClientOptions = {}): OperatorClient {
      return open(
        io(`${url}/operator`, {
          ...common,
          extraHeaders: { origin: url, cookie: `${sessionCookieName(publicUrl)}=${cookie}` },
          ...options,
        }),
      );
    },
    async openVisitor(token?: string, options?: ClientOptions): Promise<VisitorClient> {
      return connected(this.visitorSocket(token, options));
    },
    async openOperator(cookie?: string): Promise<OperatorClient> {
      const socket = await connected(this.operatorSocket(cookie));
      // Answered after the socket joined its sites: nothing said from here on is missed.
      await value(
        socket.emitWithAck("inbox:list", { siteId: site.id, state: "open", before: null }),
      );
      return socket;
    },
    connections: () => realtime.countClients(),
    endToken: (token: string) =>
      endToken({ visitors, clock, publish: realtime.publish }, site.id, hashToken(token)),
    async stop() {
      for (const client of clients) client.disconnect();
      await realtime.stop();
      await new Promise((done) => http.close(done));
      await store.close();
    },
  };
}

export type Chat = Awaited<ReturnType<typeof startChat>>;

interface Connecting {
  once(event: "connect", listener: () => void): unknown;
  once(event: "connect_error", listener: (error: Error) => void): unknown;
}

export function connected<S extends Connecting>(socket: S): Promise<S> {
  return new Promise((resolve, reject) => {
    socket.once("connect", () => resolve(socket));
    socket.once("connect_error", reject);
  });
}

/** The code with which a handshake was refused; "" where the link was refused before Socket.IO. */
export function refusalOf(socket: Connecting): Promise<string> {
  return new Promise((resolve, reject) => {
    socket.once("connect", () => reject(new Error("the socket was admitted")));
    socket.once("connect_error", (error) => {
      const data: unknown = "data" in error ? error.data : null;
      const code: unknown =
        typeof data === "object" && data !== null && "code" in data ? data.code : "";
      resolve(isErrorCode(code) ? code : "");
    });
  });
}

/** The value of an acknowledgement that must be ok. */
export async function value<T>(ack: Promise<Ack<T>>): Promise<T> {
  const reply = await ack;
  if (!reply.ok) throw new Error(`refused: ${reply.code} ${reply.message}`);
  return reply.value;
}

/** The code of an acknowledgement that must be a refusal. */
export async function refusal(ack: Promise<Ack<unknown>>): Promise<ErrorCode> {
  const reply = await ack;
  if (reply.ok) throw new Error("it was not refused");
  return reply.code;
}

type AnyNews = Pick<VisitorClient | OperatorClient, "onAny" | "offAny">;

/** The next news of that name that fits. */
export function heard<T>(
  socket: AnyNews,
  event: keyof VisitorNews | keyof OperatorNews,
  fits: (payload: T) => boolean = () => true,
): Promise<T> {
  return new Promise((resolve) => {
    const listener = (name: string, payload: T) => {
      if (name !== event || !fits(payload)) return;
      socket.offAny(listener);
      resolve(payload);
    };
    socket.onAny(listener);
  });
}

/** That the server, or the link, ended the socket. */
export function cut(socket: {
  once(event: "disconnect", listener: () => void): unknown;
}): Promise<void> {
  return new Promise((resolve) => socket.once("disconnect", resolve));
}
