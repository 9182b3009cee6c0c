import { z } from "zod";
import { limits } from "../../shared/limits.js";

const days = (max: number) => z.number().int().min(1).max(max);
const tenYears = 3650;

/** A change of rules as it comes in: known groups and fields only, each within its bounds. */
export const rulesChangeSchema = z.strictObject({
  notice: z
    .strictObject({ place: z.enum(["panel", "page", "none"]) })
    .partial()
    .optional(),
  analytics: z.strictObject({ enabled: z.boolean(), cookieless: z.boolean() }).partial().optional(),
  consent: z
    .strictObject({ days: days(730) })
    .partial()
    .optional(),
  age: z
    .strictObject({
      gate: z.boolean(),
      min: z.union([z.literal(13), z.literal(16), z.literal(18)]),
      under13: z.enum(["delete", "ask_parent"]),
    })
    .partial()
    .optional(),
  retention: z
    .strictObject({
      conversation: days(tenYears),
      pageViews: days(400),
      originalHours: z.number().int().min(1).max(720),
      photoDetails: days(400),
      evidence: days(tenYears),
      audit: days(tenYears),
    })
    .partial()
    .optional(),
  mail: z
    .strictObject({ marketing: z.boolean(), serviceOptOut: z.enum(["deactivation", "never"]) })
    .partial()
    .optional(),
  requests: z
    .strictObject({ dueDays: days(30) })
    .partial()
    .optional(),
  ip: z.strictObject({ link: z.boolean() }).partial().optional(),
  policy: z
    .strictObject({ noticeDays: days(365) })
    .partial()
    .optional(),
  transfer: z
    .strictObject({ noticeDays: days(365) })
    .partial()
    .optional(),
  statistics: z.strictObject({ photos: z.boolean(), errors: z.boolean() }).partial().optional(),
});

const line = (max: number) => z.string().trim().max(max);

/** A change of settings; what it leaves out stays. */
export const siteChangeSchema = z.strictObject({
  name: line(limits.name).min(1).optional(),
  origins: z.array(z.string().max(300)).max(limits.siteOrigins).optional(),
  color: z
    .string()
    .regex(/^#[0-9a-fA-F]{6}$/)
    .optional(),
  corner: z.enum(["left", "right"]).optional(),
  language: z.string().refine(isLanguage).optional(),
  greeting: line(500).optional(),
  timeZone: z.string().refine(isTimeZone).optional(),
  controller: z
    .strictObject({
      name: line(200),
      postalAddress: line(500),
      email: line(limits.email),
    })
    .optional(),
  news: z.boolean().optional(),
  rules: rulesChangeSchema.optional(),
});
export type ParsedSiteChange = z.infer<typeof siteChangeSchema>;

export const newSiteSchema = z.strictObject({ name: line(limits.name).min(1) });

/** BCP 47, as `Intl` takes it. */
function isLanguage(tag: string): boolean {
  try {
    return tag.length <= 35 && Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
