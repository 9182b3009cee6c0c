import assert from "node:assert/strict";
import { openRequest, presentRequest } from "../../server/privacy/requests.js";
import { restrictUse } from "../../server/privacy/restrict-use.js";
import { acceptRestore, readHeads } from "../../server/privacy/chain-heads.js";
import { Refusal } from "../../server/errors.js";
import { ensureVisitor } from "../../server/visitors/ensure-visitor.js";
import { answerConsent, newBrowser } from "../support/answer-consent.js";
import { openParts, type Parts } from "../support/open-parts.js";

const dayMs = 86_400_000;

describe("requests and the daily round", () => {
  let parts: Parts;
  beforeEach(async () => {
    parts = await openParts();
  });
  afterEach(() => parts.close());

  it("remind on day 20 and 27 and are overdue on day 31, each once (JIVO-08)", async () => {
    const deps = { clock: parts.clock, requests: parts.requests, appendAudit: parts.appendAudit };
    const asked = { type: "access", contact: "a@b.example", note: "", actor: "ada" } as const;
    const { id } = await openRequest(deps, parts.site, asked);
    const acts = async () => {
      await parts.runDaily();
      await parts.runDaily();
      return parts.asked.filter(({ verb }) => verb === "remind").map(({ of }) => of.split(" ")[1]);
    };
    parts.clock.move(19 * dayMs);
    assert.deepEqual(await acts(), []);
    parts.clock.move(dayMs);
    assert.deepEqual(await acts(), ["reminder_10_days"]);
    parts.clock.move(7 * dayMs);
    assert.deepEqual(await acts(), ["reminder_10_days", "reminder_3_days"]);
    parts.clock.move(4 * dayMs);
    assert.deepEqual(await acts(), ["reminder_10_days", "reminder_3_days", "overdue"]);
    const request = await parts.requests.find(parts.site.id, id);
    assert.ok(request);
    assert.equal(presentRequest(request, parts.clock.now()).overdue, true);
  });

  it("restrict a use whatever was granted before; to object removes what it left (JPEGR-08)", async () => {
    const browser = newBrowser();
    const visitor = await ensureVisitor(parts, parts.site, browser.token);
    await answerConsent(parts, browser);
    const use = () => parts.frozen.requireUse(visitor.id);
    await use();
    await restrictUse(parts.consent, parts.site, visitor, "restrict", ["necessary"]);
    await assert.rejects(
      use(),
      (error: unknown) => error instanceof Refusal && error.status === 403,
    );
    const shown = await parts.describeVisitor(parts.site, visitor);
    assert.equal(shown.consent.analytics, true, "the other uses stay");
    await restrictUse(parts.consent, parts.site, visitor, "object", ["analytics"]);
    assert.equal((await parts.describeVisitor(parts.site, visitor)).consent.analytics, false);
    await use();
  });

  it("write a signed head a day into the journal, once for each state of a chain", async () => {
    await parts.appendAudit({ site: parts.site.id, actor: "server", act: "one" });
    await parts.runDaily();
    await parts.runDaily();
    const heads = await readHeads(parts.journal);
    assert.deepEqual(
      heads.map(({ chain, seq }) => [chain, seq]),
      [["audit", 1]],
    );
    assert.equal(
      (await parts.verify()).every(({ ok }) => ok),
      true,
    );
    await parts.db.collection("audit").deleteMany({});
    const [report] = await parts.verify();
    assert.deepEqual([report?.ok, report?.fault], [false, "cut_tail"]);
  });

  it("hold again after an older backup was put back on purpose, once somebody said so", async () => {
    const act = (name: string) =>
      parts.appendAudit({ site: parts.site.id, actor: "server", act: name });
    const evidence = {
      key: parts.keys.evidence,
      clock: parts.clock,
      journal: parts.journal,
      chains: Object.values(parts.chains),
    };
    await act("one");
    await act("two");
    await parts.runDaily();
    await parts.db.collection("audit").deleteOne({ seq: 2 });
    parts.clock.move(1_000);
    await act("two, anew");
    assert.equal((await parts.verify())[0]?.fault, "rewritten");
    assert.equal((await acceptRestore(evidence)).length, 1);
    assert.equal((await parts.verify())[0]?.ok, true);
    await parts.db.collection("audit").deleteOne({ seq: 2 });
    assert.equal((await parts.verify())[0]?.fault, "cut_tail", "the new head binds");
  });

  it("note once an hour that an operator read a conversation (JIVO-11)", async () => {
    for (let n = 0; n < 3; n += 1) await parts.noteRead(parts.site.id, "ada", "c1");
    await parts.noteRead(parts.site.id, "bob", "c1");
    parts.clock.move(3_600_000);
    await parts.noteRead(parts.site.id, "ada", "c1");
    const rows = await parts.chains.audit.list(parts.site.id, 1, 9);
    assert.deepEqual(
      rows.map(({ actor, act }) => [actor, act]),
      [
        ["ada", "conversation.read"],
        ["bob", "conversation.read"],
        ["ada", "conversation.read"],
      ],
    );
  });

  it("apply a shorter period to rows that are there (hard test 13)", async () => {
    const browser = newBrowser();
    await answerConsent(parts, browser);
    const before = structuredClone(parts.site);
    parts.tracking.recorder.take({
      ...{ siteKey: parts.site.key, analyticsId: browser.analyticsId, viewId: "v".repeat(22) },
      ...{ path: "/", title: "", referrerHost: "", utm: {}, language: "", userAgent: "" },
      ...{ origin: null, country: "", address: () => "203.0.113.1", at: parts.clock.now() },
      signals: { gpc: false, dnt: false },
    });
    await parts.tracking.recorder.flush();
    parts.setRules((rules) => {
      rules.retention.pageViews = 3;
    });
    await parts.rulesChanged(before, parts.site);
    const visit = await parts.db.collection("visits").findOne({});
    const kept = (visit?.["expireAt"] as Date).getTime() - Number(visit?.["startedAt"]);
    assert.equal(kept, 3 * dayMs);
    assert.deepEqual(parts.asked, [], "periods that did not change are left alone");
  });
});
