import type { IncomingHttpHeaders } from "node:http";
import { z } from "zod";
import { PROTOCOL_VERSION } from "../../shared/protocol.js";
import { refuse, toRefusal } from "../errors.js";
import { checkSiteOrigin, readPageHeaders } from "../sites/check-origin.js";
import type { Site } from "../sites/site.js";
import type { RecentSites } from "./recent-sites.js";

/** A handshake's public part. No site: the dashboard. */
const querySchema = z.object({
  site: z.string().max(60).nullable(),
  v: z.string().max(10).nullable(),
});

/** As much of a request as says where it comes from. */
interface Handshake {
  url?: string | undefined;
  headers: IncomingHttpHeaders;
}

export interface HandshakeQuery {
  site: string | null;
  v: string | null;
}

interface Deps {
  publicUrl: URL;
  recentSites: RecentSites;
  noteRefusedOrigin(siteId: string, origin: string): Promise<void>;
  isStopping(): boolean;
}

export function readHandshakeQuery(request: Handshake): HandshakeQuery {
  const { searchParams } = new URL(request.url ?? "", "http://handshake");
  return querySchema.parse({ site: searchParams.get("site"), v: searchParams.get("v") });
}

/**
 * Decides before anything is kept whether a page may speak to this server: for WebSocket as for
 * polling, by the site that the query names, or by PUBLIC_URL where it names none.
 * @throws SHUTTING_DOWN, UNKNOWN_SITE, ORIGIN_REFUSED, BAD_REQUEST
 */
export async function admitHandshake(deps: Deps, request: Handshake): Promise<Site | null> {
  if (deps.isStopping()) throw refuse("SHUTTING_DOWN");
  const page = readPageHeaders(request.headers);
  const { site: key } = parseQuery(request);
  if (key === null) {
    if (page.origin === deps.publicUrl.origin) return null;
    if (page.origin === null && page.sameOrigin) return null;
    throw refuse("ORIGIN_REFUSED");
  }
  const site = await deps.recentSites.findByKey(key);
  if (site === null) throw refuse("UNKNOWN_SITE");
  try {
    checkSiteOrigin(site, page);
  } catch (error) {
    if (page.origin !== null) await deps.noteRefusedOrigin(site.id, page.origin);
    throw error;
  }
  return site;
}

function parseQuery(request: Handshake): HandshakeQuery {
  try {
    return readHandshakeQuery(request);
  } catch (error) {
    throw refuse("BAD_REQUEST", { cause: error });
  }
}

/** @throws CLIENT_OUTDATED when the panel speaks another version than this server. */
export function checkProtocol(query: HandshakeQuery): void {
  if (query.v !== String(PROTOCOL_VERSION)) throw refuse("CLIENT_OUTDATED");
}

/**
 * The page's origin where the browser may read the polling fallback's answers, false elsewhere.
 * Credentials are never allowed: the visitor's token travels in the handshake's body.
 */
export async function corsOrigin(deps: Deps, request: Handshake): Promise<string | false> {
  const { origin } = readPageHeaders(request.headers);
  if (origin === null) return false;
  try {
    const { site: key } = parseQuery(request);
    const site = key === null ? null : await deps.recentSites.findByKey(key);
    return site?.origins.includes(origin) === true ? origin : false;
  } catch (error) {
    if (toRefusal(error).code === "INTERNAL") throw error;
    return false;
  }
}
