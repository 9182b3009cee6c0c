import { noChoices } from "../../shared/consent.js";
import type { Site } from "../sites/site.js";
import { appendConsent, settleConsent, type ConsentDeps } from "./save-consent.js";
import { visitorSubject } from "./subject.js";

export interface ForgetDeps extends ConsentDeps {
  /** Ends the visitor's token and cuts its sockets (the visitors' verb). */
  endToken: (site: string, tokenHash: string) => Promise<void>;
}

/**
 * "Forget this device" (JIVO-11): the token ends, its sockets are cut, what analytics recorded goes,
 * and the consent is withdrawn. The conversation stays with the operators for its period; to erase
 * it too is the visitor's right at the privacy page.
 */
export async function forgetDevice(deps: ForgetDeps, site: Site, tokenHash: string): Promise<void> {
  const subjectH = visitorSubject(deps.keys, site.id, tokenHash);
  const current = await deps.consentReader.ofSubject(site.id, subjectH);
  if (current !== null && Object.values(current.state.choices).some(Boolean)) {
    const record = await appendConsent(deps, site, subjectH, {
      action: "withdraw",
      choices: noChoices,
      restricted: current.restricted,
      method: "settings",
      policyVersion: current.state.policyVersion,
      textHash: null,
      language: "",
      formUrl: null,
      analyticsH: null,
      address: "",
      signals: { gpc: false, dnt: false },
      ofAge: current.state.ofAge,
    });
    await settleConsent(deps, site.id, null, record);
  }
  await deps.endToken(site.id, tokenHash);
}
