import { z } from "zod";
import { socketAddress } from "../http/client-address.js";
import { refuse, toErrorBody, toRefusal } from "../errors.js";
import { findVisitorByToken } from "../visitors/find-visitor.js";
import { hashToken, isToken } from "../visitors/visitor-token.js";
import { checkProtocol, readHandshakeQuery } from "./admit-handshake.js";
import type { Chat } from "./chat.js";
import type {
  OperatorNamespace,
  OperatorSocket,
  VisitorNamespace,
  VisitorSocket,
} from "./namespaces.js";

/** What a visitor's socket says in secret. Unknown fields are for newer servers. */
const authSchema = z.object({
  token: z.string().refine(isToken),
  ofAge: z.boolean().optional(),
});

/** Sockets whose visitor is being looked up at one moment; more are told to come back. */
const MOST_AT_ONCE = 5_000;

/** Admits visitors' sockets; a refusal reaches the client as `connect_error` with `data.code`. */
export function admitVisitors(chat: Chat, visitors: VisitorNamespace, trusted: string[]): void {
  let admitting = 0;
  visitors.use((socket, next) => {
    admitting += 1;
    const leave = (error?: Error) => {
      admitting -= 1;
      next(error);
    };
    const work =
      admitting > MOST_AT_ONCE
        ? Promise.reject(refuse("BUSY", { retryAfter: 1 + Math.ceil(Math.random() * 5) }))
        : admitVisitor(chat, socket, trusted);
    work.then(
      () => leave(),
      (error: unknown) => leave(toConnectError(chat, error)),
    );
  });
}

async function admitVisitor(chat: Chat, socket: VisitorSocket, trusted: string[]): Promise<void> {
  const query = readHandshakeQuery(socket.request);
  if (query.site === null) throw refuse("UNKNOWN_SITE");
  checkProtocol(query);
  const auth = authSchema.safeParse(socket.handshake.auth);
  if (!auth.success) throw refuse("TOKEN_INVALID");
  const site = await chat.recentSites.findByKey(query.site);
  if (site === null) throw refuse("UNKNOWN_SITE");
  const address = socketAddress(trusted, socket.request);
  await chat.rateLimits.consume("connect", { address, site: site.id });
  const visitor = await findVisitorByToken(chat, site, auth.data.token);
  socket.data = {
    siteId: site.id,
    token: auth.data.token,
    tokenHash: hashToken(auth.data.token),
    visitor,
    checkedAt: chat.clock.now(),
    ofAge: auth.data.ofAge === true,
    address,
  };
}

/**
 * Admits operators' sockets: a session's cookie, from PUBLIC_URL's own pages. A handshake that names
 * a site was admitted by that site's list, which opens nothing here.
 */
export function admitOperators(chat: Chat, operators: OperatorNamespace): void {
  operators.use((socket, next) => {
    admitOperator(chat, socket).then(
      () => next(),
      (error: unknown) => next(toConnectError(chat, error)),
    );
  });
}

async function admitOperator(chat: Chat, socket: OperatorSocket): Promise<void> {
  if (readHandshakeQuery(socket.request).site !== null) throw refuse("ORIGIN_REFUSED");
  socket.data = { operator: await chat.requireOperator(socket.request) };
}

/** Socket.IO sends an error's message and `data`: both from the registry, nothing of the inner error. */
function toConnectError(chat: Chat, error: unknown): Error {
  if (toRefusal(error).code === "INTERNAL") chat.log.error({ err: error }, "handshake failed");
  const data = toErrorBody(error);
  return Object.assign(new Error(data.message), { data });
}

/**
 * Sessions that ended while no message could say so (another node, Redis away) close their sockets
 * here, when this is called from time to time.
 */
export async function recheckOperators(chat: Chat, operators: OperatorNamespace): Promise<void> {
  for (const socket of operators.sockets.values()) {
    try {
      socket.data.operator = await chat.requireOperator(socket.request);
    } catch (error) {
      const { code } = toRefusal(error);
      if (code === "STORE_UNAVAILABLE" || code === "INTERNAL") continue;
      socket.emit("session:ended", {});
      socket.disconnect(true);
    }
  }
}
