import { noChoices, type ConsentAnswer, type Signals } from "../../shared/consent.js";
import { saveConsent } from "../../server/consent/save-consent.js";
import { noticeHash, noticeIn } from "../../server/privacy/policies.js";
import { newId, newToken, type Parts } from "./open-parts.js";

export const quiet: Signals = { gpc: false, dnt: false };

/** A browser with a token and an analytics id of its own, before it wrote or answered anything. */
export interface Browser {
  token: string;
  analyticsId: string;
}
export const newBrowser = (): Browser => ({ token: newToken(), analyticsId: newId() });

/** The answer that the panel would send, to the notice in force. */
export async function makeAnswer(
  parts: Parts,
  browser: Browser,
  change: Partial<ConsentAnswer> = {},
): Promise<ConsentAnswer> {
  const { inForce } = await parts.policies.stateOf(parts.site.id);
  return {
    choices: { ...noChoices, analytics: true },
    method: "notice",
    policyVersion: inForce.version,
    textHash: noticeHash(noticeIn(inForce, "en")),
    language: "en",
    analyticsId: browser.analyticsId,
    signals: quiet,
    ofAge: false,
    ...change,
  };
}

/** Sends an answer; grants analytics unless told otherwise. */
export async function answerConsent(
  parts: Parts,
  browser: Browser,
  change: Partial<ConsentAnswer> = {},
  headers: Signals = quiet,
) {
  const answer = await makeAnswer(parts, browser, change);
  const source = {
    token: browser.token,
    address: "203.0.113.9",
    signals: headers,
    formUrl: "https://shop.example/cart",
  };
  return saveConsent(parts.consent, parts.site, source, answer);
}

/** Takes everything back. */
export const withdraw = (parts: Parts, browser: Browser) =>
  answerConsent(parts, browser, { choices: noChoices, method: "settings", analyticsId: null });
