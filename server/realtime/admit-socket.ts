import { z } from "zod";
import { socketAddress } from "../http/client-address.js";
import { refuse, toErrorBody, toRefusal } from "../errors.js";
import { findVisitorByToken } from "../visitors/find-visitor.js";
import { hashToken, isToken } from "../visitors/visitor-token.js";
import { createAdmissionGate } from "./admission-gate.js";
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

/**
 * A waiting handshake costs what an idle visitor costs, some 15 KB: as many as a node holds may come
 * at once. So many are looked up at a time that questions about tokens fill their groups.
 */
const ADMISSION = { inside: 256, waiting: 20_000 };

/** Admits visitors' sockets; a refusal reaches the client as `connect_error` with `data.code`. */
export function admitVisitors(chat: Chat, visitors: VisitorNamespace, trusted: string[]): void {
  const gate = createAdmissionGate(ADMISSION);
  visitors.use((socket, next) => {
    gate(() => admitVisitor(chat, socket, trusted)).then(
      () => next(),
      (error: unknown) => next(toConnectError(chat, error)),
    );
  });
}

async function admitVisitor(chat: Chat, socket: VisitorSocket, trusted: string[]): Promise<void> {
  // Gone while it waited for its turn: nobody hears the answer.
  if (socket.conn.readyState !== "open") throw refuse("BUSY");
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
