import assert from "node:assert/strict";
import fc from "fast-check";
import {
  consentMethods,
  mayStart,
  mayTrack,
  noChoices,
  purposes,
  type ConsentState,
  type ConsentTerms,
  type Purpose,
  type Signals,
} from "../../shared/consent.js";
import { defaultRules } from "../../shared/site-rules.js";

const now = 1_800_000_000_000;
const day = 86_400_000;
const quiet: Signals = { gpc: false, dnt: false };
const terms: ConsentTerms = {
  now,
  policyFloor: 2,
  policyNewest: 3,
  consentDays: 365,
  ageGate: false,
  enabled: { preferences: true, analytics: true, marketing: true, mail_tracking: true },
  restricted: [],
};
const granted: ConsentState = {
  choices: { preferences: true, analytics: true, marketing: true, mail_tracking: true },
  policyVersion: 2,
  method: "notice",
  at: now - day,
  signals: quiet,
  ofAge: false,
};

const verdict = (
  change: Partial<ConsentState>,
  given: { signals?: Signals; terms?: Partial<ConsentTerms>; purpose?: Purpose } = {},
) =>
  mayTrack({ ...granted, ...change }, given.purpose ?? "analytics", given.signals ?? quiet, {
    ...terms,
    ...given.terms,
  }).reason;

