import assert from "node:assert/strict";
import { noChoices } from "../../shared/consent.js";
import { Refusal } from "../../server/errors.js";
import { decryptAddress } from "../../server/consent/encrypt-address.js";
import { visitorSubject } from "../../server/consent/subject.js";
import { ensureVisitor } from "../../server/visitors/ensure-visitor.js";
import { forgetDevice } from "../../server/consent/forget-device.js";
import { hashToken } from "../../server/visitors/visitor-token.js";
import {
  answerConsent,
  makeAnswer,
  newBrowser,
  quiet,
  withdraw,
} from "../support/answer-consent.js";
import { newId, openParts, type Parts } from "../support/open-parts.js";

const hasCode = (code: string) => (error: unknown) =>
  error instanceof Refusal && error.code === code;

describe("saveConsent", () => {
  let parts: Parts;
  beforeEach(async () => {
    parts = await openParts();
  });
  afterEach(() => parts.close());
  const records = () => parts.consent.consentStore.list(parts.site.id, 1, 100);

  it("stores a grant with its evidence: server's time, sealed address, hash of the text, page (XIM-02)", async () => {
    const browser = newBrowser();
    const state = await answerConsent(parts, browser);
    assert.equal(state.choices.analytics, true);
    assert.equal(state.at, parts.clock.now());
    const [record] = await records();
    assert.ok(record);
    assert.equal(record.action, "grant");
    assert.equal(record.formUrl, "https://shop.example/cart");
    assert.match(record.textHash ?? "", /^[0-9a-f]{64}$/);
    assert.equal(JSON.stringify(record).includes("203.0.113.9"), false);
    assert.equal(JSON.stringify(record).includes(browser.analyticsId), false);
    assert.equal(JSON.stringify(record).includes(browser.token), false);
    const address = await decryptAddress(
      parts.consent,
      parts.site.id,
      record.subjectH,
      record.ipEnc,
    );
    assert.equal(address, "203.0.113.9");
  });

  it("makes the address unreadable once the subject's key is shredded, and the chain still holds", async () => {
    await answerConsent(parts, newBrowser());
    const [record] = await records();
    assert.ok(record);
    assert.equal(await parts.consent.subjectKeys.delete(parts.site.id, record.subjectH), true);
    const address = await decryptAddress(
      parts.consent,
      parts.site.id,
      record.subjectH,
      record.ipEnc,
    );
    assert.equal(address, null);
  });

  it("keeps nothing of a refusal by somebody who never wrote, and a record where a visitor exists", async () => {
    const stranger = newBrowser();
    const state = await answerConsent(parts, stranger, { choices: noChoices, analyticsId: null });
    assert.deepEqual(state.choices, noChoices);
    assert.equal((await records()).length, 0);
    assert.equal(await parts.db.collection("subject_keys").countDocuments(), 0);

    const writer = newBrowser();
    const visitor = await ensureVisitor(parts, parts.site, writer.token);
    await answerConsent(parts, writer, { choices: noChoices, analyticsId: null });
    assert.deepEqual(
      (await records()).map(({ action }) => action),
      ["refuse"],
    );
    assert.equal((await parts.visitors.find(parts.site.id, visitor.id))?.consentSeq, 1);
    assert.deepEqual(
      parts.told.consents.map(({ visitorId }) => visitorId),
      [visitor.id],
    );
  });

  it("never lets a client set the time, the address or an unknown method (XIM-02, JPEGR-10)", async () => {
    await answerConsent(parts, newBrowser());
    const [stored] = await records();
    assert.ok(stored);
    await assert.rejects(
      parts.consent.consentStore.insert(
        Object.assign({ ...stored, seq: 2 }, { method: "implied" }),
      ),
      /implied/,
    );
    assert.equal((await records()).length, 1);
  });

  it("refuses a grant for a superseded or invented policy version, and always takes a withdrawal (hard test 15)", async () => {
    const browser = newBrowser();
    await answerConsent(parts, browser);
    for (const policyVersion of [0, 2, 99]) {
      await assert.rejects(
        answerConsent(parts, browser, { policyVersion }),
        hasCode("POLICY_SUPERSEDED"),
      );
    }
    await assert.rejects(
      answerConsent(parts, browser, { textHash: "0".repeat(64) }),
      hasCode("POLICY_SUPERSEDED"),
    );
    const state = await answerConsent(parts, browser, {
      policyVersion: 0,
      choices: noChoices,
      textHash: "",
      analyticsId: null,
    });
    assert.equal(state.choices.analytics, false);
    assert.deepEqual(
      (await records()).map(({ action }) => action),
      ["grant", "withdraw"],
    );
  });

  it("lets a signal only refuse, and asks for the id that analytics counts with", async () => {
    const browser = newBrowser();
    await assert.rejects(
      answerConsent(parts, browser, { method: "signal" }),
      hasCode("CONSENT_REFUSED"),
    );
    await assert.rejects(
      answerConsent(parts, browser, { analyticsId: null }),
      hasCode("BAD_REQUEST"),
    );
    assert.equal((await records()).length, 0);
  });

  it("asks for the age first where the site does (JMINI-08)", async () => {
    parts.setRules((rules) => {
      rules.age.gate = true;
    });
    const browser = newBrowser();
    await assert.rejects(answerConsent(parts, browser), hasCode("CONSENT_REFUSED"));
    assert.equal((await records()).length, 0);
    const state = await answerConsent(parts, browser, { ofAge: true });
    assert.equal(state.ofAge, true);
  });

  it("counts a grant as given in sight of a signal only where our own notice asked", async () => {
    const gpc = { gpc: true, dnt: false };
    const ours = await answerConsent(parts, newBrowser(), {}, gpc);
    assert.equal(ours.signals.gpc, true);
    const banner = await answerConsent(parts, newBrowser(), { method: "site_banner" }, gpc);
    assert.equal(banner.signals.gpc, false);
    assert.equal(
      (await records()).every((record) => record.gpc),
      true,
    );
  });

  it("answers the pixel's question from the newest answer, at once", async () => {
    const browser = newBrowser();
    const ask = async () => {
      const { analyticsHash } = await import("../../server/consent/subject.js");
      return parts.consent.consentReader.ofAnalytics(
        parts.site.id,
        analyticsHash(parts.keys, parts.site.id, browser.analyticsId),
      );
    };
    assert.equal(await ask(), null);
    await answerConsent(parts, browser);
    assert.equal((await ask())?.state.choices.analytics, true);
    await withdraw(parts, browser);
    assert.equal(await ask(), null);
    const renewed = { ...browser, analyticsId: newId() };
    await answerConsent(parts, renewed);
    assert.equal(await ask(), null, "an id from before the withdrawal stays dead");
  });

  it("forgets a device: the token ends, the sockets are cut, the consent is withdrawn (JIVO-11)", async () => {
    const browser = newBrowser();
    const visitor = await ensureVisitor(parts, parts.site, browser.token);
    await answerConsent(parts, browser);
    await forgetDevice(parts.consent, parts.site, hashToken(browser.token));
    assert.deepEqual(parts.told.revoked, [visitor.id]);
    await assert.rejects(answerConsent(parts, browser), hasCode("TOKEN_REVOKED"));
    await assert.rejects(ensureVisitor(parts, parts.site, browser.token), hasCode("TOKEN_REVOKED"));
    const subjectH = visitorSubject(parts.keys, parts.site.id, hashToken(browser.token));
    const current = await parts.consent.consentReader.ofSubject(parts.site.id, subjectH);
    assert.deepEqual(current?.state.choices, noChoices);
  });

  it("puts the script's signals beside the header's", async () => {
    const browser = newBrowser();
    const answer = await makeAnswer(parts, browser, { signals: { gpc: false, dnt: true } });
    assert.equal(answer.signals.dnt, true);
    await answerConsent(parts, browser, { signals: { gpc: false, dnt: true } }, quiet);
    assert.equal((await records())[0]?.dnt, true);
  });
});
