import type { Site } from "../sites/site.js";
import type { ConversationStore } from "./conversation-store.js";

const DAY = 24 * 60 * 60 * 1000;

interface Deps {
  conversations: Pick<ConversationStore, "applyRetention">;
  /** The visitors' verb of the same rule. */
  applyToVisitors(site: string, periodMs: number): Promise<void>;
}

/** A site's period for conversations changed: old ones follow the new rule, visitors two days later. */
export async function applyConversationRetention(
  deps: Deps,
  site: Pick<Site, "id" | "rules">,
): Promise<void> {
  const periodMs = site.rules.retention.conversation * DAY;
  await deps.applyToVisitors(site.id, periodMs + 3 * DAY);
  await deps.conversations.applyRetention(site.id, periodMs);
}
