import type { SiteRules } from "../../shared/site-rules.js";
import type { Site } from "../sites/site.js";
import type { AppendAudit } from "./append-audit.js";

export interface RulesChangedDeps {
  appendAudit: AppendAudit;
  /** What moves `expireAt` of what is stored already, by the name of the period. */
  applyRetention: Record<
    Exclude<keyof SiteRules["retention"], "evidence" | "audit">,
    (site: Site) => Promise<unknown>
  >;
}

/** Names of settings whose value differs, with both values: `retention.pageViews`. */
export function diffRules(
  before: SiteRules,
  after: SiteRules,
): Record<string, { old: unknown; new: unknown }> {
  const changes: Record<string, { old: unknown; new: unknown }> = {};
  const groups = Object.entries(after) as [keyof SiteRules, Record<string, unknown>][];
  for (const [group, fields] of groups) {
    const known: Record<string, unknown> = { ...before[group] };
    for (const [field, value] of Object.entries(fields))
      if (known[field] !== value) changes[`${group}.${field}`] = { old: known[field], new: value };
  }
  return changes;
}

/**
 * After a site's rules were stored: the change is chained with who, old and new, and shorter or
 * longer periods are applied to what is there already (hard test 13). Evidence and audit keep the
 * period they were sealed with; theirs applies to new records.
 */
export async function rulesChanged(
  deps: RulesChangedDeps,
  before: Pick<Site, "rules">,
  after: Site,
  actor: string,
): Promise<void> {
  const changes = diffRules(before.rules, after.rules);
  if (Object.keys(changes).length === 0) return;
  await deps.appendAudit({
    site: after.id,
    actor,
    act: "rules.change",
    details: { rulesVersion: after.rulesVersion, changes },
    keepDays: after.rules.retention.audit,
  });
  for (const [period, apply] of Object.entries(deps.applyRetention))
    if (`retention.${period}` in changes) await apply(after);
}