describe("mayTrack", () => {
  it("allows what was granted and refuses the same without the grant (JIVO-03)", () => {
    assert.deepEqual(mayTrack(granted, "analytics", quiet, terms), {
      allowed: true,
      reason: "granted",
    });
    assert.equal(verdict({ choices: { ...granted.choices, analytics: false } }), "refused");
    assert.equal(mayTrack(null, "analytics", quiet, terms).reason, "unanswered");
  });

  it("always allows what is necessary, unless the visitor had it restricted", () => {
    assert.equal(mayTrack(null, "necessary", { gpc: true, dnt: true }, terms).allowed, true);
    assert.equal(
      mayTrack(null, "necessary", quiet, { ...terms, restricted: ["necessary"] }).reason,
      "restricted",
    );
  });

  it("lets a signal outweigh an earlier grant, and a grant given in its sight outweigh it (XIM-01)", () => {
    const gpc = { gpc: true, dnt: false };
    const dnt = { gpc: false, dnt: true };
    assert.equal(verdict({}, { signals: gpc }), "gpc");
    assert.equal(verdict({}, { signals: dnt }), "dnt");
    assert.equal(verdict({ signals: gpc }, { signals: gpc }), "granted");
    assert.equal(verdict({ signals: gpc }, { signals: dnt }), "dnt");
    assert.equal(mayTrack(null, "analytics", gpc, terms).reason, "gpc");
    assert.equal(mayTrack(null, "analytics", dnt, terms).reason, "dnt");
  });

  it("never takes a signal for a grant, nor a method it does not know (JPEGR-10)", () => {
    assert.equal(verdict({ method: "signal" }), "not_explicit");
    const implied: unknown = { ...granted, method: "implied" };
    assert.equal(
      mayTrack(implied as ConsentState, "analytics", quiet, terms).reason,
      "not_explicit",
    );
  });

  it("refuses a purpose it does not know", () => {
    assert.equal(mayTrack(granted, "profiling" as Purpose, quiet, terms).reason, "unknown_purpose");
    assert.equal(mayTrack(granted, "toString" as Purpose, quiet, terms).reason, "unknown_purpose");
  });

  it("refuses a superseded policy, and one that was never published (JIVO-09)", () => {
    assert.equal(verdict({ policyVersion: 1 }), "policy_superseded");
    assert.equal(verdict({ policyVersion: 3 }), "granted");
    assert.equal(verdict({ policyVersion: 4 }), "policy_unknown");
    assert.equal(verdict({ policyVersion: Number.NaN }), "policy_superseded");
  });

  it("refuses an answer that is too old or from the future", () => {
    assert.equal(verdict({ at: now - 365 * day }), "expired");
    assert.equal(verdict({ at: now - 365 * day + 1 }), "granted");
    assert.equal(verdict({ at: now + 61_000 }), "not_yet");
    assert.equal(verdict({ at: Number.NaN }), "expired");
  });

  it("asks for the age where the site does (JMINI-08)", () => {
    assert.equal(verdict({}, { terms: { ageGate: true } }), "age");
    assert.equal(verdict({ ofAge: true }, { terms: { ageGate: true } }), "granted");
    assert.equal(mayStart(defaultRules, undefined), true);
    const gated = { age: { ...defaultRules.age, gate: true } };
    assert.equal(mayStart(gated, undefined), false);
    assert.equal(mayStart(gated, false), false);
    assert.equal(mayStart(gated, true), true);
  });

  it("obeys the site's switch and the visitor's objection (JPEGR-08)", () => {
    assert.equal(
      verdict({}, { terms: { enabled: { ...terms.enabled, analytics: false } } }),
      "site_off",
    );
    assert.equal(verdict({}, { terms: { restricted: ["analytics"] } }), "restricted");
    assert.equal(verdict({}, { terms: { restricted: ["marketing"] } }), "granted");
  });

  it("says yes only when each condition holds by itself, whatever the input", () => {
    const signals = fc.record({ gpc: fc.boolean(), dnt: fc.boolean() });
    const choices = fc.record({
      preferences: fc.boolean(),
      analytics: fc.boolean(),
      marketing: fc.boolean(),
      mail_tracking: fc.boolean(),
    });
    const state = fc.record({
      choices,
      policyVersion: fc.oneof(
        { weight: 9, arbitrary: fc.integer({ min: 0, max: 6 }) },
        { weight: 1, arbitrary: fc.constant(Number.NaN) },
      ),
      method: fc.constantFrom(...consentMethods),
      at: fc.oneof(
        { weight: 8, arbitrary: fc.integer({ min: now - 300 * day, max: now }) },
        { weight: 3, arbitrary: fc.integer({ min: now - 800 * day, max: now + 2 * day }) },
        { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Infinity, -Infinity) },
      ),
      signals,
      ofAge: fc.boolean(),
    });
    const anyTerms = fc.record({
      now: fc.constant(now),
      policyFloor: fc.integer({ min: 1, max: 3 }),
      policyNewest: fc.integer({ min: 2, max: 5 }),
      consentDays: fc.integer({ min: 0, max: 730 }),
      ageGate: fc.boolean(),
      enabled: choices,
      restricted: fc.oneof(fc.constant<Purpose[]>([]), fc.subarray([...purposes])),
    });
    let yes = 0;
    fc.assert(
      fc.property(
        fc.option(state),
        fc.constantFrom(...purposes),
        signals,
        anyTerms,
        (consent, purpose, seen, held) => {
          const { allowed } = mayTrack(consent, purpose, seen, held);
          if (held.restricted.includes(purpose)) return !allowed;
          if (purpose === "necessary") return allowed;
          const conditions = [
            held.enabled[purpose],
            consent?.choices[purpose] === true,
            consent?.method !== "signal",
            !seen.gpc || consent?.signals.gpc === true,
            !seen.dnt || consent?.signals.dnt === true,
            !held.ageGate || consent?.ofAge === true,
            consent !== null && consent.policyVersion >= held.policyFloor,
            consent !== null && consent.policyVersion <= held.policyNewest,
            consent !== null && now - consent.at < held.consentDays * day,
            consent !== null && consent.at <= now + 60_000,
          ];
          if (allowed) yes += 1;
          return allowed === conditions.every(Boolean);
        },
      ),
      { numRuns: 20_000, seed: 11 },
    );
    assert.ok(yes > 50, `only ${yes} grants were generated`);
  });

  it("says no to every purpose but the necessary before an answer", () => {
    for (const purpose of purposes.filter((name) => name !== "necessary")) {
      assert.equal(mayTrack(null, purpose, quiet, terms).allowed, false);
      assert.equal(noChoices[purpose], false);
    }
  });
});
