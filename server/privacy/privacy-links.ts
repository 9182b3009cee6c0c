import { createHash, randomFillSync } from "node:crypto";
import { makeToken, tokenPattern } from "../../shared/ids.js";
import { openBytes, sealBytes } from "../consent/seal-bytes.js";
import type { Clock } from "../infra/clock.js";
import type { Keys } from "../infra/keys.js";
import { findVisitor } from "../visitors/find-visitor.js";
import type { VisitorStore } from "../visitors/visitor-store.js";
import { hashAddress } from "../mail/hash-address.js";
import type { Person } from "./erase-subject.js";
import type { LinkKind, PrivacyLink, PrivacyLinkStore } from "./privacy-link-store.js";

export interface LinkDeps {
  clock: Clock;
  keys: Keys;
  links: PrivacyLinkStore;
  visitors: VisitorStore;
}

const lives: Record<LinkKind, number> = {
  ticket: 60_000,
  mail: 60 * 60_000,
  session: 15 * 60_000,
  parent: 30 * 86_400_000,
};

const hashOf = (token: string): string => createHash("sha256").update(token).digest("hex");

/** A new link to what is kept about a person; the token is known to its receiver alone. */
export async function makeLink(
  deps: LinkDeps,
  site: string,
  kind: LinkKind,
  person: { visitorId: string } | { address: string },
  language = "",
): Promise<string> {
  const token = makeToken((bytes) => randomFillSync(bytes));
  await deps.links.save({
    tokenHash: hashOf(token),
    site,
    kind,
    visitorId: "visitorId" in person ? person.visitorId : null,
    address:
      "address" in person
        ? sealBytes(deps.keys.wrapping.bytes, Buffer.from(person.address), site)
        : null,
    language,
    expireAt: new Date(deps.clock.now() + lives[kind]),
  });
  return token;
}

/** Spends a ticket or mailed link: the first use opens, every further one finds nothing. */
export async function spendLink(
  deps: LinkDeps,
  token: string,
  kinds: readonly LinkKind[],
): Promise<PrivacyLink | null> {
  if (!tokenPattern.test(token)) return null;
  return deps.links.spend(hashOf(token), kinds, deps.clock.now());
}

/** The open session of a token, and whose it is; null when it is over or the person is gone. */
export async function findPerson(
  deps: LinkDeps,
  token: string,
): Promise<{ site: string; person: Person; language: string } | null> {
  if (!tokenPattern.test(token)) return null;
  const link = await deps.links.find(hashOf(token), ["session"], deps.clock.now());
  if (link === null) return null;
  if (link.visitorId !== null) {
    const visitor = await findVisitor(deps, { id: link.site }, link.visitorId);
    if (visitor === null || visitor.revokedAt !== null) return null;
    const person = { kind: "visitor", visitor } as const;
    return { site: link.site, language: link.language, person };
  }
  const address = addressOf(deps.keys, link);
  if (address === null) return null;
  return {
    site: link.site,
    language: link.language,
    person: { kind: "address", address, addressH: hashAddress(deps.keys, address) },
  };
}

/** Ends a session at once; the link that opened it is spent already. */
export async function endSession(deps: LinkDeps, token: string): Promise<void> {
  if (tokenPattern.test(token))
    await deps.links.spend(hashOf(token), ["session"], deps.clock.now());
}

export function addressOf(keys: Keys, link: PrivacyLink): string | null {
  if (link.address === null) return null;
  return openBytes(keys.wrapping.bytes, link.address, link.site)?.toString() ?? null;
}
