/**
 * Consent: what a visitor allows, and the one rule that decides whether something may be recorded.
 * Pure; asked on the client and again on the server. Unknown means no.
 */
export const purposes = [
  "necessary",
  "preferences",
  "analytics",
  "marketing",
  "mail_tracking",
] as const;
export type Purpose = (typeof purposes)[number];

/** What a visitor may answer about; `necessary` is not a question. */
export type Choices = Record<Exclude<Purpose, "necessary">, boolean>;

/** How the answer was given. `implied` is no value (JPEGR-10). */
export type ConsentMethod = "notice" | "settings" | "site_banner" | "tcf" | "form" | "signal";

/** The answer in force, as both sides know it. */
export interface ConsentState {
  choices: Choices;
  policyVersion: number;
  method: ConsentMethod;
  at: number;
}

/** What the browser signals (header or script): GPC and Do Not Track. */
export interface Signals {
  gpc: boolean;
  dnt: boolean;
}

export interface ConsentAnswer {
  choices: Choices;
  method: ConsentMethod;
  policyVersion: number;
  /** SHA-256 of the text shown, hex. */
  textHash: string;
  language: string;
  /** Sent with a grant of analytics: the number that counts and opens nothing (JIVO-03). */
  analyticsId: string | null;
}
