import type { SiteRules, SiteRulesChange } from "../../shared/site-rules.js";
import type { RuleField } from "./rule-fields.js";

export type RuleValue = string | number | boolean;

/** One rule's value, by the table's group and name. */
export function readRule(rules: SiteRules, field: RuleField): RuleValue {
  const group: Record<string, RuleValue> = rules[field.group];
  const value = group[field.name];
  if (value === undefined) throw new Error(`There is no rule ${field.group}.${field.name}.`);
  return value;
}

/** The rules with one changed. */
export function writeRule(rules: SiteRules, field: RuleField, value: RuleValue): SiteRules {
  return { ...rules, [field.group]: { ...rules[field.group], [field.name]: value } };
}

/** Only what differs: somebody else's change of another rule must not be undone by ours. */
export function changedRules(before: SiteRules, after: SiteRules): SiteRulesChange {
  const known = new Map(Object.entries<Record<string, RuleValue>>({ ...before }));
  const change: Record<string, Record<string, RuleValue>> = {};
  for (const [group, rules] of Object.entries<Record<string, RuleValue>>({ ...after })) {
    const different = Object.entries(rules).filter(
      ([rule, value]) => known.get(group)?.[rule] !== value,
    );
    if (different.length > 0) change[group] = Object.fromEntries(different);
  }
  return change;
}
