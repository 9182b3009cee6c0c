import { createHash, randomBytes } from "node:crypto";

/** 32 random bytes, base64url: the secret that goes out. */
export function makeSecret(): string {
  return randomBytes(32).toString("base64url");
}

/** What of such a secret is stored. */
export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}
