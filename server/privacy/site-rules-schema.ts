import { z } from "zod";
import type { SiteRulesChange } from "../../shared/site-rules.js";

/** Ten years: nothing is kept "indefinitely" (JPEGR-04). */
const days = z.int().min(1).max(3650);

/**
 * A change of a site's rules as it comes over the wire. Bounds are part of the rules: originals at
 * most a day, requests at most 30 days (JIVO-08), evidence at least a year.
 */
export const siteRulesChange: z.ZodType<SiteRulesChange> = z.strictObject({
  notice: z.strictObject({ place: z.enum(["panel", "page", "none"]) }).exactOptional(),
  analytics: z
    .strictObject({
      enabled: z.boolean().exactOptional(),
      cookieless: z.boolean().exactOptional(),
    })
    .exactOptional(),
  consent: z.strictObject({ days: z.int().min(1).max(730) }).exactOptional(),
  age: z
    .strictObject({
      gate: z.boolean().exactOptional(),
      min: z.union([z.literal(13), z.literal(16), z.literal(18)]).exactOptional(),
      under13: z.enum(["delete", "ask_parent"]).exactOptional(),
    })
    .exactOptional(),
  retention: z
    .strictObject({
      conversation: days.exactOptional(),
      pageViews: z.int().min(1).max(395).exactOptional(),
      originalHours: z.int().min(0).max(24).exactOptional(),
      photoDetails: z.int().min(1).max(395).exactOptional(),
      evidence: z.int().min(365).max(3650).exactOptional(),
      audit: z.int().min(365).max(3650).exactOptional(),
    })
    .exactOptional(),
  mail: z
    .strictObject({
      marketing: z.boolean().exactOptional(),
      serviceOptOut: z.enum(["deactivation", "never"]).exactOptional(),
    })
    .exactOptional(),
  unsubscribe: z.strictObject({ bodyLink: z.enum(["page", "instant"]) }).exactOptional(),
  requests: z.strictObject({ dueDays: z.int().min(1).max(30) }).exactOptional(),
  ip: z.strictObject({ link: z.boolean() }).exactOptional(),
  policy: z.strictObject({ noticeDays: z.int().min(0).max(365) }).exactOptional(),
  transfer: z.strictObject({ noticeDays: z.int().min(1).max(365) }).exactOptional(),
  statistics: z
    .strictObject({ photos: z.boolean().exactOptional(), errors: z.boolean().exactOptional() })
    .exactOptional(),
});
