import type { Site } from "../sites/site.js";

const DAY = 24 * 60 * 60 * 1000;

/**
 * When a conversation's period ends, counted from its newest message: rounded up to the day, so that
 * a message rarely moves it.
 */
export function conversationExpiry(site: Pick<Site, "rules">, at: number): Date {
  return new Date(Math.ceil(at / DAY) * DAY + site.rules.retention.conversation * DAY);
}

/** A visitor stays two days longer than their newest conversation, which needs them to be removed whole. */
export function visitorExpiry(site: Pick<Site, "rules">, at: number): Date {
  return new Date(conversationExpiry(site, at).getTime() + 2 * DAY);
}
