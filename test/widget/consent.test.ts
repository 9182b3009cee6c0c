import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import fc from "fast-check";
import {
  consentMethods,
  noChoices,
  type ConsentAnswer,
  type ConsentState,
  type Signals,
} from "../../shared/consent.js";
import type { PanelNotice } from "../../shared/wire.js";
import { makeConsentClient, type ConsentClient } from "../../widget/consent/consent-client.js";
import { formatAnswer, parseAnswer } from "../../widget/consent/consent-cookie.js";
import { isAsked } from "../../widget/consent/is-asked.js";
import { mayCount } from "../../widget/consent/may-count.js";
import { readTcf } from "../../widget/consent/watch-tcf.js";
import { RequestFailure, type ServerRequests } from "../../widget/net/server-requests.js";
import { makeIdentity, type Identity } from "../../widget/state/identity.js";
import { FakeJar } from "./fake-jar.js";

const now = 1_763_700_000_000;
const crypto = webcrypto as Crypto;
const plain = { noNullPrototype: true } as const;
const notice: PanelNotice = {
  place: "panel",
  policyVersion: 3,
  title: "May we count your page views?",
  text: "…",
  policyUrl: "",
  textHash: "f".repeat(64),
  age: null,
  upcoming: null,
  signals: { gpc: false, dnt: false },
};

describe("the consent cookie", () => {
  it("gives back every answer that was put in, the language only with preferences", () => {
    fc.assert(
      fc.property(
        fc.record(
          {
            choices: fc.record(
              {
                preferences: fc.boolean(),
                analytics: fc.boolean(),
                marketing: fc.boolean(),
                mail_tracking: fc.boolean(),
              },
              plain,
            ),
            policyVersion: fc.nat(),
            method: fc.constantFrom(...consentMethods),
            at: fc.integer({ min: 0, max: 4e12 }),
            signals: fc.record({ gpc: fc.boolean(), dnt: fc.boolean() }, plain),
            ofAge: fc.boolean(),
          },
          plain,
        ),
        fc.boolean(),
        fc.constantFrom("", "de", "zh-Hant"),
        fc.boolean(),
        (consent, reported, language, usage) => {
          const kept = parseAnswer(formatAnswer({ consent, reported, language, usage }));
          assert.deepEqual(kept, {
            consent,
            reported,
            usage,
            language: consent.choices.preferences ? language : "",
          });
        },
      ),
    );
  });

  it("is no answer when it is anything else", () => {
    for (const text of ["", "a", "a.1.implied.1.0.0.1.", "x.1.notice.1.0.0.1.", "a.1.notice.1.0.0"])
      assert.equal(parseAnswer(text), null, text);
  });
});

