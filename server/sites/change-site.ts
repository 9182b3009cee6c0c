import { limits } from "../../shared/limits.js";
import type { SiteRules, SiteRulesChange } from "../../shared/site-rules.js";
import { refuse } from "../errors.js";
import { normalAddress } from "../mail/normal-address.js";
import type { AppendAudit } from "../privacy/append-audit.js";
import { getSite } from "./find-site.js";
import type { ParsedSiteChange } from "./site-schemas.js";
import type { SiteStore } from "./site-store.js";
import type { Site, SiteFields } from "./site.js";

interface Deps {
  sites: Pick<SiteStore, "findById" | "findByKey" | "change">;
  appendAudit: AppendAudit;
}

/**
 * Changes a site's settings. What changed stands in the audit chain before it holds, with who, old
 * and new (texts and addresses by their field's name only).
 * @throws UNKNOWN_SITE, ORIGIN_INVALID, EMAIL_INVALID, CONFLICT
 */
export async function changeSite(
  deps: Deps,
  operatorId: string,
  siteId: string,
  change: ParsedSiteChange,
): Promise<{ before: Site; after: Site }> {
  const before = await getSite(deps, siteId);
  const { rules: rulesChange, ...others } = change;
  const fields: Partial<SiteFields> = withoutUndefined(others);
  if (change.origins !== undefined) fields.origins = parseOrigins(change.origins);
  if (change.controller !== undefined && change.controller.email !== "") {
    if (normalAddress(change.controller.email) === null) throw refuse("EMAIL_INVALID");
  }
  if (rulesChange !== undefined) fields.rules = mergeRules(before.rules, rulesChange);

  const details = describeChange(before, fields);
  if (Object.keys(details).length === 0) return { before, after: before };
  const act = fields.rules === undefined ? "site.change" : "rules.change";
  const entry = { site: siteId, actor: operatorId, act };
  await deps.appendAudit({ ...entry, details: { ...details, rulesVersion: before.rulesVersion } });
  const after = await deps.sites.change(siteId, before.rulesVersion, fields);
  if (after === null) {
    await deps.appendAudit({ ...entry, act: `${act}.failed`, details: { reason: "conflict" } });
    throw refuse("CONFLICT");
  }
  return { before, after };
}

/** Origins exactly as browsers send them, each once. @throws ORIGIN_INVALID */
export function parseOrigins(texts: string[]): string[] {
  const origins = texts.map((text) => {
    const trimmed = text.trim();
    const url = URL.canParse(trimmed) ? new URL(trimmed) : null;
    const plain = url !== null && `${url.search}${url.hash}${url.username}${url.password}` === "";
    const host = /^https?:\/\/([a-z0-9.-]+|\[[0-9a-f:.]+\])(:\d+)?$/;
    if (url === null || !plain || url.pathname !== "/" || !host.test(url.origin))
      throw refuse("ORIGIN_INVALID");
    return url.origin;
  });
  return [...new Set(origins)].slice(0, limits.siteOrigins);
}

/** Group by group, field by field; what the change leaves out stays. */
export function mergeRules(
  rules: SiteRules,
  change: { [Group in keyof SiteRulesChange]?: object | undefined },
): SiteRules {
  const merged = Object.entries(change).flatMap(([group, fields]) =>
    fields === undefined
      ? []
      : [[group, { ...rules[group as keyof SiteRules], ...withoutUndefined(fields) }]],
  );
  return { ...rules, ...(Object.fromEntries(merged) as Partial<SiteRules>) };
}

/** Old and new of everything that differs. People's words are named, not repeated. */
function describeChange(before: Site, fields: Partial<SiteFields>): Record<string, unknown> {
  const named = new Set(["controller", "greeting", "name"]);
  const details: Record<string, unknown> = {};
  const compare = (name: string, from: unknown, to: unknown): void => {
    if (JSON.stringify(from) === JSON.stringify(to)) return;
    details[name] = named.has(name) ? "changed" : { from, to };
  };
  for (const [name, to] of Object.entries(fields)) {
    if (name !== "rules") compare(name, before[name as keyof SiteFields], to);
  }
  for (const [group, rules] of Object.entries<object>({ ...fields.rules })) {
    const old: Record<string, unknown> = { ...before.rules[group as keyof SiteRules] };
    for (const [rule, to] of Object.entries(rules as Record<string, unknown>))
      compare(`rules.${group}.${rule}`, old[rule], to);
  }
  return details;
}

/** Absent and `undefined` mean the same on the wire; the store must see only the first. */
function withoutUndefined<T extends object>(
  fields: T,
): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const all = Object.entries(fields as Record<string, unknown>);
  const entries = all.filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
