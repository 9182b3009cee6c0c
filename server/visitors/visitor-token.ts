import { hash } from "node:crypto";
import { tokenPattern } from "../../shared/ids.js";

/**
 * What is stored of a visitor's token: SHA-256, hex. The token itself is 32 random bytes, so there
 * is nothing to guess and no key is needed; the hash opens nothing.
 */
export function hashToken(token: string): string {
  return hash("sha256", token, "hex");
}

/** Whether a text has the form of a visitor's token. */
export function isToken(token: unknown): token is string {
  return typeof token === "string" && tokenPattern.test(token);
}
