import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { holdsSignature, headPublicKey, signHead } from "../../server/privacy/chain-head.js";
import { canonicalJson, chainStart } from "../../server/privacy/chain-link.js";
import { openChain } from "../../server/privacy/chain.js";
import { createChainStores } from "../../server/privacy/chain-store.js";
import { verifyChain } from "../../server/privacy/verify-chain.js";
import { openParts, type Parts } from "../support/open-parts.js";

describe("evidence chain", () => {
  let parts: Parts;
  beforeEach(async () => {
    parts = await openParts();
  });
  afterEach(() => parts.close());

  const audit = () => parts.db.collection("audit");
  const verify = (heads: Parameters<typeof verifyChain>[3] = []) =>
    verifyChain(
      { key: parts.keys.evidence, now: parts.clock.now() },
      parts.chains.audit,
      parts.site.id,
      heads,
    );
  const fill = async (count: number, site = parts.site.id) => {
    for (let n = 1; n <= count; n += 1)
      await parts.appendAudit({ site, actor: "server", act: `act.${n}`, details: { n } });
  };

  it("numbers records without a hole and seals each to the one before (XIM-02)", async () => {
    await fill(3);
    const records = await parts.chains.audit.list(parts.site.id, 1, 10);
    assert.deepEqual(
      records.map(({ seq, act }) => [seq, act]),
      [
        [1, "act.1"],
        [2, "act.2"],
        [3, "act.3"],
      ],
    );
    assert.equal(records[0]?.prevHash, chainStart);
    assert.equal(records[1]?.prevHash, records[0].hash);
    const report = await verify();
    assert.equal(report.ok, true);
    assert.equal(report.records, 3);
    assert.equal(report.head, records[2]?.hash);
  });

  it("keeps one chain when several writers append at once, in one process and in two", async () => {
    const stores = createChainStores(parts.db.useDb(parts.db.name, { useCache: false }));
    const elsewhere = openChain("audit", stores.audit, {
      key: parts.keys.evidence,
      clock: parts.clock,
    });
    const body = { actor: "server", act: "x", targetH: null, basis: null, details: {} };
    await Promise.all([
      ...Array.from({ length: 15 }, () => parts.chains.audit.append(parts.site.id, body, 10)),
      ...Array.from({ length: 15 }, () => elsewhere.append(parts.site.id, body, 10)),
    ]);
    const report = await verify();
    assert.deepEqual([report.ok, report.records, report.lastSeq], [true, 30, 30]);
  });

  it("keeps sites apart", async () => {
    await fill(2);
    await fill(1, "other");
    assert.equal((await verify()).records, 2);
    assert.equal((await parts.chains.audit.findLast("other"))?.seq, 1);
  });

  it("fails at the seq of an edited record, whatever was edited (hard test 10)", async () => {
    await fill(5);
    for (const [field, value] of [
      ["at", 1],
      ["act", "something.else"],
      ["details", { n: 99 }],
      ["actor", "nobody"],
    ] as const) {
      const before = await audit().findOne({ site: parts.site.id, seq: 3 });
      await audit().updateOne({ seq: 3 }, { $set: { [field]: value } });
      const report = await verify();
      assert.deepEqual([report.ok, report.brokenAt, report.fault], [false, 3, "edited"], field);
      await audit().updateOne({ seq: 3 }, { $set: { [field]: before?.[field] as unknown } });
    }
    assert.equal((await verify()).ok, true);
  });

  it("fails where a record was taken out, moved, or added with another key (hard test 10)", async () => {
    await fill(4);
    const third = await audit().findOne({ seq: 3 });
    assert.ok(third);
    await audit().deleteOne({ seq: 3 });
    assert.deepEqual([(await verify()).brokenAt, (await verify()).fault], [3, "hole"]);
    await audit().insertOne({ ...third, prevHash: chainStart });
    assert.deepEqual([(await verify()).brokenAt, (await verify()).fault], [3, "order"]);
    await audit().replaceOne({ seq: 3 }, { ...third, keyId: "other" });
    assert.equal((await verify()).fault, "unknown_key");
    await audit().replaceOne({ seq: 3 }, third);
    assert.equal((await verify()).ok, true);
  });

  it("misses a cut tail by the signed head outside the store (hard test 10)", async () => {
    await fill(4);
    const last = await parts.chains.audit.findLast(parts.site.id);
    assert.ok(last);
    const head = signHead(parts.keys.evidence, "audit", last, parts.clock.now());
    assert.equal((await verify([head])).ok, true);
    await audit().deleteMany({ seq: { $gt: 2 } });
    assert.equal((await verify()).ok, true, "without an anchor a cut tail cannot be seen");
    const cut = await verify([head]);
    assert.deepEqual([cut.ok, cut.brokenAt, cut.fault], [false, 3, "cut_tail"]);
    await fill(2);
    assert.equal((await verify([head])).fault, "rewritten");
    assert.equal((await verify([{ ...head, seq: 2 }])).fault, "forged_head");
  });

  it("tells expiry from a cut at the old end", async () => {
    await fill(2);
    const keepDays = 1095;
    await audit().deleteOne({ seq: 1 });
    assert.deepEqual([(await verify()).brokenAt, (await verify()).fault], [2, "cut_start"]);
    parts.clock.move(keepDays * 86_400_000);
    assert.equal((await verify()).ok, true);
  });

  it("never lets a later record expire before an earlier one", async () => {
    const body = { actor: "server", act: "x", targetH: null, basis: null, details: {} };
    const long = await parts.chains.audit.append(parts.site.id, body, 1000);
    const short = await parts.chains.audit.append(parts.site.id, body, 10);
    assert.deepEqual(short.expireAt, long.expireAt);
    assert.deepEqual(short.prevExpireAt, long.expireAt);
  });

  it("offers no way to change or remove a record", () => {
    assert.deepEqual(Object.keys(parts.consent.consentStore).sort(), [
      "findByAnalytics",
      "findLast",
      "findNewest",
      "insert",
      "list",
      "listBefore",
      "listOf",
      "sites",
    ]);
    assert.deepEqual(Object.keys(parts.chains.audit).sort(), [
      "append",
      "findLast",
      "list",
      "name",
      "sites",
    ]);
  });

  it("signs heads that anybody with the public key can check, and only the keeper can make", async () => {
    await fill(1);
    const last = await parts.chains.audit.findLast(parts.site.id);
    assert.ok(last);
    const head = signHead(parts.keys.evidence, "audit", last, parts.clock.now());
    assert.equal(holdsSignature(parts.keys.evidence, head), true);
    assert.equal(holdsSignature(parts.keys.evidence, { ...head, hash: chainStart }), false);
    assert.equal(holdsSignature({ id: "e1", bytes: randomBytes(32) }, head), false);
    assert.match(headPublicKey(parts.keys.evidence), /^-----BEGIN PUBLIC KEY-----/);
  });

  it("writes one text for equal values, whatever the order of their fields", () => {
    const shuffled = (value: object) => Object.fromEntries(Object.entries(value).reverse());
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        assert.equal(canonicalJson(value), canonicalJson(shuffled(value)));
        assert.deepEqual(JSON.parse(canonicalJson({ value })), { value: jsonOf(value) });
      }),
      { numRuns: 300, seed: 4 },
    );
    assert.throws(() => canonicalJson(Number.NaN), TypeError);
    assert.throws(() => canonicalJson({ a: 1n }), TypeError);
  });
});

/** JSON has no negative zero. */
function jsonOf(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
