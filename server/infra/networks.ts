import ipaddr from "ipaddr.js";

/** Whoever has one IPv6 address has the 2^64 of its network, too: they are counted as one. */
export function householdOf(address: string): string {
  if (!address.includes(":") || !ipaddr.isValid(address)) return address;
  const parts = ipaddr.process(address).toByteArray();
  return parts.length === 16 ? Buffer.from(parts.slice(0, 8)).toString("hex") : address;
}

/** The network an address belongs to: /24 for IPv4, /48 for IPv6. As much of it as may be logged. */
export function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return "";
  const parsed = ipaddr.process(address);
  if (parsed.kind() === "ipv4") return `${parsed.toByteArray().slice(0, 3).join(".")}.0/24`;
  const bytes = parsed.toByteArray().map((byte, at) => (at < 6 ? byte : 0));
  return `${ipaddr.fromByteArray(bytes).toString()}/48`;
}
