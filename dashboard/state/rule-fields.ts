import type { SiteRules } from "../../shared/site-rules.js";

/** How one rule is shown: plain words first, the rule's own name beside them for the documents. */
export type RuleField = {
  [Group in keyof SiteRules]: {
    group: Group;
    name: keyof SiteRules[Group] & string;
    label: string;
    help: string;
  } & RuleControl;
}[keyof SiteRules];

export type RuleControl =
  | { kind: "switch" }
  | { kind: "choice"; options: { value: string | number; label: string }[] }
  | { kind: "number"; unit: string; min: number; max: number };

export interface RuleSection {
  title: string;
  fields: RuleField[];
}

/** The section beneath which a preview says what a change would delete. */
export const keptTitle = "How long things are kept";

/** Every field of `SiteRules`, once, in the order in which a site owner thinks of them. */
export const ruleSections: RuleSection[] = [
  {
    title: "Asking visitors",
    fields: [
      {
        group: "notice",
        name: "place",
        label: "Where the consent question stands",
        help: "“None” is for a site whose own banner tells Porchlight the answer.",
        kind: "choice",
        options: [
          { value: "panel", label: "In the chat panel" },
          { value: "page", label: "On the page, as a small bar" },
          { value: "none", label: "None: the site's own banner asks" },
        ],
      },
      {
        group: "consent",
        name: "days",
        label: "Ask again after",
        help: "An answer older than this is asked for again; until then it holds.",
        kind: "number",
        unit: "days",
        min: 1,
        max: 730,
      },
      {
        group: "age",
        name: "gate",
        label: "Ask for the age before a chat",
        help: "Only yes or no is stored, never the date of birth.",
        kind: "switch",
      },
      {
        group: "age",
        name: "min",
        label: "Youngest age that may chat alone",
        help: "Holds while the question above is on.",
        kind: "choice",
        options: [
          { value: 13, label: "13" },
          { value: 16, label: "16" },
          { value: 18, label: "18" },
        ],
      },
      {
        group: "age",
        name: "under13",
        label: "When somebody is under 13",
        help: "“Ask a parent” freezes what is there until a parent decides; no answer in 30 days deletes it.",
        kind: "choice",
        options: [
          { value: "delete", label: "Delete what is there" },
          { value: "ask_parent", label: "Ask a parent" },
        ],
      },
    ],
  },
  {
    title: "Counting visits",
    fields: [
      {
        group: "analytics",
        name: "enabled",
        label: "Record page views of visitors who agreed",
        help: "Off: nobody is asked and no page view is kept.",
        kind: "switch",
      },
      {
        group: "analytics",
        name: "cookieless",
        label: "Count visits without cookies",
        help: "Uses a daily hash whose secret is deleted within 48 hours. Nothing is kept of visitors who send GPC or Do Not Track.",
        kind: "switch",
      },
      {
        group: "ip",
        name: "link",
        label: "Show admins the address a consent came from",
        help: "Off: addresses are kept encrypted, as evidence only.",
        kind: "switch",
      },
      {
        group: "statistics",
        name: "photos",
        label: "Count photos and bytes saved",
        help: "Numbers only, on this server only.",
        kind: "switch",
      },
      {
        group: "statistics",
        name: "errors",
        label: "Count errors and button presses",
        help: "Numbers only, on this server only. Each visitor can switch it off too.",
        kind: "switch",
      },
    ],
  },
  {
    title: keptTitle,
    fields: [
      {
        group: "retention",
        name: "conversation",
        label: "Conversations, their photos and the visitor",
        help: "Counted from the last message.",
        kind: "number",
        unit: "days",
        min: 1,
        max: 3650,
      },
      {
        group: "retention",
        name: "pageViews",
        label: "Page views",
        help: "Reports keep counts without a visitor.",
        kind: "number",
        unit: "days",
        min: 1,
        max: 395,
      },
      {
        group: "retention",
        name: "originalHours",
        label: "The original of a photo",
        help: "After that only the small version is left.",
        kind: "number",
        unit: "hours",
        min: 1,
        max: 24,
      },
      {
        group: "retention",
        name: "photoDetails",
        label: "Photo details for the report",
        help: "File name, sizes and date.",
        kind: "number",
        unit: "days",
        min: 1,
        max: 395,
      },
      {
        group: "retention",
        name: "evidence",
        label: "Evidence of consent",
        help: "Counted from the day it was last relied on.",
        kind: "number",
        unit: "days",
        min: 365,
        max: 3650,
      },
      {
        group: "retention",
        name: "audit",
        label: "The record of what operators did",
        help: "Who read, changed, exported or erased what.",
        kind: "number",
        unit: "days",
        min: 365,
        max: 3650,
      },
    ],
  },
  {
    title: "Mail",
    fields: [
      {
        group: "mail",
        name: "marketing",
        label: "Allow mailings from this site",
        help: "Off: no mailing leaves, to nobody.",
        kind: "switch",
      },
      {
        group: "mail",
        name: "serviceOptOut",
        label: "Who wants no service mail either",
        help: "A stop of mailings is always obeyed at once; this is about mail on an account.",
        kind: "choice",
        options: [
          { value: "deactivation", label: "Can stop it by closing the account" },
          { value: "never", label: "Cannot stop it" },
        ],
      },
    ],
  },
  {
    title: "Deadlines",
    fields: [
      {
        group: "requests",
        name: "dueDays",
        label: "Days to answer a privacy request",
        help: "Reminders come 10 and 3 days before.",
        kind: "number",
        unit: "days",
        min: 1,
        max: 30,
      },
      {
        group: "policy",
        name: "noticeDays",
        label: "Notice before a new policy holds",
        help: "Visitors are told this long before, and asked again when it holds.",
        kind: "number",
        unit: "days",
        min: 1,
        max: 365,
      },
      {
        group: "transfer",
        name: "noticeDays",
        label: "Notice before the business is handed over",
        help: "Bulk export stays locked until it has passed.",
        kind: "number",
        unit: "days",
        min: 1,
        max: 365,
      },
    ],
  },
];
