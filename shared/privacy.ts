import type { Choices, ConsentMethod } from "./consent.js";
import type { SiteRules, SiteRulesChange } from "./site-rules.js";

/**
 * What the dashboard's privacy views read and write, each under `paths.privacyView(siteId, VIEW)`.
 * Times are milliseconds since 1970. Lists come newest first, a page at a time: `before` is the last
 * row's `seq`.
 */

/** GET `consents?before=SEQ`. Hashes only: nobody is named. */
export interface ConsentRow {
  seq: number;
  at: number;
  /** The first 12 characters of the subject's hash: enough to see that two rows are one person's. */
  subject: string;
  action: "grant" | "refuse" | "withdraw" | "restrict" | "object" | "confirm";
  choices: Choices;
  method: ConsentMethod;
  policyVersion: number;
  gpc: boolean;
  dnt: boolean;
  /** The network address it came from: for admins of a site with `ip.link`; null otherwise, and after an erasure. */
  address: string | null;
}

/** GET `chains`: the state of each chain, verified on demand. */
export interface ChainRow {
  chain: string;
  records: number;
  firstSeq: number;
  lastSeq: number;
  head: string;
  ok: boolean;
  /** The seq at which it does not hold. */
  brokenAt: number | null;
  fault: string | null;
}

/** GET `audit?before=SEQ` and `disclosures?before=SEQ`'s chain. */
export interface AuditRow {
  seq: number;
  at: number;
  /** An operator's id, `visitor` or `server`. */
  actor: string;
  act: string;
  target: string | null;
  basis: string | null;
  details: Record<string, unknown>;
}

export interface Page<T> {
  rows: T[];
  more: boolean;
}

export const requestTypes = [
  "access",
  "correct",
  "erase",
  "restrict",
  "object",
  "complain",
  "parent",
  "unsolicited_mail",
  "other",
] as const;
export type RequestType = (typeof requestTypes)[number];
export type RequestState = "open" | "done" | "refused";

/**
 * GET `requests`; POST `requests` {type, contact, note} enters one that came by letter or telephone.
 * POST `people/export` {conversationId, contact, note} answers a ZIP; POST `people/erase` {…, scope}
 * and POST `children` {conversationId, parentEmail} act on whoever wrote a conversation.
 */
export interface RequestRow {
  id: string;
  type: RequestType;
  state: RequestState;
  receivedAt: number;
  dueAt: number;
  overdue: boolean;
  verified: boolean;
  /** How to reach the person, as they gave it. */
  contact: string;
  steps: RequestStep[];
}
/** POST `requests/ID` {state, note} adds one. */
export interface RequestStep {
  at: number;
  actor: string;
  act: string;
  note: string;
}

/** GET `policies`; POST `policies` {effectiveAt, material, changes, notices, text}. */
export interface PolicyRow {
  version: number;
  effectiveAt: number;
  material: boolean;
  changes: string;
  notices: Record<string, { title: string; text: string }>;
  text: string;
  sha256: string;
  state: "past" | "in_force" | "upcoming";
}

/** POST `retention-preview` {retention}: what a change of periods would delete now. */
export interface RetentionPreview {
  conversations: number;
  visits: number;
  originals: number;
}
export type RetentionChange = NonNullable<SiteRulesChange["retention"]>;
export type Retention = SiteRules["retention"];

export const disclosureBases = [
  "order",
  "terms_or_illegal_act",
  "protection",
  "emergency",
] as const;
export type DisclosureBasis = (typeof disclosureBases)[number];

/** What may be handed out; an export holds what its entry names and nothing else. */
export const disclosureFields = [
  "messages",
  "photos",
  "name and e-mail",
  "page views",
  "consents",
] as const;
export type DisclosureField = (typeof disclosureFields)[number];

/** GET `disclosures`; POST `disclosures` {conversationId, basis, reason, fields}; POST `disclosures/ID/approve`. */
export interface DisclosureRow {
  id: string;
  conversationId: string;
  basis: DisclosureBasis;
  reason: string;
  fields: string[];
  requestedBy: string;
  requestedAt: number;
  approvals: { operator: string; at: number }[];
  /** A site with one admin: nobody else could approve. */
  single: boolean;
  /** `due`: handed out in an emergency, the second approval is owed within 24 hours. */
  state: "waiting" | "approved" | "due" | "overdue";
}

/** GET `recipients`; POST `recipients` {…}; POST `recipients/ID/activate`; DELETE `recipients/ID`. */
export interface RecipientRow {
  id: string;
  name: string;
  purpose: string;
  country: string;
  /** The data-processing agreement, by name and date. */
  agreement: string;
  /** On what a transfer abroad rests; empty where there is none. */
  transferBasis: string;
  noticeAt: number | null;
  activeAt: number | null;
}

/** GET `transfer`; POST `transfer` {announce: true, to}; DELETE `transfer`. Bulk export is locked while a notice runs. */
export interface TransferState {
  to: string;
  noticeAt: number | null;
  /** From when the data may be handed over; null while nothing was announced. */
  unlockedAt: number | null;
}

/** What the widget counts of itself. Nothing else is taken. */
export const telemetryNames = {
  presses: ["open", "close", "send", "attach", "consent_allow", "consent_refuse", "forget", "news"],
  errors: ["socket", "upload", "send", "storage", "panel"],
} as const;
export type PressName = (typeof telemetryNames)["presses"][number];
export type ErrorName = (typeof telemetryNames)["errors"][number];

/** POST `paths.telemetry(KEY)`. */
export interface TelemetryCounts {
  presses: Partial<Record<PressName, number>>;
  errors: Partial<Record<ErrorName, number>>;
}

/** GET `telemetry`: sums of the last 30 days. */
export interface TelemetryReport {
  presses: Record<string, number>;
  errors: Record<string, number>;
}

/** GET `visits`: today and the last 30 days; cells under 10 are null (JIVO-06). */
export interface VisitReport {
  /** Browsers with a page view within the last five minutes. */
  live: number;
  days: { day: string; users: number | null; views: number | null; counted: number | null }[];
  paths: { path: string; views: number | null }[];
  referrers: { host: string; visits: number | null }[];
  browsers: { name: string; visits: number | null }[];
  countries: { name: string; visits: number | null }[];
  utm: { campaign: string; visits: number | null }[];
}
