import { hmac, type Keys } from "../infra/keys.js";

/** `H`: what stands for an address wherever it must be known again but not read. Hex. */
export function hashAddress(keys: Pick<Keys, "address">, normalAddress: string): string {
  return hmac(keys.address, "mail-address", normalAddress).toString("hex");
}
