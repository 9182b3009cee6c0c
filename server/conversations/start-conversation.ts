import { mayStart } from "../../shared/consent.js";
import { refuse } from "../errors.js";
import type { RateLimits } from "../infra/rate-limits.js";
import type { Site } from "../sites/site.js";
import { ensureVisitor } from "../visitors/ensure-visitor.js";
import { findVisitorByToken } from "../visitors/find-visitor.js";
import type { Visitor, VisitorStore } from "../visitors/visitor-store.js";
import { hashToken } from "../visitors/visitor-token.js";
import type { Clock } from "../infra/clock.js";
import type { ConversationStore, StoredConversation } from "./conversation-store.js";
import { openConversation } from "./open-conversation.js";

interface Deps {
  visitors: VisitorStore;
  conversations: ConversationStore;
  clock: Clock;
  rateLimits: RateLimits;
}

/** Whoever speaks first, as far as the connection tells. */
export interface Starter {
  site: Site;
  /** A secret, never to be logged. */
  token: string;
  address: string;
  /** What they answered to the age question; only asked where the site's rules do. */
  ofAge: boolean;
}

export interface Started {
  visitor: Visitor;
  conversation: StoredConversation;
}

/**
 * The conversation under the id that the visitor's browser made. Begun now, and its visitor with it,
 * if it is not yet: only here is anything stored of somebody new, after all else was found in order.
 * @throws CONSENT_REFUSED by the age gate, RATE_LIMITED for each conversation too many,
 *   UNKNOWN_CONVERSATION where the id is somebody else's or was erased, TOKEN_INVALID, TOKEN_REVOKED
 */
export type StartConversation = (starter: Starter, id: string) => Promise<Started>;

/** Of the same conversation begun twice at once (two photos of one message) one is counted. */
export function createStartConversation(deps: Deps): StartConversation {
  const underway = new Map<string, Promise<Started>>();
  return (starter, id) => {
    const key = [starter.site.id, starter.token, id].join(" ");
    const first = underway.get(key);
    if (first !== undefined) return first;
    const work = start(deps, starter, id).finally(() => underway.delete(key));
    underway.set(key, work);
    return work;
  };
}

async function start(deps: Deps, starter: Starter, id: string): Promise<Started> {
  const { site, token, address } = starter;
  const stored = await deps.conversations.find(id);
  if (stored !== null) {
    const visitor = await findVisitorByToken(deps, site, token);
    const own = stored.site === site.id && stored.visitor === visitor?.id;
    if (visitor === null || !own || stored.erasedAt !== null) throw refuse("UNKNOWN_CONVERSATION");
    return { visitor, conversation: stored };
  }
  requireAge(starter);
  await deps.rateLimits.consume("start", { visitor: hashToken(token), address, site: site.id });
  const visitor = await ensureVisitor(deps, site, token);
  const conversation = await openConversation(deps, site, visitor, id);
  // Whoever erased the visitor in between did not see this conversation: nothing is said in it.
  await findVisitorByToken(deps, site, token);
  return { visitor, conversation };
}

/** The age gate (JMINI-08). @throws CONSENT_REFUSED */
export function requireAge({ site, ofAge }: Pick<Starter, "site" | "ofAge">): void {
  if (!mayStart(site.rules, ofAge)) throw refuse("CONSENT_REFUSED");
}
