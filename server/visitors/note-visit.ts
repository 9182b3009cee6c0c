import { setRecent } from "../infra/set-recent.js";
import type { Site } from "../sites/site.js";
import { visitorExpiry } from "./visitor-expiry.js";
import type { VisitorStore } from "./visitor-store.js";

/** Visitors whose newest period this process has written; the oldest entries make room. */
const REMEMBERED = 20_000;
/** What is left of an erased visitor goes at its own time. */
const living = { revokedAt: null };

/**
 * Keeps visitors as long as their newest message asks for. Written once a day and visitor, not once
 * a message, since periods are whole days.
 */
export function createNoteVisit(deps: { visitors: VisitorStore }) {
  const written = new Map<string, number>();
  return async function noteVisit(site: Site, visitorId: string, at: number): Promise<void> {
    const expireAt = visitorExpiry(site, at);
    if (written.get(visitorId) === expireAt.getTime()) return;
    await deps.visitors.change(site.id, visitorId, { lastSeenAt: at, expireAt }, living);
    written.delete(visitorId);
    setRecent(written, visitorId, expireAt.getTime(), REMEMBERED);
  };
}

export type NoteVisit = ReturnType<typeof createNoteVisit>;
