import * as z from "zod/mini";
import { defaultRules, type SiteRules } from "../../shared/site-rules.js";
import type {
  Attachment,
  Campaign,
  Operator,
  OperatorAccount,
  OperatorInvitation,
  OutboxMail,
  SetupLinkOwner,
  SiteSettings,
} from "../../shared/wire.js";

/** What the HTTP answers must look like. Unknown fields are dropped: a newer server may send more. */
export const operatorSchema = z.object({
  id: z.string(),
  email: z.string(),
  name: z.string(),
  role: z.enum(["admin", "operator", "viewer"]),
  confidentialityAccepted: z.boolean(),
}) satisfies z.ZodMiniType<Operator>;

export const linkOwnerSchema = z.object({
  email: z.nullable(z.string()),
  name: z.string(),
  role: z.enum(["admin", "operator", "viewer"]),
}) satisfies z.ZodMiniType<SetupLinkOwner>;

export const accountSchema = z.object({
  id: z.string(),
  email: z.string(),
  name: z.string(),
  role: z.enum(["admin", "operator", "viewer"]),
  invited: z.boolean(),
  createdAt: z.number(),
}) satisfies z.ZodMiniType<OperatorAccount>;

export const invitationSchema = z.object({
  account: accountSchema,
  link: z.string(),
}) satisfies z.ZodMiniType<OperatorInvitation>;

export const attachmentSchema = z.object({
  id: z.string(),
  width: z.number(),
  height: z.number(),
  placeholder: z.string(),
  bytesIn: z.number(),
  bytesOut: z.number(),
  locationRemoved: z.boolean(),
  altText: z.string(),
  renditions: z.array(
    z.object({
      name: z.enum(["preview", "full"]),
      url: z.string(),
      width: z.number(),
      height: z.number(),
      bytes: z.number(),
      mime: z.string(),
    }),
  ),
}) satisfies z.ZodMiniType<Attachment>;

/** Every rule that this page knows, each of the kind its default has. */
const rulesSchema = z.custom<SiteRules>(
  (rules) =>
    isRecord(rules) &&
    Object.entries(defaultRules).every(([group, fields]: [string, Record<string, unknown>]) => {
      const heard = rules[group];
      return (
        isRecord(heard) &&
        Object.entries(fields).every(([name, value]) => typeof heard[name] === typeof value)
      );
    }),
);

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

export const siteSchema = z.object({
  id: z.string(),
  key: z.string(),
  name: z.string(),
  origins: z.array(z.string()),
  color: z.string(),
  corner: z.enum(["left", "right"]),
  language: z.string(),
  greeting: z.string(),
  timeZone: z.string(),
  controller: z.object({ name: z.string(), postalAddress: z.string(), email: z.string() }),
  news: z.boolean(),
  rules: rulesSchema,
  rulesVersion: z.number(),
  scriptTag: z.string(),
  tagSeen: z.nullable(z.object({ url: z.string(), at: z.number() })),
  refusedOrigins: z.array(z.object({ origin: z.string(), at: z.number() })),
  uploadBytes: z.number(),
  messageText: z.number(),
}) satisfies z.ZodMiniType<SiteSettings>;

export const campaignSchema = z.object({
  id: z.string(),
  siteId: z.string(),
  subject: z.string(),
  text: z.string(),
  state: z.enum(["draft", "sending", "done"]),
  createdAt: z.number(),
  sent: z.number(),
  refused: z.array(z.object({ reason: z.string(), count: z.number() })),
}) satisfies z.ZodMiniType<Campaign>;

export const outboxMailSchema = z.object({
  id: z.string(),
  to: z.string(),
  subject: z.string(),
  text: z.string(),
  kind: z.enum(["transactional", "service", "marketing"]),
  at: z.number(),
}) satisfies z.ZodMiniType<OutboxMail>;

/** For answers that say nothing beyond "done". */
export const nothingSchema = z.pipe(
  z.unknown(),
  z.transform(() => null),
);
