import type { Clock } from "../infra/clock.js";
import type { AppendAudit } from "./append-audit.js";

const hourMs = 3_600_000;
const rememberMost = 10_000;

/**
 * Logs that an operator read somebody's data (JIVO-11): once an hour for the same operator and
 * conversation, so that scrolling is one entry and every look is on record.
 */
export function createReadLog(deps: { clock: Clock; appendAudit: AppendAudit }) {
  const seen = new Map<string, number>();
  return async (site: string, operatorId: string, conversationId: string): Promise<void> => {
    const hour = Math.floor(deps.clock.now() / hourMs);
    const name = `${operatorId}/${conversationId}`;
    if (seen.get(name) === hour) return;
    if (seen.size >= rememberMost) seen.clear();
    seen.set(name, hour);
    await deps.appendAudit({
      site,
      actor: operatorId,
      act: "conversation.read",
      details: { conversation: conversationId },
    });
  };
}
