import type { FastifyRequest } from "fastify";
import { clientAddress } from "../http/client-address.js";

/**
 * The country that the proxy in front says, such as `DE`; empty where there is none. Only believed
 * where that proxy is trusted, which shows in its having told the visitor's address too.
 */
export function readCountry(request: FastifyRequest, header: string | null): string {
  if (header === null) return "";
  const peer = clientAddress({ ip: request.socket.remoteAddress ?? "" });
  if (clientAddress(request) === peer) return "";
  const value = request.headers[header];
  return typeof value === "string" ? value.toUpperCase() : "";
}
