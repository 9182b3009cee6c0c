import { randomBytes } from "node:crypto";
import type { Keys } from "../infra/keys.js";
import { openBytes, sealBytes } from "./seal-bytes.js";
import type { SubjectKeyStore } from "./subject-key-store.js";

interface Deps {
  keys: Pick<Keys, "wrapping">;
  subjectKeys: SubjectKeyStore;
}

const contextOf = (site: string, subjectH: string) => `${site}\0${subjectH}`;

/**
 * The address a consent came from, sealed with a key of the subject's own (XIM-02): deleting that
 * key makes it unreadable, while the chain over the sealed text still holds.
 * @param keepUntil when the evidence that carries it ends.
 */
export async function encryptAddress(
  deps: Deps,
  site: string,
  subjectH: string,
  address: string,
  keepUntil: Date,
): Promise<string> {
  const context = contextOf(site, subjectH);
  const wrapped = await deps.subjectKeys.saveOnce(
    site,
    subjectH,
    sealBytes(deps.keys.wrapping.bytes, randomBytes(32), context),
    keepUntil,
  );
  const key = openBytes(deps.keys.wrapping.bytes, wrapped, context);
  if (key === null) throw new Error("A subject's key does not open with the wrapping key.");
  return sealBytes(key, Buffer.from(address), context);
}

/** The address in clear, for the subject's own export; null once the key was shredded. */
export async function decryptAddress(
  deps: Deps,
  site: string,
  subjectH: string,
  sealed: string,
): Promise<string | null> {
  const context = contextOf(site, subjectH);
  const wrapped = await deps.subjectKeys.find(site, subjectH);
  const key = wrapped === null ? null : openBytes(deps.keys.wrapping.bytes, wrapped, context);
  return key === null ? null : (openBytes(key, sealed, context)?.toString() ?? null);
}
