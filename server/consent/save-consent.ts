import {
  noChoices,
  type Choices,
  type ConsentAnswer,
  type ConsentState,
  type Purpose,
  type Signals,
} from "../../shared/consent.js";
import { refuse } from "../errors.js";
import type { Clock } from "../infra/clock.js";
import type { Keys } from "../infra/keys.js";
import type { Chain } from "../privacy/chain.js";
import type { ChainLink } from "../privacy/chain-link.js";
import { noticeHash, noticeIn, type Policies } from "../privacy/policies.js";
import type { Publish } from "../realtime/publish.js";
import type { Site } from "../sites/site.js";
import { findVisitorByToken } from "../visitors/find-visitor.js";
import type { Visitor, VisitorStore } from "../visitors/visitor-store.js";
import { hashToken } from "../visitors/visitor-token.js";
import { presentConsent, type ConsentReader, type CurrentConsent } from "./current-consent.js";
import type { ConsentAction, ConsentRecord, ConsentStore } from "./consent-store.js";
import { encryptAddress } from "./encrypt-address.js";
import { analyticsHash, visitorSubject } from "./subject.js";
import type { SubjectKeyStore } from "./subject-key-store.js";

export interface ConsentDeps {
  clock: Clock;
  keys: Keys;
  consentStore: ConsentStore;
  consents: Chain<ConsentRecord>;
  consentReader: ConsentReader;
  subjectKeys: SubjectKeyStore;
  policies: Policies;
  publish: Pick<Publish, "consentChanged">;
  visitors: VisitorStore;
  /** Notes at the visitor which record is theirs, and whether it forbids every use. */
  noteConsent: (site: string, visitorId: string, seq: number, forbidden: boolean) => Promise<void>;
  /** Removes every row that analytics made of these ids, those on their way included. */
  purgeVisits: (site: string, analyticsHashes: readonly string[]) => Promise<number>;
}

export interface AnswerSource {
  /** The visitor's token: a secret. */
  token: string;
  /** By the server's own word: the peer, or what a trusted proxy says. */
  address: string;
  /** What the headers said. */
  signals: Signals;
  /** Origin and path of the page, where the browser tells. */
  formUrl: string | null;
}

const grantsAnything = (choices: Choices): boolean => Object.values(choices).some(Boolean);

/** The ends at which a record is no longer relied on, and at which its evidence goes. */
export const evidenceDays = (site: Pick<Site, "rules">): number =>
  site.rules.consent.days + site.rules.retention.evidence;

/**
 * Stores an answer with its evidence. A refusal by somebody whom the store does not know leaves
 * nothing. A withdrawal takes effect before it is answered: rows of that purpose are gone, and the
 * pixel's next question is answered no.
 * @throws POLICY_SUPERSEDED, CONSENT_REFUSED, TOKEN_REVOKED, BAD_REQUEST
 */
export async function saveConsent(
  deps: ConsentDeps,
  site: Site,
  source: AnswerSource,
  answer: ConsentAnswer,
): Promise<ConsentState> {
  const visitor = await findVisitorByToken(deps, site, source.token);
  const signals = {
    gpc: source.signals.gpc || answer.signals.gpc,
    dnt: source.signals.dnt || answer.signals.dnt,
  };
  const textHash = await checkAnswer(deps, site, answer);
  const subjectH = visitorSubject(deps.keys, site.id, hashToken(source.token));
  const before = await deps.consentReader.ofSubject(site.id, subjectH);
  if (!grantsAnything(answer.choices) && visitor === null && before === null)
    return unstored(deps.clock.now(), answer, signals);

  const record = await appendConsent(deps, site, subjectH, {
    action: actionOf(before, answer.choices),
    choices: answer.choices,
    restricted: lifted(before?.restricted ?? [], answer.choices),
    method: answer.method,
    policyVersion: answer.policyVersion,
    textHash,
    language: answer.language,
    formUrl: source.formUrl,
    analyticsH:
      answer.choices.analytics && answer.analyticsId !== null
        ? analyticsHash(deps.keys, site.id, answer.analyticsId)
        : null,
    address: source.address,
    signals,
    ofAge: answer.ofAge,
  });
  await settleConsent(deps, site.id, visitor, record);
  return presentConsent(record);
}

