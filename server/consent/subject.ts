import { hmac, type Keys } from "../infra/keys.js";

/**
 * Whom a consent belongs to, as the evidence names them. It outlives the visitor's record without
 * naming anybody: without the address key it leads nowhere.
 */
export function visitorSubject(
  keys: Pick<Keys, "address">,
  site: string,
  tokenHash: string,
): string {
  return hmac(keys.address, "subject", `${site}\0${tokenHash}`).toString("hex");
}

/** The analytics id as it is stored: counts the same browser as one and opens nothing (JIVO-03). */
export function analyticsHash(keys: Pick<Keys, "address">, site: string, id: string): string {
  return hmac(keys.address, "analytics", `${site}\0${id}`).toString("hex");
}
