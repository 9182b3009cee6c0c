import { refuse } from "../errors.js";
import type { Clock } from "../infra/clock.js";
import { randomId } from "../infra/random-id.js";
import type { Site } from "../sites/site.js";
import { findVisitorByToken } from "./find-visitor.js";
import { visitorExpiry } from "./visitor-expiry.js";
import type { Visitor, VisitorStore } from "./visitor-store.js";
import { hashToken } from "./visitor-token.js";

interface Deps {
  visitors: VisitorStore;
  clock: Clock;
}

/**
 * The visitor that a token belongs to, stored now if this is the first time. Any number of repeats,
 * at once or later, make one visitor.
 * @throws TOKEN_INVALID, TOKEN_REVOKED
 */
export async function ensureVisitor(deps: Deps, site: Site, token: string): Promise<Visitor> {
  const known = await findVisitorByToken(deps, site, token);
  if (known !== null) return known;
  const now = deps.clock.now();
  const visitor = await deps.visitors.createOnce({
    id: randomId(),
    site: site.id,
    tokenHash: hashToken(token),
    profile: { name: "", email: "" },
    consentSeq: 0,
    revokedAt: null,
    createdAt: now,
    lastSeenAt: now,
    expireAt: visitorExpiry(site, now),
  });
  if (visitor.revokedAt !== null) throw refuse("TOKEN_REVOKED");
  return visitor;
}
