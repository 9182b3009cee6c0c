import type { IncomingHttpHeaders } from "node:http";
import { parseCookie } from "cookie";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { tokenPattern } from "../../shared/ids.js";
import type { Role } from "../../shared/wire.js";
import { parseInput, refuse } from "../errors.js";
import type { SignedInOperator } from "../operators/operator.js";
import { checkSiteOrigin, readPageHeaders } from "../sites/check-origin.js";
import type { Site } from "../sites/site.js";

export { clientAddress } from "./client-address.js";

interface Deps {
  publicUrl: URL;
  /** @throws UNKNOWN_SITE */
  getSiteByKey(key: string): Promise<Site>;
  noteRefusedOrigin(siteId: string, origin: string): Promise<void>;
  /** The operator of a session token, null when it ended. */
  findSession(token: string): Promise<SignedInOperator | null>;
}

/** As much of a request as the operator's guard needs: Fastify's, or a socket's handshake. */
export interface GuardedRequest {
  method?: string | undefined;
  headers: IncomingHttpHeaders;
}

export interface OperatorGuard {
  /** The least role; writing needs `operator` at least, whatever stands here. */
  role?: Role;
  /** XIM-06: only what leads to acceptance may be asked for before it. */
  beforeAcceptance?: boolean;
  /** For sockets: a handshake is a GET, and must say its origin all the same. */
  originRequired?: boolean;
}

export interface Guards {
  /**
   * The site of `:siteKey`, asked by a page that may speak for it; sets the CORS headers.
   * @throws UNKNOWN_SITE, ORIGIN_REFUSED (readable by the page, so that its console can say why)
   */
  requireSite(request: FastifyRequest, reply: FastifyReply): Promise<Site>;
  /**
   * Who is signed in, asked from PUBLIC_URL's own pages only.
   * @throws NOT_SIGNED_IN, FORBIDDEN, ORIGIN_REFUSED, CONFIDENTIALITY_REQUIRED
   */
  requireOperator(request: GuardedRequest, guard?: OperatorGuard): Promise<SignedInOperator>;
  /** Refuses any page but PUBLIC_URL's own. @throws ORIGIN_REFUSED */
  requireOwnOrigin(request: GuardedRequest, originRequired?: boolean): void;
}

const ranks: Record<Role, number> = { viewer: 0, operator: 1, admin: 2 };
const siteParams = z.object({ siteKey: z.string().max(60) });

export function createGuards(deps: Deps): Guards {
  const cookieName = sessionCookieName(deps.publicUrl);

  function requireOwnOrigin(request: GuardedRequest, originRequired = false): void {
    const page = readPageHeaders(request.headers);
    if (page.origin === deps.publicUrl.origin) return;
    const reading = request.method === "GET" || request.method === "HEAD";
    if (page.origin === null && page.sameOrigin) return;
    if (page.origin === null && reading && !originRequired && !isForeignPage(request)) return;
    throw refuse("ORIGIN_REFUSED", { message: "This address answers the dashboard's pages only." });
  }

  return {
    requireOwnOrigin,
    async requireSite(request, reply) {
      const { siteKey } = parseInput(siteParams, request.params);
      const { origin } = readPageHeaders(request.headers);
      reply.header("vary", "origin");
      // Also on refusals: they say nothing of the site, and the page's console must be able to tell the reason.
      if (origin !== null) reply.header("access-control-allow-origin", origin);
      reply.header("cross-origin-resource-policy", "cross-origin");
      reply.header("access-control-expose-headers", "retry-after");
      const site = await deps.getSiteByKey(siteKey);
      try {
        checkSiteOrigin(site, readPageHeaders(request.headers));
      } catch (error) {
        if (origin !== null) await deps.noteRefusedOrigin(site.id, origin);
        throw error;
      }
      return site;
    },
    async requireOperator(request, guard = {}) {
      requireOwnOrigin(request, guard.originRequired);
      const token = readCookie(request.headers.cookie, cookieName);
      const operator = token === null ? null : await deps.findSession(token);
      if (operator === null) throw refuse("NOT_SIGNED_IN");
      if (!operator.confidentialityAccepted && guard.beforeAcceptance !== true)
        throw refuse("CONFIDENTIALITY_REQUIRED");
      const writes = request.method !== "GET" && request.method !== "HEAD";
      const least = Math.max(
        ranks[guard.role ?? "viewer"],
        writes && guard.beforeAcceptance !== true ? ranks.operator : 0,
      );
      if (ranks[operator.role] < least) throw refuse("FORBIDDEN");
      return operator;
    },
  };
}

/**
 * A page elsewhere that links to, embeds or opens an address here: reading may download, and leave an
 * entry in the audit. A typed address and clients that are no browser send `none` or nothing.
 */
function isForeignPage({ headers }: GuardedRequest): boolean {
  const from = headers["sec-fetch-site"];
  return from === "cross-site" || from === "same-site";
}

/** The raw token of `Authorization: Bearer`: a secret, never to be logged. @throws TOKEN_INVALID */
export function requireVisitorToken(request: { headers: IncomingHttpHeaders }): string {
  const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? "")?.[1];
  if (token === undefined || !tokenPattern.test(token)) throw refuse("TOKEN_INVALID");
  return token;
}

/** `__Host-` needs https; over http the browser would drop such a cookie. */
export function sessionCookieName(publicUrl: URL): string {
  return publicUrl.protocol === "https:" ? "__Host-porchlight_session" : "porchlight_session";
}

/** One cookie's value from a Cookie header (RFC 6265, section 4.2.1). */
export function readCookie(header: string | undefined, name: string): string | null {
  return parseCookie(header ?? "")[name] ?? null;
}
