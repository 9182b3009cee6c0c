import { makeId } from "../../shared/ids.js";
import type { Clock } from "../infra/clock.js";
import { hashToken, makeSecret } from "./hash-token.js";
import type { OperatorStore } from "./operator-store.js";
import type { SignedInOperator, StoredOperator } from "./operator.js";
import type { SessionStore } from "./session-store.js";

export interface SessionDeps {
  operators: Pick<OperatorStore, "findById">;
  sessions: SessionStore;
  clock: Clock;
}

const day = 86_400_000;
/** A session ends when it was not used for this long. */
export const sessionIdleMs = 30 * day;
/** A use is written down once in this time, not at every request. */
const touchEveryMs = 3_600_000;

/** Opens a session; `token` is for the cookie and is stored nowhere. */
export async function openSession(
  deps: SessionDeps,
  operator: StoredOperator,
): Promise<{ token: string; operator: SignedInOperator }> {
  const token = makeSecret();
  const now = deps.clock.now();
  const id = makeId((bytes) => crypto.getRandomValues(bytes));
  await deps.sessions.insert({
    id,
    tokenHash: hashToken(token),
    operatorId: operator.id,
    createdAt: now,
    lastUsedAt: now,
    expireAt: new Date(now + sessionIdleMs),
  });
  return { token, operator: signedIn(operator, id) };
}

/** Who is behind a cookie's token; null when the session ended or its account is gone. */
export async function findSession(
  deps: SessionDeps,
  token: string,
): Promise<SignedInOperator | null> {
  const session = await deps.sessions.findByTokenHash(hashToken(token));
  const now = deps.clock.now();
  // The sweep that deletes ended sessions is late by nature: the time decides.
  if (session === null || session.expireAt.getTime() <= now) return null;
  const operator = await deps.operators.findById(session.operatorId);
  if (operator === null) return null;
  if (now - session.lastUsedAt >= touchEveryMs)
    await deps.sessions.touch(session.id, now, new Date(now + sessionIdleMs));
  return signedIn(operator, session.id);
}

function signedIn(operator: StoredOperator, sessionId: string): SignedInOperator {
  return {
    id: operator.id,
    email: operator.email,
    name: operator.name,
    role: operator.role,
    confidentialityAccepted: operator.confidentialityAt !== null,
    sessionId,
  };
}
