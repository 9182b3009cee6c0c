import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

const cipher = "aes-256-gcm";
const nonceBytes = 12;
const tagBytes = 16;

/**
 * Encrypts with AES-256-GCM (NIST SP 800-38D; a fresh 96-bit nonce each time). `context` is bound
 * to the result: moved beside another subject it does not open.
 * @returns base64url of nonce, ciphertext and tag.
 */
export function sealBytes(key: Buffer, plain: Buffer, context: string): string {
  const nonce = randomBytes(nonceBytes);
  const sealing = createCipheriv(cipher, key, nonce).setAAD(Buffer.from(context));
  const body = Buffer.concat([sealing.update(plain), sealing.final()]);
  return Buffer.concat([nonce, body, sealing.getAuthTag()]).toString("base64url");
}

/** The bytes that were sealed; null for a wrong key, another context or a changed text. */
export function openBytes(key: Buffer, sealed: string, context: string): Buffer | null {
  const bytes = Buffer.from(sealed, "base64url");
  if (bytes.length < nonceBytes + tagBytes) return null;
  try {
    const opening = createDecipheriv(cipher, key, bytes.subarray(0, nonceBytes))
      .setAAD(Buffer.from(context))
      .setAuthTag(bytes.subarray(bytes.length - tagBytes));
    const body = bytes.subarray(nonceBytes, bytes.length - tagBytes);
    return Buffer.concat([opening.update(body), opening.final()]);
  } catch {
    return null;
  }
}
