import type { IncomingHttpHeaders } from "node:http";
import { PROTOCOL_VERSION } from "../../shared/protocol.js";
import { refuse, toRefusal } from "../errors.js";
import { checkSiteOrigin, readPageHeaders } from "../sites/check-origin.js";
import type { Site } from "../sites/site.js";
import type { RecentSites } from "./recent-sites.js";

/** As much of a request as says where it comes from. */
interface Handshake {
  url?: string | undefined;
  headers: IncomingHttpHeaders;
}

/** A handshake's public part. No site: the dashboard. */
export interface HandshakeQuery {
  site: string | null;
  v: string | null;
}

/** No site's key and no version is longer. */
const LONGEST = 60;

interface Deps {
  publicUrl: URL;
  recentSites: RecentSites;
  noteRefusedOrigin(siteId: string, origin: string): Promise<void>;
  isStopping(): boolean;
}

/** Asked several times for each of thousands who come at once, so by hand. @throws BAD_REQUEST */
export function readHandshakeQuery({ url = "" }: Handshake): HandshakeQuery {
  const start = url.indexOf("?");
  const params = new URLSearchParams(start < 0 ? "" : url.slice(start));
  const [site, v] = [params.get("site"), params.get("v")];
  if ((site?.length ?? 0) > LONGEST || (v?.length ?? 0) > LONGEST) throw refuse("BAD_REQUEST");
  return { site, v };
}

/**
 * Decides before anything is kept whether a page may speak to this server: for WebSocket as for
 * polling, by the site that the query names, or by PUBLIC_URL where it names none.
 * @throws SHUTTING_DOWN, UNKNOWN_SITE, ORIGIN_REFUSED, BAD_REQUEST
 */
export async function admitHandshake(deps: Deps, request: Handshake): Promise<Site | null> {
  if (deps.isStopping()) throw refuse("SHUTTING_DOWN");
  const page = readPageHeaders(request.headers);
  const { site: key } = readHandshakeQuery(request);
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
    const { site: key } = readHandshakeQuery(request);
    const site = key === null ? null : await deps.recentSites.findByKey(key);
    return site?.origins.includes(origin) === true ? origin : false;
  } catch (error) {
    if (toRefusal(error).code === "INTERNAL") throw error;
    return false;
  }
}
