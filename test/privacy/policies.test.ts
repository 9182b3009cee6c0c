import assert from "node:assert/strict";
import { noChoices } from "../../shared/consent.js";
import { Refusal } from "../../server/errors.js";
import { builtInNotices } from "../../server/privacy/notice-texts.js";
import { noticeHash, noticeIn, weighPolicies } from "../../server/privacy/policies.js";
import { publishPolicy, type PolicyDraft } from "../../server/privacy/publish-policy.js";
import { eraseSubject } from "../../server/privacy/erase-subject.js";
import { ensureVisitor } from "../../server/visitors/ensure-visitor.js";
import type { PageHit } from "../../server/tracking/page-hit.js";
import { answerConsent, newBrowser, quiet, type Browser } from "../support/answer-consent.js";
import { newId, openParts, type Parts } from "../support/open-parts.js";

const dayMs = 86_400_000;
const hasCode = (code: string) => (error: unknown) =>
  error instanceof Refusal && error.code === code;

describe("policies", () => {
  let parts: Parts;
  beforeEach(async () => {
    parts = await openParts();
  });
  afterEach(() => parts.close());

  const draft = (change: Partial<PolicyDraft> = {}): PolicyDraft => ({
    effectiveAt: parts.clock.now() + 30 * dayMs,
    material: true,
    changes: "Photos are kept longer.",
    notices: { en: { title: "May we?", text: "New words." } },
    text: "The whole policy.",
    ...change,
  });
  const publish = (change: Partial<PolicyDraft> = {}) =>
    publishPolicy(
      {
        clock: parts.clock,
        policies: parts.policies,
        policyChain: parts.chains.policies,
        appendAudit: parts.appendAudit,
        announcePolicy: (_site, policy) => {
          parts.asked.push({ verb: "announcePolicy", of: String(policy.version) });
          return Promise.resolve();
        },
      },
      parts.site,
      "operator-1",
      draft(change),
    );
  const view = async (browser: Browser): Promise<number> => {
    const hit: PageHit = {
      ...{ siteKey: parts.site.key, analyticsId: browser.analyticsId, viewId: newId() },
      ...{ path: "/", title: "", referrerHost: "", utm: {}, language: "", userAgent: "" },
      ...{ origin: null, country: "", address: () => "203.0.113.1", signals: quiet },
      at: parts.clock.now(),
    };
    parts.tracking.recorder.take(hit);
    await parts.tracking.recorder.flush();
    return parts.db.collection("visits").countDocuments();
  };

  it("are numbered and chained, and named to the people who are told in advance (JIVO-09)", async () => {
    const record = await publish();
    assert.equal(record.version, 2);
    assert.deepEqual(parts.asked, [{ verb: "announcePolicy", of: "2" }]);
    const notice = await parts.presentNotice(parts.site, "en", quiet);
    assert.equal(notice.policyVersion, 1, "it is not in effect yet");
    assert.deepEqual(notice.upcoming, {
      policyVersion: 2,
      effectiveAt: record.effectiveAt,
      changes: "Photos are kept longer.",
    });
    const report = (await parts.verify(parts.site.id)).find(({ chain }) => chain === "policies");
    assert.deepEqual([report?.ok, report?.records], [true, 1]);
  });

  it("cannot be published without a controller, nor a material change without notice (JPEGR-07, JIVO-09)", async () => {
    await assert.rejects(
      publish({ effectiveAt: parts.clock.now() + 29 * dayMs }),
      hasCode("UNPROCESSABLE"),
    );
    parts.site.controller = { name: "Shop", postalAddress: "", email: "us@shop.example" };
    await assert.rejects(publish(), hasCode("UNPROCESSABLE"));
    assert.equal((await parts.policies.stateOf(parts.site.id)).newest, 1);
  });

  it("make old consent inert from their day on; a renewed one counts before and after (hard test 15)", async () => {
    const [loyal, asleep] = [newBrowser(), newBrowser()];
    await answerConsent(parts, loyal);
    await answerConsent(parts, asleep);
    await publish();
    assert.equal(await view(asleep), 1, "until the day the old consent counts");

    const upcoming = (await parts.policies.stateOf(parts.site.id)).upcoming;
    assert.ok(upcoming);
    await answerConsent(parts, loyal, {
      policyVersion: 2,
      textHash: noticeHash(noticeIn(upcoming, "en")),
    });
    assert.equal(await view(loyal), 2);

    parts.clock.move(30 * dayMs);
    assert.equal(await view(asleep), 2, "from its day on it does not");
    assert.equal(await view(loyal), 3);
    const notice = await parts.presentNotice(parts.site, "en", quiet);
    assert.deepEqual([notice.policyVersion, notice.title, notice.upcoming], [2, "May we?", null]);
  });

  it("refuse the answer of a tab that still shows the old text (hard test 15)", async () => {
    await publish();
    parts.clock.move(30 * dayMs);
    const browser = newBrowser();
    await assert.rejects(
      answerConsent(parts, browser, { policyVersion: 1 }),
      hasCode("POLICY_SUPERSEDED"),
    );
    await answerConsent(parts, browser, {
      policyVersion: 1,
      choices: noChoices,
      analyticsId: null,
    });
    await answerConsent(parts, browser);
    assert.equal(await view(browser), 1);
  });

  it("leave consent alone when the change is not material", async () => {
    const browser = newBrowser();
    await answerConsent(parts, browser);
    await publish({ material: false, effectiveAt: parts.clock.now() });
    assert.equal(await view(browser), 1);
    await assert.rejects(
      answerConsent(parts, newBrowser(), { policyVersion: 1 }),
      hasCode("POLICY_SUPERSEDED"),
    );
  });

  it("may be objected to: earlier data goes, evidence stays (hard test 15)", async () => {
    const browser = newBrowser();
    const visitor = await ensureVisitor(parts, parts.site, browser.token);
    await answerConsent(parts, browser);
    assert.equal(await view(browser), 1);
    await publish();
    await eraseSubject(
      parts.rights,
      parts.site,
      { kind: "visitor", visitor },
      "all",
      "visitor",
      "policy_objection",
    );
    assert.equal(await parts.db.collection("visits").countDocuments(), 0);
    assert.deepEqual(
      (await parts.consent.consentStore.list(parts.site.id, 1, 9)).map(({ action }) => action),
      ["grant", "withdraw"],
    );
    const ledger = await parts.chains.erasures.findLast(parts.site.id);
    assert.equal(ledger?.basis, "policy_objection");
    assert.equal(
      (await parts.verify()).every(({ ok }) => ok),
      true,
    );
  });

  it("fall back to English words, then to any", () => {
    const state = weighPolicies([], 0);
    assert.deepEqual(noticeIn(state.inForce, "de-AT"), builtInNotices["de"]);
    assert.equal(noticeIn(state.inForce, "xx").title, noticeIn(state.inForce, "en").title);
    assert.equal(noticeIn(state.inForce, "constructor").title, noticeIn(state.inForce, "en").title);
  });
});
