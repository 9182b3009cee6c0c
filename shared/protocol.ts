/**
 * Number of the conversation between panel and server. It goes up when an older panel could no
 * longer be understood; the server then answers `CLIENT_OUTDATED` and the panel reloads itself.
 */
export const PROTOCOL_VERSION = 1;

/** Socket.IO's HTTP path and its two namespaces. */
export const SOCKET_PATH = "/io";
export const VISITOR_NAMESPACE = "/visitor";
export const OPERATOR_NAMESPACE = "/operator";

/** What a visitor's socket says in the handshake query (public) and in `auth` (secret). */
export interface VisitorHandshakeQuery {
  /** The site's public key. */
  site: string;
  /** `PROTOCOL_VERSION` of the panel, as decimal digits. */
  v: string;
}
export interface VisitorHandshakeAuth {
  /** 32 random bytes, base64url. Made in memory when the panel opens; kept by the browser from the first send on. */
  token: string;
  /** The age question was answered with yes; asked only where the site's rules have a gate. Needed to begin a conversation. */
  ofAge?: boolean;
}