describe("the visitor's answer", () => {
  let jar: FakeJar;
  let identity: Identity;
  let consent: ConsentClient;
  let posted: { token: string; answer: ConsentAnswer }[];
  let failure: RequestFailure | null;
  let superseded: number;
  let offline: boolean;

  const make = (signals: Signals = { gpc: false, dnt: false }): void => {
    identity = makeIdentity(jar, crypto, () => consent.storeNothing.value);
    const requests: Pick<ServerRequests, "answerConsent"> = {
      answerConsent: (token, answer) => {
        posted.push({ token, answer });
        if (failure) return Promise.reject(failure);
        const { choices, method, policyVersion, ofAge } = answer;
        return Promise.resolve({
          ...{ choices, method, policyVersion, ofAge, at: now },
          signals: answer.signals,
        });
      },
    };
    consent = makeConsentClient({
      ...{ jar, identity, signals, random: crypto, now: () => now },
      requests: requests as ServerRequests,
      notice: () => (offline ? Promise.reject(new Error("off line")) : Promise.resolve(notice)),
      language: () => "en",
      changed: () => {},
      superseded: () => (superseded += 1),
    });
  };
  const analytics = { ...noChoices, analytics: true };
  const beginChat = (): void => void identity.keep({ begun: true, days: consent.days() });

  beforeEach(() => {
    jar = new FakeJar();
    posted = [];
    failure = null;
    superseded = 0;
    offline = false;
    make();
  });

  it("JIVO-01: nothing is kept before an answer, and a chat keeps one session cookie", () => {
    assert.deepEqual(jar.lives, {});
    beginChat();
    assert.deepEqual(jar.lives, { porchlight_chat: 0 });
  });

  it("a refusal leaves a session cookie that holds only the refusal, and tells nobody of a stranger", async () => {
    assert.equal(await consent.answer(noChoices, "notice"), "saved");
    assert.deepEqual(jar.lives, { porchlight_consent: 0 });
    assert.deepEqual(posted, []);
    assert.equal(consent.analyticsAllowed.value, false);
    assert.equal(isAsked(consent, notice), false);
  });

  it("a refusal given before the first message is reported once there is a visitor", async () => {
    await consent.answer(noChoices, "notice");
    await consent.report();
    assert.equal(posted.length, 0);
    beginChat();
    await consent.report();
    await consent.report();
    assert.equal(posted.length, 1);
    assert.equal(posted.at(0)?.token, identity.kept());
    assert.equal(posted.at(0)?.answer.textHash, notice.textHash);
  });

  it("a grant of analytics keeps token and analytics id for the session, and sends both", async () => {
    assert.equal(await consent.answer(analytics, "notice"), "saved");
    assert.deepEqual(jar.lives, { porchlight_aid: 0, porchlight_chat: 0, porchlight_consent: 0 });
    assert.equal(posted.at(0)?.answer.analyticsId, jar.read("porchlight_aid"));
    assert.equal(posted.at(0)?.token, identity.kept());
    assert.equal(identity.begun(), false, "a grant alone is no conversation");
    assert.equal(consent.analyticsAllowed.value, true);
  });

  it("JIVO-01: preferences make the same cookies last 180 days, and giving them up ends that", async () => {
    beginChat();
    await consent.answer({ ...analytics, preferences: true }, "settings");
    consent.chooseLanguage("de");
    assert.deepEqual(jar.lives, {
      porchlight_aid: 180,
      porchlight_chat: 180,
      porchlight_consent: 180,
    });
    make();
    assert.equal(consent.language.value, "de", "the language survives a restart");
    jar.cookies.forEach((cookie) => (cookie.days = 100));
    consent.renew();
    assert.equal(jar.lives["porchlight_chat"], 180, "renewed at each visit");
    await consent.answer(analytics, "settings");
    assert.deepEqual(jar.lives, { porchlight_aid: 0, porchlight_chat: 0, porchlight_consent: 0 });
  });

  it("a grant counts only when the server has it", async () => {
    failure = new RequestFailure("NETWORK", "");
    assert.equal(await consent.answer(analytics, "notice"), "failed");
    assert.equal(consent.analyticsAllowed.value, false);
    assert.deepEqual(jar.lives, {});
    failure = new RequestFailure("CONSENT_REFUSED", "");
    assert.equal(await consent.answer(analytics, "notice"), "refused");
    failure = new RequestFailure("POLICY_SUPERSEDED", "");
    assert.equal(await consent.answer(analytics, "notice"), "superseded");
    assert.equal(superseded, 1, "the new policy is fetched");
    assert.deepEqual(jar.lives, {});
  });

  it("a withdrawal holds at once, whatever the network does, and is reported when it can be", async () => {
    await consent.answer(analytics, "notice");
    failure = new RequestFailure("NETWORK", "");
    await consent.answer(noChoices, "settings");
    assert.equal(consent.analyticsAllowed.value, false);
    assert.equal(jar.read("porchlight_aid"), "");
    assert.notEqual(identity.kept(), null, "the evidence hangs on it until the server knows");
    failure = null;
    make();
    await consent.report();
    assert.equal(posted.at(-1)?.answer.choices.analytics, false);
    assert.deepEqual(jar.lives, { porchlight_consent: 0 });
  });

  it("a withdrawal holds even where the site cannot be asked what its policy is", async () => {
    await consent.answer(analytics, "notice");
    offline = true;
    assert.equal(await consent.answer(noChoices, "settings"), "failed");
    assert.equal(consent.analyticsAllowed.value, false);
    assert.equal(jar.read("porchlight_aid"), "");
  });

  it("withdraws one purpose at once while another is still being granted", async () => {
    await consent.answer(analytics, "notice");
    failure = new RequestFailure("NETWORK", "");
    await consent.answer({ ...noChoices, preferences: true }, "settings");
    assert.equal(consent.analyticsAllowed.value, false);
    assert.equal(consent.state.value?.choices.preferences, false);
  });

  it("counts under another id after a withdrawal and a new grant", async () => {
    await consent.answer(analytics, "notice");
    const before = jar.read("porchlight_aid");
    await consent.answer(noChoices, "settings");
    await consent.answer(analytics, "settings");
    assert.match(jar.read("porchlight_aid"), /^[\w-]{22}$/);
    assert.notEqual(jar.read("porchlight_aid"), before);
  });

  it("XIM-01: a signal that only a header carried ends counting, and a grant in its sight stands", async () => {
    await consent.answer(analytics, "notice");
    consent.seen({ gpc: true, dnt: false });
    assert.equal(consent.analyticsAllowed.value, false);
    consent.seen({ gpc: false, dnt: false });
    assert.equal(consent.signals.value.gpc, true, "its absence later grants nothing");
    await consent.answer(analytics, "notice");
    assert.deepEqual(posted.at(-1)?.answer.signals, { gpc: true, dnt: false });
    assert.equal(consent.analyticsAllowed.value, true);
  });

  it("JMINI-03: the switch for buttons and errors is off until chosen, kept with the answer, and gone with it", async () => {
    assert.equal(consent.usage.value, false);
    consent.usage.value = true;
    await consent.answer(noChoices, "settings");
    make();
    assert.equal(consent.usage.value, true);
    consent.clear();
    make();
    assert.equal(consent.usage.value, false);
  });

  it("asks again when the policy is newer than the answer", async () => {
    await consent.answer(noChoices, "notice");
    assert.equal(isAsked(consent, notice), false);
    assert.equal(isAsked(consent, { ...notice, policyVersion: 4 }), true);
  });

  it('JIVO-01: "store nothing" leaves no cookie and takes back what was granted', async () => {
    beginChat();
    await consent.answer({ ...analytics, preferences: true }, "settings");
    const token = identity.token();
    consent.setStoreNothing(true);
    await new Promise((done) => setImmediate(done));
    assert.deepEqual(jar.lives, {});
    assert.equal(consent.analyticsAllowed.value, false);
    assert.equal(posted.at(-1)?.answer.choices.analytics, false);
    assert.equal(identity.token(), token, "the chat goes on in memory");
    assert.equal(identity.keep({ begun: true, days: 0 }), false);
    assert.deepEqual(jar.lives, {});
  });

  it("a browser that refuses cookies keeps nothing, and the answer holds for the page", async () => {
    jar.refuses = true;
    await consent.answer(noChoices, "notice");
    consent.reread();
    assert.equal(isAsked(consent, notice), false);
    assert.deepEqual(jar.lives, {});
  });

  it("follows another tab: its withdrawal ends counting here", async () => {
    await consent.answer(analytics, "notice");
    jar.clear("porchlight_aid");
    const refused: ConsentState = { ...(consent.state.value as ConsentState), choices: noChoices };
    jar.write(
      "porchlight_consent",
      formatAnswer({ consent: refused, reported: true, language: "", usage: false }),
      0,
    );
    consent.reread();
    assert.equal(consent.analyticsAllowed.value, false);
  });
});

