import { defaultRules } from "../../shared/site-rules.js";
import type { Chain } from "./chain.js";
import type { AuditRecord } from "./chain-store.js";

export interface AuditEntry {
  /** The site's id; `serverWide` for what concerns no single site. */
  site: string;
  /** An operator's id, `visitor`, or `server`. */
  actor: string;
  /** A verb and its noun, such as `rules.change`. */
  act: string;
  targetH?: string | null;
  basis?: string | null;
  /** Names of fields and numbers; never an address, a text or an old value of a person's data. */
  details?: Record<string, unknown>;
  keepDays?: number;
}

/** The verb with its chain bound, as other features are given it. */
export type AppendAudit = (entry: AuditEntry) => Promise<unknown>;

/** The chain of what belongs to no single site, such as a new link for an admin. */
export const serverWide = "-";

/** Adds an act to the site's audit chain; resolves when it is stored. */
export async function appendAudit(
  deps: { audit: Chain<AuditRecord> },
  entry: AuditEntry,
): Promise<AuditRecord> {
  return deps.audit.append(
    entry.site,
    {
      actor: entry.actor,
      act: entry.act,
      targetH: entry.targetH ?? null,
      basis: entry.basis ?? null,
      details: entry.details ?? {},
    },
    entry.keepDays ?? defaultRules.retention.audit,
  );
}
