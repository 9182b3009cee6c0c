import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { mkdir, open, readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import type { Log } from "./log.js";

export interface Key {
  id: string;
  bytes: Buffer;
}

/** One secret a purpose, so that losing or changing one leaves the others in force. */
export interface Keys {
  /** HMAC of normalised mail addresses and other identities. */
  address: Key;
  /** Signs links: photos, unsubscribe, confirmation. */
  links: Key;
  /** Chains evidence and audit records. */
  evidence: Key;
  /** Wraps the key of each subject. */
  wrapping: Key;
}
type KeyName = keyof Keys;
const keyNames = ["address", "links", "evidence", "wrapping"] as const satisfies KeyName[];

/** What the store remembers of the keys: enough to know them again, not enough to be them. */
export interface KeyCheck {
  /** `id:fingerprint` of each key, by its name. */
  fingerprints: Record<string, string>;
}

export interface KeyCheckStore {
  find(): Promise<KeyCheck | null>;
  /** Saves the first check; returns the one that is stored, which may be another node's. */
  saveFirst(check: KeyCheck): Promise<KeyCheck>;
  /** Whether the store holds anything that depends on keys. */
  hasData(): Promise<boolean>;
}

/** Start must stop: the keys are not the ones that this store's data was made with. */
export class KeysError extends Error {
  override readonly name = "KeysError";
}

const READABLE_BY_OTHERS = 0o004;

const keySchema = z.object({ id: z.string().min(1).max(40), secret: z.base64url().length(43) });
const fileSchema = z.object({
  version: z.literal(1),
  address: keySchema,
  links: keySchema,
  evidence: keySchema,
  wrapping: keySchema,
});

/** HMAC-SHA-256 of `data`, apart for each purpose: the same data under two purposes is unlinkable. */
export function hmac(key: Key, purpose: string, data: string): Buffer {
  return createHmac("sha256", key.bytes).update(purpose).update("\0").update(data).digest();
}

/** Equality that takes the same time wherever the difference is. */
export function sameBytes(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

/**
 * The keys of this installation. Made at the first start over an empty store, never again. A file that
 * the machine's other users may read is used (secrets are mounted so here and there), with a warning.
 * @throws KeysError that names the file: missing or unreadable over existing data, or not the right one.
 */
export async function loadKeys(
  file: string,
  store: KeyCheckStore,
  log: Pick<Log, "warn">,
): Promise<Keys> {
  const known = await store.find();
  let keys = await readKeys(file);
  if (keys === null) {
    if (known !== null || (await store.hasData()))
      throw new KeysError(
        `The keys file ${file} is missing, but the store has data made with it. Restore the file from your backup; no new one is made.`,
      );
    keys = await makeKeys(file);
  } else if (((await stat(file)).mode & READABLE_BY_OTHERS) !== 0)
    log.warn(`Others can read the keys file ${file}. Make it your own: chmod 600 ${file}`);
  const check = { fingerprints: fingerprints(keys) };
  const stored = known ?? (await store.saveFirst(check));
  for (const name of keyNames) {
    if (stored.fingerprints[name] !== check.fingerprints[name])
      throw new KeysError(
        `The keys file ${file} is not the one that this store's data was made with (key "${name}" differs). Restore the right file from your backup.`,
      );
  }
  return keys;
}

function fingerprints(keys: Keys): Record<KeyName, string> {
  const print = (key: Key) =>
    `${key.id}:${hmac(key, "key-check", key.id).toString("base64url").slice(0, 22)}`;
  return {
    address: print(keys.address),
    links: print(keys.links),
    evidence: print(keys.evidence),
    wrapping: print(keys.wrapping),
  };
}

async function readKeys(file: string): Promise<Keys | null> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw new KeysError(`The keys file ${file} cannot be read.`, { cause: error });
  }
  const parsed = fileSchema.safeParse(parseJson(text));
  if (!parsed.success)
    throw new KeysError(`The keys file ${file} is damaged. Restore it from your backup.`);
  const key = (entry: { id: string; secret: string }): Key => ({
    id: entry.id,
    bytes: Buffer.from(entry.secret, "base64url"),
  });
  const { address, links, evidence, wrapping } = parsed.data;
  return {
    address: key(address),
    links: key(links),
    evidence: key(evidence),
    wrapping: key(wrapping),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function makeKeys(file: string): Promise<Keys> {
  const make = (): Key => {
    const bytes = randomBytes(32);
    return { id: createHash("sha256").update(bytes).digest("base64url").slice(0, 8), bytes };
  };
  const keys: Keys = { address: make(), links: make(), evidence: make(), wrapping: make() };
  const entry = (key: Key) => ({ id: key.id, secret: key.bytes.toString("base64url") });
  const text = JSON.stringify(
    {
      version: 1,
      address: entry(keys.address),
      links: entry(keys.links),
      evidence: entry(keys.evidence),
      wrapping: entry(keys.wrapping),
    },
    null,
    2,
  );
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  // "wx": a file that another process made meanwhile is never overwritten.
  const handle = await open(file, "wx", 0o600);
  try {
    await handle.writeFile(`${text}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return keys;
}
