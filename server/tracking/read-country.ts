import type { IncomingHttpHeaders } from "node:http";
import { clientAddress } from "../http/client-address.js";

/**
 * The country that the proxy in front says, such as `DE`; empty where there is none. Only believed
 * where that proxy is trusted, which shows in its having told the visitor's address too.
 */
export function readCountry(
  request: { headers: IncomingHttpHeaders; socket: { remoteAddress?: string | undefined } },
  address: string,
  header: string | null,
): string {
  if (header === null) return "";
  if (address === clientAddress({ ip: request.socket.remoteAddress ?? "" })) return "";
  const value = request.headers[header];
  return typeof value === "string" ? value.toUpperCase() : "";
}
