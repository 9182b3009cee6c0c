import type { Clock } from "../infra/clock.js";
import type { SessionStore } from "./session-store.js";

interface Deps {
  sessions: Pick<SessionStore, "findLiving">;
  clock: Clock;
  /** Sessions with an open socket on this node. */
  openSessions(): string[];
  /** Cuts the session's sockets. */
  sessionEnded(sessionId: string): void;
}

/**
 * Cuts the sockets of sessions that ended elsewhere: by `npm run admin:link`, on another node, or by
 * the end of their idle period. Here, sign-out cuts them at once.
 */
export async function endStaleSockets(deps: Deps): Promise<void> {
  const open = [...new Set(deps.openSessions())];
  if (open.length === 0) return;
  const living = new Set(await deps.sessions.findLiving(open, new Date(deps.clock.now())));
  for (const id of open) if (!living.has(id)) deps.sessionEnded(id);
}
