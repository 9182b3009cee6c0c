import { domainToASCII } from "node:url";
import { limits } from "../../shared/limits.js";

/**
 * A mail address in the one form in which addresses are compared and hashed: Unicode NFC, lower
 * case, its domain in ASCII (UTS 46). Lower case also left of the @, because no mailbox of our time
 * tells cases apart, and an opt-out must hold for every way of writing the address.
 * @returns null for what is no address (one @, a host name of two labels or `localhost`)
 */
export function normalAddress(text: string): string | null {
  const address = text.normalize("NFC").trim();
  const at = address.lastIndexOf("@");
  const local = address.slice(0, at).toLowerCase();
  const host = address.slice(at + 1).replace(/\.$/, "");
  // `domainToASCII` reads as a browser's address bar does: it ends at a slash and decodes percent signs.
  if (!/^[\p{L}\p{M}\p{N}.-]+$/u.test(host)) return null;
  const domain = domainToASCII(host);
  if (at < 1 || local.length > 64 || address.length > limits.email) return null;
  // Atext of RFC 5322 and letters of RFC 6531; quoted local parts are refused.
  if (!/^[^\s"(),:;<>@[\\\]\p{C}]+$/u.test(local)) return null;
  if (local.startsWith(".") || local.endsWith(".") || local.includes("..")) return null;
  if (!/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/.test(domain)) return null;
  return `${local}@${domain}`;
}

/** As a page may show it to somebody who has the link: `b••••@example.org`. */
export function maskAddress(address: string): string {
  const at = address.lastIndexOf("@");
  return `${Array.from(address)[0] ?? ""}••••${address.slice(at)}`;
}
