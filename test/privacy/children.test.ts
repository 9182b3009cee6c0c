import assert from "node:assert/strict";
import { visitorSubject } from "../../server/consent/subject.js";
import { decideAsParent, deleteUndecided, handleChild } from "../../server/privacy/parents.js";
import { openRequest } from "../../server/privacy/requests.js";
import { Refusal } from "../../server/errors.js";
import type { Site } from "../../server/sites/site.js";
import { ensureVisitor } from "../../server/visitors/ensure-visitor.js";
import { answerConsent, newBrowser } from "../support/answer-consent.js";
import { openParts, type Parts } from "../support/open-parts.js";

describe("a visitor under 13", () => {
  let parts: Parts;
  let tokens: string[];
  beforeEach(async () => {
    parts = await openParts();
    tokens = [];
  });
  afterEach(() => parts.close());

  const deps = () => ({
    ...parts.rights,
    mailParent: (_site: Site, _address: string, token: string) => {
      tokens.push(token);
      return Promise.resolve();
    },
  });
  const findSite = (id: string) => Promise.resolve(id === parts.site.id ? parts.site : null);
  const child = async () => {
    const browser = newBrowser();
    const visitor = await ensureVisitor(parts, parts.site, browser.token);
    await answerConsent(parts, browser);
    return visitor;
  };
  const ask = async () => {
    parts.setRules((rules) => {
      rules.age.under13 = "ask_parent";
    });
    const visitor = await child();
    const outcome = await handleChild(deps(), parts.site, visitor, "ada", "mum@home.example");
    assert.equal(outcome, "asked");
    return visitor;
  };
  const use = (visitorId: string) => parts.frozen.requireUse(visitorId);
  const refused = (error: unknown) => error instanceof Refusal && error.status === 403;
  const isGone = async (id: string) =>
    (await parts.visitors.find(parts.site.id, id))?.revokedAt !== null;

  it("is erased by one action where the site deletes (JMINI-08)", async () => {
    const visitor = await child();
    assert.equal(
      await handleChild(deps(), parts.site, visitor, "ada", "mum@home.example"),
      "erased",
    );
    assert.equal(await isGone(visitor.id), true);
    assert.deepEqual(tokens, []);
    assert.equal((await parts.chains.erasures.findLast(parts.site.id))?.basis, "under_13");
  });

  it("is frozen while the parents are asked; they keep it (JIVO-13)", async () => {
    const visitor = await ask();
    await assert.rejects(use(visitor.id), refused);
    const [token = ""] = tokens;
    assert.equal(await decideAsParent(deps(), token, "keep", findSite), "kept");
    await use(visitor.id);
    assert.equal(await isGone(visitor.id), false);
    assert.equal(
      await decideAsParent(deps(), token, "delete", findSite),
      null,
      "the link works once",
    );
  });

  it("is asked about once, however often an operator says so; a grant of theirs lifts nothing (JIVO-13)", async () => {
    parts.setRules((rules) => {
      rules.age.under13 = "ask_parent";
    });
    const browser = newBrowser();
    const visitor = await ensureVisitor(parts, parts.site, browser.token);
    for (let n = 0; n < 2; n += 1)
      await handleChild(deps(), parts.site, visitor, "ada", "mum@home.example");
    assert.equal((await parts.requests.list(parts.site.id, parts.clock.now())).length, 1);
    await answerConsent(parts, browser);
    await assert.rejects(use(visitor.id), refused);
    const subjectH = visitorSubject(parts.keys, parts.site.id, visitor.tokenHash);
    const current = await parts.consent.consentReader.ofSubject(parts.site.id, subjectH);
    assert.equal(current?.restricted.includes("analytics"), true);
  });

  it("is not deleted where a visitor asked about a child of theirs and nobody answered (JIVO-13)", async () => {
    const visitor = await child();
    await openRequest(deps(), parts.site, {
      ...{ type: "parent", contact: "", note: "my child's photos", actor: "visitor" },
      visitorId: visitor.id,
    });
    parts.clock.move(31 * 86_400_000);
    assert.equal(await deleteUndecided(deps(), findSite), 0);
    assert.equal(await isGone(visitor.id), false);
  });

  it("is deleted when the parents say so (JIVO-13)", async () => {
    const visitor = await ask();
    assert.equal(await decideAsParent(deps(), tokens[0] ?? "", "delete", findSite), "deleted");
    assert.equal(await isGone(visitor.id), true);
  });

  it("is deleted when the parents do not answer within 30 days (JIVO-13)", async () => {
    const visitor = await ask();
    parts.clock.move(29 * 86_400_000);
    assert.equal(await deleteUndecided(deps(), findSite), 0);
    parts.clock.move(86_400_000);
    assert.equal(await deleteUndecided(deps(), findSite), 1);
    assert.equal(await isGone(visitor.id), true);
    assert.equal(await deleteUndecided(deps(), findSite), 0);
  });
});
