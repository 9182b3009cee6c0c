import * as z from "zod/mini";
import {
  disclosureBases,
  requestTypes,
  type AuditRow,
  type ChainRow,
  type ConsentRow,
  type DisclosureRow,
  type PolicyRow,
  type RecipientRow,
  type RequestRow,
  type RetentionPreview,
  type TelemetryReport,
  type TransferState,
  type VisitReport,
} from "../../shared/privacy.js";

const maybe = z.nullable(z.number());
const texts = z.record(z.string(), z.unknown());

export const consentSchema = z.object({
  seq: z.number(),
  at: z.number(),
  subject: z.string(),
  action: z.enum(["grant", "refuse", "withdraw", "restrict", "object", "confirm"]),
  choices: z.object({
    preferences: z.boolean(),
    analytics: z.boolean(),
    marketing: z.boolean(),
    mail_tracking: z.boolean(),
  }),
  method: z.enum(["notice", "settings", "site_banner", "tcf", "form", "signal"]),
  policyVersion: z.number(),
  gpc: z.boolean(),
  dnt: z.boolean(),
  address: z.nullable(z.string()),
}) satisfies z.ZodMiniType<ConsentRow>;

export const chainSchema = z.object({
  chain: z.string(),
  records: z.number(),
  firstSeq: z.number(),
  lastSeq: z.number(),
  head: z.string(),
  ok: z.boolean(),
  brokenAt: maybe,
  fault: z.nullable(z.string()),
}) satisfies z.ZodMiniType<ChainRow>;

export const auditSchema = z.object({
  seq: z.number(),
  at: z.number(),
  actor: z.string(),
  act: z.string(),
  target: z.nullable(z.string()),
  basis: z.nullable(z.string()),
  details: texts,
}) satisfies z.ZodMiniType<AuditRow>;

export const requestSchema = z.object({
  id: z.string(),
  type: z.enum(requestTypes),
  state: z.enum(["open", "done", "refused"]),
  receivedAt: z.number(),
  dueAt: z.number(),
  overdue: z.boolean(),
  verified: z.boolean(),
  contact: z.string(),
  steps: z.array(
    z.object({ at: z.number(), actor: z.string(), act: z.string(), note: z.string() }),
  ),
}) satisfies z.ZodMiniType<RequestRow>;

export const policySchema = z.object({
  version: z.number(),
  effectiveAt: z.number(),
  material: z.boolean(),
  changes: z.string(),
  notices: z.record(z.string(), z.object({ title: z.string(), text: z.string() })),
  text: z.string(),
  sha256: z.string(),
  state: z.enum(["past", "in_force", "upcoming"]),
}) satisfies z.ZodMiniType<PolicyRow>;

export const retentionPreviewSchema = z.object({
  conversations: z.number(),
  visits: z.number(),
  originals: z.number(),
}) satisfies z.ZodMiniType<RetentionPreview>;

export const disclosureSchema = z.object({
  id: z.string(),
  conversationId: z.string(),
  basis: z.enum(disclosureBases),
  reason: z.string(),
  fields: z.array(z.string()),
  requestedBy: z.string(),
  requestedAt: z.number(),
  approvals: z.array(z.object({ operator: z.string(), at: z.number() })),
  single: z.boolean(),
  state: z.enum(["waiting", "approved", "due", "overdue"]),
}) satisfies z.ZodMiniType<DisclosureRow>;

export const recipientSchema = z.object({
  id: z.string(),
  name: z.string(),
  purpose: z.string(),
  country: z.string(),
  agreement: z.string(),
  transferBasis: z.string(),
  noticeAt: maybe,
  activeAt: maybe,
}) satisfies z.ZodMiniType<RecipientRow>;

export const transferSchema = z.object({
  to: z.string(),
  noticeAt: maybe,
  unlockedAt: maybe,
}) satisfies z.ZodMiniType<TransferState>;

const counts = z.record(z.string(), z.number());
export const telemetrySchema = z.object({
  presses: counts,
  errors: counts,
}) satisfies z.ZodMiniType<TelemetryReport>;

export const visitReportSchema = z.object({
  live: z.number(),
  days: z.array(z.object({ day: z.string(), users: maybe, views: maybe, counted: maybe })),
  paths: z.array(z.object({ path: z.string(), views: maybe })),
  referrers: z.array(z.object({ host: z.string(), visits: maybe })),
  browsers: z.array(z.object({ name: z.string(), visits: maybe })),
  countries: z.array(z.object({ name: z.string(), visits: maybe })),
  utm: z.array(z.object({ campaign: z.string(), visits: maybe })),
}) satisfies z.ZodMiniType<VisitReport>;

export const originalSchema = z.object({
  url: z.string(),
  bytes: z.number(),
  deleteAt: z.number(),
  hold: z.boolean(),
});

const photoCounts = z.object({
  photos: z.number(),
  pixels: z.number(),
  bytesIn: z.number(),
  bytesOut: z.number(),
});
export const photoCountsSchema = z.object({ today: photoCounts, all: photoCounts });

export function pageOf<T>(row: z.ZodMiniType<T>) {
  return z.object({ rows: z.array(row), more: z.boolean() });
}
