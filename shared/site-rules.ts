/**
 * A site's rules: they live in MongoDB (`sites.rules`), are changed in the dashboard and hold from
 * the next decision on. Defaults are the stricter reading wherever the source policies disagree.
 */
export interface SiteRules {
  notice: { place: "panel" | "page" | "none" };
  /** Counting without cookies by a salted daily hash; off unless the site switches it on. */
  analytics: { enabled: boolean; cookieless: boolean };
  /** Days after which an answer to the consent notice is asked for again. */
  consent: { days: number };
  age: { gate: boolean; min: 13 | 16 | 18; under13: "delete" | "ask_parent" };
  /** Periods in days unless the name says otherwise. */
  retention: {
    conversation: number;
    pageViews: number;
    originalHours: number;
    photoDetails: number;
    evidence: number;
    audit: number;
  };
  mail: { marketing: boolean; serviceOptOut: "deactivation" | "never" };
  requests: { dueDays: number };
  ip: { link: boolean };
  policy: { noticeDays: number };
  transfer: { noticeDays: number };
  statistics: { photos: boolean; errors: boolean };
}

/** A change names groups and fields; what it leaves out stays. */
export type SiteRulesChange = { [Group in keyof SiteRules]?: Partial<SiteRules[Group]> };

export const defaultRules: SiteRules = {
  notice: { place: "panel" },
  analytics: { enabled: true, cookieless: false },
  consent: { days: 365 },
  age: { gate: false, min: 16, under13: "delete" },
  retention: {
    conversation: 365,
    pageViews: 30,
    originalHours: 2,
    photoDetails: 40,
    evidence: 1095,
    audit: 1095,
  },
  mail: { marketing: true, serviceOptOut: "deactivation" },
  requests: { dueDays: 30 },
  ip: { link: false },
  policy: { noticeDays: 30 },
  transfer: { noticeDays: 30 },
  statistics: { photos: true, errors: true },
};

/** Rules with a change laid over them; groups and fields that the change leaves out stay. */
export function changeRules(rules: SiteRules, change: SiteRulesChange): SiteRules {
  return {
    notice: { ...rules.notice, ...change.notice },
    analytics: { ...rules.analytics, ...change.analytics },
    consent: { ...rules.consent, ...change.consent },
    age: { ...rules.age, ...change.age },
    retention: { ...rules.retention, ...change.retention },
    mail: { ...rules.mail, ...change.mail },
    requests: { ...rules.requests, ...change.requests },
    ip: { ...rules.ip, ...change.ip },
    policy: { ...rules.policy, ...change.policy },
    transfer: { ...rules.transfer, ...change.transfer },
    statistics: { ...rules.statistics, ...change.statistics },
  };
}
