import { refuse } from "../errors.js";
import type { Visitor, VisitorStore } from "./visitor-store.js";
import { hashToken, isToken } from "./visitor-token.js";

interface Deps {
  visitors: VisitorStore;
}

/**
 * The visitor that a token belongs to; null before their first message.
 * @throws TOKEN_INVALID when the text has not the form of a token, TOKEN_REVOKED when it ended.
 */
export async function findVisitorByToken(
  deps: Deps,
  site: { id: string },
  token: string,
): Promise<Visitor | null> {
  if (!isToken(token)) throw refuse("TOKEN_INVALID");
  const visitor = await deps.visitors.findByToken(site.id, hashToken(token));
  if (visitor !== null && visitor.revokedAt !== null) throw refuse("TOKEN_REVOKED");
  return visitor;
}

/** A site's visitor by id, also one whose token has ended. */
export async function findVisitor(
  deps: Deps,
  site: { id: string },
  id: string,
): Promise<Visitor | null> {
  return deps.visitors.find(site.id, id);
}
