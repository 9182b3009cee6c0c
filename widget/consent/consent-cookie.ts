import { consentMethods, type Choices, type ConsentState } from "../../shared/consent.js";

/**
 * The answer as the cookie `porchlight_consent` keeps it, so that the gate can be asked before
 * anything was fetched: `CHOICES.POLICY.METHOD.AT.SIGNALS.AGE.REPORTED.LANGUAGE`, e.g.
 * `a.1.notice.mi8xq0.0.0.1.`; `.u` at its end where the panel's own buttons may be counted. Pure.
 */
export interface KeptAnswer {
  consent: ConsentState;
  /** The server has it, or has nobody to keep it for. */
  reported: boolean;
  /** Chosen in the menu; kept only with `preferences`. Empty: the site's language. */
  language: string;
  /** The switch of JMINI-03 is on. */
  usage: boolean;
}

const letters: readonly (readonly [keyof Choices, string])[] = [
  ["preferences", "p"],
  ["analytics", "a"],
  ["marketing", "m"],
  ["mail_tracking", "t"],
];

export function formatAnswer({ consent, reported, language, usage }: KeptAnswer): string {
  const chosen = letters.map(([purpose, letter]) => (consent.choices[purpose] ? letter : ""));
  const signals = (consent.signals.gpc ? "g" : "") + (consent.signals.dnt ? "d" : "");
  return [
    chosen.join("") || "0",
    consent.policyVersion,
    consent.method,
    consent.at.toString(36),
    signals || "0",
    consent.ofAge ? 1 : 0,
    reported ? 1 : 0,
    consent.choices.preferences ? language : "",
    ...(usage ? ["u"] : []),
  ].join(".");
}

/** Null for anything that this version did not write: an unreadable answer is no answer. */
export function parseAnswer(cookie: string): KeptAnswer | null {
  const match =
    /^(0|p?a?m?t?)\.(\d+)\.([a-z_]+)\.([0-9a-z]+)\.(0|g?d?)\.([01])\.([01])\.([A-Za-z-]*)(\.u)?$/.exec(
      cookie,
    );
  const method = consentMethods.find((one) => one === match?.[3]);
  if (!match || !method) return null;
  const [
    ,
    chosen = "",
    policyVersion,
    ,
    at = "",
    signals = "",
    ofAge,
    reported,
    language = "",
    usage,
  ] = match;
  return {
    consent: {
      choices: {
        preferences: chosen.includes("p"),
        analytics: chosen.includes("a"),
        marketing: chosen.includes("m"),
        mail_tracking: chosen.includes("t"),
      },
      policyVersion: Number(policyVersion),
      method,
      at: Number.parseInt(at, 36),
      signals: { gpc: signals.includes("g"), dnt: signals.includes("d") },
      ofAge: ofAge === "1",
    },
    reported: reported === "1",
    language,
    usage: usage !== undefined,
  };
}
