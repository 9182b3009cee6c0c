import type { FastifyInstance, FastifyReply } from "fastify";
import { z } from "zod";
import { tokenPattern } from "../../shared/ids.js";
import { limits } from "../../shared/limits.js";
import { paths } from "../../shared/paths.js";
import type { Operator } from "../../shared/wire.js";
import { parseInput } from "../errors.js";
import { clientAddress, sessionCookieName, type Guards } from "../http/guards.js";
import type { RateLimits } from "../infra/rate-limits.js";
import { normalAddress } from "../mail/normal-address.js";
import { serverWide } from "../privacy/append-audit.js";
import type { OperatorStore } from "./operator-store.js";
import type { SignedInOperator } from "./operator.js";
import type { SessionStore } from "./session-store.js";
import { openSession, sessionIdleMs } from "./sessions.js";
import { findLinkOwner, spendSetupLink, type SetupDeps } from "./setup-links.js";
import { signIn } from "./sign-in.js";

interface Deps extends SetupDeps {
  guards: Guards;
  rateLimits: RateLimits;
  operators: OperatorStore;
  sessions: SessionStore;
  /** Cuts the session's sockets. */
  sessionEnded(sessionId: string): void;
}

const password = z.string().min(1).max(limits.passwordMax);
const email = z.string().min(1).max(limits.email);
const linkSchema = z.object({ token: z.string().regex(tokenPattern) });
const setupSchema = linkSchema.extend({
  email,
  name: z.string().trim().min(1).max(limits.name),
  password,
});
const signInSchema = z.object({ email, password });
const confidentialitySchema = z.object({ accepted: z.literal(true) });

export function registerOperatorRoutes(server: FastifyInstance, deps: Deps): void {
  const cookieName = sessionCookieName(deps.publicUrl);
  const cookie = {
    path: "/",
    httpOnly: true,
    sameSite: "lax",
    secure: deps.publicUrl.protocol === "https:",
  } as const;
  const setCookie = (reply: FastifyReply, token: string) =>
    reply
      .header("cache-control", "no-store")
      .setCookie(cookieName, token, { ...cookie, maxAge: sessionIdleMs / 1000 });

  server.post(paths.setup, async (request, reply) => {
    deps.guards.requireOwnOrigin(request, true);
    await deps.rateLimits.consume("setup", { address: clientAddress(request) });
    const operator = await spendSetupLink(deps, parseInput(setupSchema, request.body));
    const session = await openSession(deps, operator);
    return setCookie(reply, session.token).send(presentOperator(session.operator));
  });

  server.post(paths.setupCheck, async (request, reply) => {
    deps.guards.requireOwnOrigin(request, true);
    await deps.rateLimits.consume("setup", { address: clientAddress(request) });
    const { token } = parseInput(linkSchema, request.body);
    return reply.header("cache-control", "no-store").send(await findLinkOwner(deps, token));
  });

  server.post(paths.signIn, async (request, reply) => {
    deps.guards.requireOwnOrigin(request, true);
    const credentials = parseInput(signInSchema, request.body);
    // However it is written, it is one account; a stranger's wrong tries do not lock its owner out.
    const address = clientAddress(request);
    const account = normalAddress(credentials.email) ?? "";
    await deps.rateLimits.consume("signIn", { address, account: `${account} ${address}` });
    await deps.rateLimits.consume("signInAnywhere", { account });
    const session = await signIn(deps, credentials);
    return setCookie(reply, session.token).send(presentOperator(session.operator));
  });

  server.post(paths.signOut, async (request, reply) => {
    const operator = await deps.guards.requireOperator(request, { beforeAcceptance: true });
    await deps.sessions.end(operator.sessionId);
    deps.sessionEnded(operator.sessionId);
    return reply.clearCookie(cookieName, cookie).code(204).send();
  });

  server.get(paths.me, async (request, reply) => {
    const operator = await deps.guards.requireOperator(request, { beforeAcceptance: true });
    // The browser's copy is renewed with the server's idle period.
    const token = request.cookies[cookieName];
    if (token !== undefined) setCookie(reply, token);
    return reply.send(presentOperator(operator));
  });

  server.post(paths.confidentiality, async (request, reply) => {
    const operator = await deps.guards.requireOperator(request, { beforeAcceptance: true });
    parseInput(confidentialitySchema, request.body);
    await deps.operators.acceptConfidentiality(operator.id, deps.clock.now());
    await deps.appendAudit({
      site: serverWide,
      actor: operator.id,
      act: "confidentiality.accept",
    });
    return reply.send(presentOperator({ ...operator, confidentialityAccepted: true }));
  });
}

function presentOperator(operator: SignedInOperator): Operator {
  const { id, email, name, role, confidentialityAccepted } = operator;
  return { id, email, name, role, confidentialityAccepted };
}
