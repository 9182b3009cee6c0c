import { computed, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import {
  noChoices,
  type Choices,
  type ConsentAnswer,
  type ConsentMethod,
  type ConsentState,
  type Signals,
} from "../../shared/consent.js";
import { idPattern, makeId } from "../../shared/ids.js";
import type { PanelNotice } from "../../shared/wire.js";
import { RequestFailure, type ServerRequests } from "../net/server-requests.js";
import { keptDays, type CookieJar } from "../net/visitor-cookies.js";
import type { Identity } from "../state/identity.js";
import { formatAnswer, parseAnswer } from "./consent-cookie.js";
import { mayCount } from "./may-count.js";

/**
 * The visitor's answer on this side: what the cookies hold, what the server was told.
 * A refusal or withdrawal holds here at once and is reported after; a grant counts only when the
 * server has it, so that nothing is counted that has no evidence.
 */
export interface ConsentClient {
  state: ReadonlySignal<ConsentState | null>;
  /** What this browser asks for, by script or by header. */
  signals: ReadonlySignal<Signals>;
  /** The server saw these in a header. */
  seen: (signals: Signals) => void;
  /** The visitor's switch for counts of the panel's own buttons and errors (JMINI-03): off until chosen. */
  usage: Signal<boolean>;
  /** The visitor chose that this browser keeps nothing at all. */
  storeNothing: Signal<boolean>;
  /** Chosen in the menu; empty for the site's. */
  language: ReadonlySignal<string>;
  analyticsAllowed: ReadonlySignal<boolean>;
  analyticsId: () => string;
  /** Days a cookie lives: 0 ends with the browser. */
  days: () => number;
  /** The age question was answered with yes; memory only, unless an answer is kept anyway. */
  ofAge: Signal<boolean>;
  answer: (choices: Choices, method: ConsentMethod) => Promise<AnswerResult>;
  /** A visitor came to exist: an answer given before is now worth reporting. */
  report: () => Promise<void>;
  chooseLanguage: (language: string) => void;
  setStoreNothing: (on: boolean) => void;
  /** The server says what is in force (another device, a purged purpose). */
  adopt: (consent: ConsentState | null) => void;
  /** Another tab changed the cookies, or this one slept. */
  reread: () => void;
  /** Moves the end of persistent cookies: once a visit. */
  renew: () => void;
  clear: () => void;
}

export type AnswerResult = "saved" | "superseded" | "refused" | "failed";

export interface ConsentDeps {
  jar: CookieJar;
  identity: Identity;
  requests: ServerRequests;
  signals: Signals;
  random: Crypto;
  now: () => number;
  notice: () => Promise<PanelNotice>;
  language: () => string;
  changed: () => void;
  /** The policy that was answered is not in force any more: its successor has to be fetched. */
  superseded: () => void;
}

export function makeConsentClient(deps: ConsentDeps): ConsentClient {
  const { jar, identity } = deps;
  const first = parseAnswer(jar.read("porchlight_consent"));
  const state = signal<ConsentState | null>(first?.consent ?? null);
  const signals = signal(deps.signals);
  const usage = signal(first?.usage ?? false);
  const language = signal(first?.language ?? "");
  const storeNothing = signal(false);
  const ofAge = signal(first?.consent.ofAge ?? false);
  let reported = first?.reported ?? false;

  const days = (): number => (state.value?.choices.preferences === true ? keptDays : 0);
  const analyticsAllowed = computed(() =>
    mayCount(state.value, "analytics", signals.value, deps.now()),
  );

  /** Brings every cookie in line with what is allowed now. */
  const writeCookies = (): void => {
    const consent = state.value;
    if (consent?.choices.analytics !== true) memoryId = "";
    if (storeNothing.value || consent === null) {
      jar.clear("porchlight_consent", "porchlight_aid");
      if (storeNothing.value) jar.clear("porchlight_chat");
      return;
    }
    const answer = { consent, reported, language: language.value, usage: usage.value };
    jar.write("porchlight_consent", formatAnswer(answer), days());
    if (consent.choices.analytics) jar.write("porchlight_aid", analyticsId(), days());
    else jar.clear("porchlight_aid");
    // Without a conversation only a grant needs the token.
    if (identity.begun() || grants(consent.choices)) identity.keep({ begun: false, days: days() });
    // A refusal that the server has not heard of yet keeps it until then.
    else if (reported || identity.kept() === null) jar.clear("porchlight_chat");
  };
  const analyticsId = (): string => {
    const kept = jar.read("porchlight_aid");
    if (idPattern.test(kept)) return kept;
    memoryId ||= makeId((bytes) => deps.random.getRandomValues(bytes));
    return memoryId;
  };
  /** Until its cookie is written, and where no cookie can be. */
  let memoryId = "";
  const apply = (consent: ConsentState | null, isReported: boolean): void => {
    state.value = consent;
    reported = isReported;
    writeCookies();
    deps.changed();
  };

  const post = async (
    token: string,
    consent: ConsentState,
    notice: PanelNotice,
  ): Promise<AnswerResult> => {
    const answer: ConsentAnswer = {
      choices: consent.choices,
      method: consent.method,
      policyVersion: consent.policyVersion,
      textHash: notice.textHash,
      language: deps.language(),
      analyticsId: consent.choices.analytics ? analyticsId() : null,
      signals: consent.signals,
      ofAge: consent.ofAge,
    };
    try {
      const inForce = await deps.requests.answerConsent(token, answer);
      apply(inForce ?? consent, true);
      return "saved";
    } catch (error) {
      const code = error instanceof RequestFailure ? error.code : "INTERNAL";
      if (code === "POLICY_SUPERSEDED") {
        deps.superseded();
        return "superseded";
      }
      return code === "CONSENT_REFUSED" ? "refused" : "failed";
    }
  };
  const answer: ConsentClient["answer"] = async (choices, method) => {
    const before = state.value;
    // The token that the evidence hangs on, before a refusal clears its cookie.
    const known = identity.kept();
    // What was taken back ends now, whatever becomes of the rest.
    if (before) apply({ ...before, choices: both(before.choices, choices) }, false);
    let notice: PanelNotice;
    try {
      notice = await deps.notice();
    } catch {
      return "failed";
    }
    const consent: ConsentState = {
      choices,
      policyVersion: notice.policyVersion,
      method,
      at: deps.now(),
      signals: signals.value,
      ofAge: ofAge.value,
    };
    if (grants(choices)) return post(known ?? identity.token(), consent, notice);
    apply(consent, false);
    return known === null ? "saved" : post(known, consent, notice);
  };

  return {
    state,
    signals,
    seen({ gpc, dnt }) {
      const { value } = signals;
      if ((gpc && !value.gpc) || (dnt && !value.dnt))
        signals.value = { gpc: gpc || value.gpc, dnt: dnt || value.dnt };
    },
    usage,
    storeNothing,
    ofAge,
    language,
    analyticsAllowed,
    analyticsId,
    days,
    answer,
    async report() {
      const token = identity.kept();
      const consent = state.value;
      if (reported || token === null || consent === null) return;
      await post(token, consent, await deps.notice());
    },
    chooseLanguage(chosen) {
      language.value = chosen;
      writeCookies();
    },
    setStoreNothing(on) {
      // What was granted needs storage, so it is taken back, and the server hears of it.
      if (on && state.value && grants(state.value.choices)) void answer(noChoices, "settings");
      storeNothing.value = on;
      writeCookies();
      deps.changed();
    },
    adopt(consent) {
      apply(consent, true);
    },
    reread() {
      if (storeNothing.value) return;
      const kept = parseAnswer(jar.read("porchlight_consent"));
      // A browser without cookies keeps the answer in memory only.
      if (kept === null && !jar.works()) return;
      state.value = kept?.consent ?? null;
      reported = kept?.reported ?? false;
      language.value = kept?.language ?? language.value;
      usage.value = kept?.usage ?? false;
    },
    renew() {
      if (days() > 0) writeCookies();
    },
    clear() {
      usage.value = false;
      apply(null, false);
    },
  };
}

export function grants(choices: Choices): boolean {
  return Object.values(choices).includes(true);
}

function both(a: Choices, b: Choices): Choices {
  return {
    preferences: a.preferences && b.preferences,
    analytics: a.analytics && b.analytics,
    marketing: a.marketing && b.marketing,
    mail_tracking: a.mail_tracking && b.mail_tracking,
  };
}
