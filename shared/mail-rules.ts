import type { SiteRules } from "./site-rules.js";

/**
 * The one rule that decides whether a mail may leave; asked right before hand-off, every time.
 * `transactional`: an answer to what the person just did. `service`: about something they use.
 * `marketing`: everything else.
 */
export type MailKind = "transactional" | "service" | "marketing";

/** What a stored refusal covers: news only, or all but the answers to the person's own acts. */
export type SuppressionScope = "marketing" | "all";

export interface MailRecipient {
  suppressions: SuppressionScope[];
  /** Whether the address was confirmed by its single-use link. */
  subscription: "none" | "pending" | "confirmed";
}

export type MailRefusal = "suppressed" | "not_confirmed" | "marketing_off";
export type MailVerdict = { allowed: true } | { allowed: false; reason: MailRefusal };

/** Pure; unknown means no. A marketing refusal blocks marketing alone (JMINI-05). */
export function mayMail(
  kind: MailKind,
  rules: Pick<SiteRules, "mail">,
  recipient: MailRecipient,
): MailVerdict {
  const no = (reason: MailRefusal): MailVerdict => ({ allowed: false, reason });
  if (kind === "transactional") return { allowed: true };
  if (recipient.suppressions.includes("all")) return no("suppressed");
  if (kind === "service") return { allowed: true };
  if (recipient.suppressions.length > 0) return no("suppressed");
  if (recipient.subscription !== "confirmed") return no("not_confirmed");
  return rules.mail.marketing ? { allowed: true } : no("marketing_off");
}