describe("the client's gate", () => {
  const granted: ConsentState = {
    choices: { ...noChoices, analytics: true },
    policyVersion: 3,
    method: "notice",
    at: now - 1000,
    signals: { gpc: false, dnt: false },
    ofAge: false,
  };
  const none: Signals = { gpc: false, dnt: false };

  it("lets a page view through only with a grant, and XIM-01: not under a later signal", () => {
    assert.equal(mayCount(granted, "analytics", none, now), true);
    assert.equal(mayCount(null, "analytics", none, now), false);
    assert.equal(mayCount({ ...granted, choices: noChoices }, "analytics", none, now), false);
    assert.equal(mayCount(granted, "analytics", { gpc: true, dnt: false }, now), false);
    assert.equal(mayCount(granted, "analytics", { gpc: false, dnt: true }, now), false);
  });

  it("lets it through again when the grant was given in sight of the signal", () => {
    const signals = { gpc: true, dnt: false };
    assert.equal(mayCount({ ...granted, signals }, "analytics", signals, now), true);
  });

  it("reads a TCF answer as yes only where purposes 1 and 8 are both granted", () => {
    assert.equal(readTcf({ purpose: { consents: { 1: true, 8: true } } }).analytics, true);
    for (const consents of [{ 1: true }, { 8: true }, { 1: true, 8: false }, {}])
      assert.deepEqual(readTcf({ purpose: { consents } }), noChoices);
    assert.deepEqual(readTcf({}), noChoices);
  });
});
