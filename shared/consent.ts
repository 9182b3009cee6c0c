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
export const consentMethods = [
  "notice",
  "settings",
  "site_banner",
  "tcf",
  "form",
  "signal",
] as const;
export type ConsentMethod = (typeof consentMethods)[number];

/** What the browser signals (header or script): GPC and Do Not Track. */
export interface Signals {
  gpc: boolean;
  dnt: boolean;
}

/** The answer in force, as both sides know it. */
export interface ConsentState {
  choices: Choices;
  policyVersion: number;
  method: ConsentMethod;
  at: number;
  /** What the browser signalled while the answer was given: only a grant given under a signal outweighs it. */
  signals: Signals;
  /** The age question was answered with yes. False where it was never asked. */
  ofAge: boolean;
}

export interface ConsentAnswer {
  choices: Choices;
  method: ConsentMethod;
  policyVersion: number;
  /** SHA-256 of the text shown, hex: `PanelNotice.textHash`, sent back. */
  textHash: string;
  language: string;
  /** Sent with a grant of analytics: the number that counts and opens nothing (JIVO-03). */
  analyticsId: string | null;
  /** What scripts see; the server adds what the headers say. */
  signals: Signals;
  /** True only when the age question was shown and answered with yes. */
  ofAge: boolean;
}

/** What holds on the site at this moment; a consent is weighed against it. */
export interface ConsentTerms {
  now: number;
  /** The oldest policy version whose consent still counts: the last material change in effect. */
  policyFloor: number;
  /** The newest version ever published; a consent to a later one is a lie. */
  policyNewest: number;
  /** Days after which an answer is asked for again. */
  consentDays: number;
  /** The site asks for the age before it records anything that is not necessary. */
  ageGate: boolean;
  /** Purposes that the site has switched on at all. */
  enabled: Readonly<Record<Exclude<Purpose, "necessary">, boolean>>;
  /** Purposes this visitor objected to (JPEGR-08). */
  restricted: readonly Purpose[];
}

export type Verdict =
  { allowed: true; reason: "necessary" | "granted" } | { allowed: false; reason: RefusalReason };

export type RefusalReason =
  | "unknown_purpose"
  | "site_off"
  | "restricted"
  | "unanswered"
  | "refused"
  | "not_explicit"
  | "gpc"
  | "dnt"
  | "age"
  | "expired"
  | "not_yet"
  | "policy_superseded"
  | "policy_unknown";

const dayMs = 86_400_000;
/** Clocks of two nodes may differ this much before an answer counts as coming from the future. */
const skewMs = 60_000;

const no = (reason: RefusalReason): Verdict => ({ allowed: false, reason });

/**
 * Whether something may be recorded for a purpose. Every condition has to hold by itself; none of
 * them can be made up for by another, and what is not known counts against recording.
 */
export function mayTrack(
  consent: ConsentState | null,
  purpose: Purpose,
  signals: Signals,
  terms: ConsentTerms,
): Verdict {
  if (!purposes.includes(purpose)) return no("unknown_purpose");
  if (terms.restricted.includes(purpose)) return no("restricted");
  if (purpose === "necessary") return { allowed: true, reason: "necessary" };
  if (!terms.enabled[purpose]) return no("site_off");
  if (consent === null) return no(signals.gpc ? "gpc" : signals.dnt ? "dnt" : "unanswered");
  if (!consent.choices[purpose]) return no("refused");
  if (consent.method === "signal" || !consentMethods.includes(consent.method))
    return no("not_explicit");
  // A signal that came after the answer outweighs it; an answer given in its sight stands.
  if (signals.gpc && !consent.signals.gpc) return no("gpc");
  if (signals.dnt && !consent.signals.dnt) return no("dnt");
  if (terms.ageGate && !consent.ofAge) return no("age");
  if (!(consent.policyVersion >= terms.policyFloor)) return no("policy_superseded");
  if (!(consent.policyVersion <= terms.policyNewest)) return no("policy_unknown");
  if (!(terms.now - consent.at < terms.consentDays * dayMs)) return no("expired");
  if (!(consent.at <= terms.now + skewMs)) return no("not_yet");
  return { allowed: true, reason: "granted" };
}

/** Nothing allowed: what holds before an answer, and after a withdrawal of everything. */
export const noChoices: Choices = {
  preferences: false,
  analytics: false,
  marketing: false,
  mail_tracking: false,
};

/**
 * Whether a conversation may begin: where the site asks for the age, only a yes opens it (JMINI-08).
 * Nothing is stored for anybody else.
 */
export function mayStart(rules: { age: { gate: boolean } }, ofAge: boolean | undefined): boolean {
  return !rules.age.gate || ofAge === true;
}