/** What an append needs besides place and time. */
export type Evidence = Omit<
  ConsentRecord,
  keyof ChainLink | "subjectH" | "ipEnc" | "gpc" | "dnt"
> & { address: string; signals: Signals };

/** Adds one record of evidence to the site's chain. */
export async function appendConsent(
  deps: Pick<ConsentDeps, "keys" | "clock" | "consents" | "subjectKeys">,
  site: Pick<Site, "id" | "rules">,
  subjectH: string,
  { address, signals, ...evidence }: Evidence,
): Promise<ConsentRecord> {
  const days = evidenceDays(site);
  // A day more than the record, so that the key never goes first.
  const keepUntil = new Date(deps.clock.now() + (days + 1) * 86_400_000);
  const ipEnc = await encryptAddress(deps, site.id, subjectH, address, keepUntil);
  return deps.consents.append(
    site.id,
    { ...evidence, subjectH, ipEnc, gpc: signals.gpc, dnt: signals.dnt },
    days,
  );
}

/** Makes a stored answer take effect everywhere: memory, rows, sockets. */
export async function settleConsent(
  deps: Pick<
    ConsentDeps,
    "consentStore" | "consentReader" | "subjectKeys" | "purgeVisits" | "publish" | "noteConsent"
  >,
  site: string,
  visitor: Pick<Visitor, "id"> | null,
  record: ConsentRecord,
): Promise<void> {
  const history = await deps.consentStore.listOf(site, record.subjectH);
  const ids = new Set(
    history.flatMap(({ analyticsH }) => (analyticsH === null ? [] : [analyticsH])),
  );
  deps.consentReader.forget(site, [...ids]);
  // A restriction leaves what is there, unused; a withdrawal or objection removes it.
  if (!record.choices.analytics && ids.size > 0) await deps.purgeVisits(site, [...ids]);
  if (visitor === null) return;
  await deps.subjectKeys.noteVisitor(site, record.subjectH, visitor.id);
  await deps.noteConsent(site, visitor.id, record.seq, record.restricted.includes("necessary"));
  deps.publish.consentChanged(site, visitor.id, presentConsent(record));
}

/** Returns the hash of the text that was shown, by the server's own copy; null for a banner that is not ours. */
async function checkAnswer(
  deps: Pick<ConsentDeps, "policies">,
  site: Site,
  answer: ConsentAnswer,
): Promise<string | null> {
  const policy = await deps.policies.stateOf(site.id);
  const ours = answer.method === "notice" || answer.method === "settings";
  const shown = policy.all.find(({ version }) => version === answer.policyVersion);
  const textHash =
    ours && shown !== undefined ? noticeHash(noticeIn(shown, answer.language)) : null;
  // Taking back needs no current text: whoever says no is heard.
  if (!grantsAnything(answer.choices)) return textHash;

  if (answer.method === "signal" || answer.method === "form")
    throw refuse("CONSENT_REFUSED", { message: "This way of answering can only refuse." });
  if (shown !== policy.inForce && (shown === undefined || shown !== policy.upcoming))
    throw refuse("POLICY_SUPERSEDED");
  if (ours && textHash !== answer.textHash) throw refuse("POLICY_SUPERSEDED");
  if (site.rules.age.gate && !answer.ofAge)
    throw refuse("CONSENT_REFUSED", { message: "The site asks for the age first." });
  if (answer.choices.analytics && answer.analyticsId === null)
    throw refuse("BAD_REQUEST", { message: 'The field "analyticsId" is missing.' });
  return textHash;
}

function actionOf(before: CurrentConsent | null, choices: Choices): ConsentAction {
  if (grantsAnything(choices)) return "grant";
  return before !== null && grantsAnything(before.state.choices) ? "withdraw" : "refuse";
}

/** A later explicit grant lifts the visitor's own objection to that purpose; nothing lifts one while all is frozen. */
function lifted(restricted: readonly Purpose[], choices: Choices): Purpose[] {
  if (restricted.includes("necessary")) return [...restricted];
  return restricted.filter((purpose) => purpose === "necessary" || !choices[purpose]);
}

function unstored(now: number, answer: ConsentAnswer, signals: Signals): ConsentState {
  return {
    choices: noChoices,
    policyVersion: answer.policyVersion,
    method: answer.method,
    at: now,
    signals,
    ofAge: answer.ofAge,
  };
}
