import type { IncomingHttpHeaders } from "node:http";
import ipaddr from "ipaddr.js";

/** Where a request came from, as the server trusts it: `TRUST_PROXY` decides whose headers count. */
export function clientAddress(request: { ip: string }): string {
  return normalAddress(request.ip);
}

/**
 * The same for a request that did not come through Fastify (a socket's handshake): walks
 * `X-Forwarded-For` from the nearest hop outwards while the hop is one of `trusted`.
 */
export function socketAddress(
  trusted: string[],
  request: { headers: IncomingHttpHeaders; socket: { remoteAddress?: string | undefined } },
): string {
  const header = request.headers["x-forwarded-for"];
  const forwarded = (Array.isArray(header) ? header.join(",") : (header ?? "")).split(",");
  let nearest = normalAddress(request.socket.remoteAddress ?? "");
  while (isTrusted(trusted, nearest)) {
    const next = forwarded.pop()?.trim();
    if (next === undefined || !ipaddr.isValid(next)) break;
    nearest = normalAddress(next);
  }
  return nearest;
}

/** An IPv4 address that came in IPv6 clothes is the IPv4 address. */
function normalAddress(address: string): string {
  return ipaddr.isValid(address) ? ipaddr.process(address).toString() : "";
}

function isTrusted(trusted: string[], address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  return trusted.some((entry) => {
    if (entry === "loopback") return parsed.range() === "loopback";
    const [base, bits] = ipaddr.isValidCIDR(entry)
      ? ipaddr.parseCIDR(entry)
      : [ipaddr.process(entry), ipaddr.process(entry).kind() === "ipv4" ? 32 : 128];
    return base.kind() === parsed.kind() && parsed.match(base, bits);
  });
}
