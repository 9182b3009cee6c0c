import assert from "node:assert/strict";
import { Refusal } from "../../server/errors.js";
import {
  approveDisclosure,
  beginDisclosure,
  listDisclosures,
  requestDisclosure,
  type DisclosureDraft,
} from "../../server/privacy/disclosures.js";
import {
  activateRecipient,
  announceTransfer,
  listRecipient,
  requireRecipient,
  requireTransfer,
} from "../../server/privacy/recipients.js";
import { openParts, newId, type Parts } from "../support/open-parts.js";

const hasCode = (code: string) => (error: unknown) =>
  error instanceof Refusal && error.code === code;
const dayMs = 86_400_000;

describe("what leaves the house", () => {
  let parts: Parts;
  /** When each admin's account was made. */
  let accounts: Map<string, number>;
  beforeEach(async () => {
    parts = await openParts();
    const longAgo = parts.clock.now() - 90 * dayMs;
    accounts = new Map(["ada", "bob", "cleo"].map((id) => [id, longAgo]));
  });
  afterEach(() => parts.close());

  const disclosing = () => ({
    clock: parts.clock,
    ...parts.chains,
    countAdmins: () => Promise.resolve(parts.admins.count),
    findAccountDate: (id: string) => Promise.resolve(accounts.get(id) ?? null),
  });
  /** An act on an account, as `operators/accounts.ts` audits it. */
  const act = (actor: string, verb: string, operator: string, details = {}) =>
    parts.appendAudit({
      ...{ site: "-", actor, act: `operator.${verb}` },
      details: { operator, ...details },
    });
  const draft = (change: Partial<DisclosureDraft> = {}): DisclosureDraft => ({
    conversationId: newId(),
    basis: "order",
    reason: "Court of Exeter, 12 C 34/26",
    fields: ["messages"],
    ...change,
  });
  const ask = (change: Partial<DisclosureDraft> = {}) =>
    requestDisclosure(disclosing(), parts.site, "ada", draft(change));

  it("goes to an authority only with an entry that somebody else approved (JIVO-10)", async () => {
    parts.admins.count = 2;
    const row = await ask();
    assert.equal(row.state, "waiting");
    const begin = () => beginDisclosure(disclosing(), parts.site, "ada", row.id);
    await assert.rejects(begin(), hasCode("FORBIDDEN"));
    await assert.rejects(
      approveDisclosure(disclosing(), parts.site, "ada", row.id),
      hasCode("FORBIDDEN"),
    );
    const approved = await approveDisclosure(disclosing(), parts.site, "bob", row.id);
    assert.equal(approved.state, "approved");
    await begin();
    const acts = await parts.chains.disclosures.list(parts.site.id, 1, 9);
    assert.deepEqual(
      acts.map(({ act, actor }) => [act, actor]),
      [
        ["request", "ada"],
        ["approve", "bob"],
        ["export", "ada"],
      ],
    );
    await assert.rejects(
      beginDisclosure(disclosing(), parts.site, "ada", newId()),
      hasCode("NOT_FOUND"),
    );
  });

  it("is not approved by an account that may be in the same hands (JIVO-10)", async () => {
    parts.admins.count = 3;
    const approve = (row: { id: string }, by: string) =>
      approveDisclosure(disclosing(), parts.site, by, row.id);
    const early = await ask();
    parts.clock.move(1);
    accounts.set("dan", parts.clock.now());
    await assert.rejects(approve(early, "dan"), hasCode("FORBIDDEN"), "made after the request");
    await assert.rejects(approve(early, "eve"), hasCode("FORBIDDEN"), "no account");
    await act("ada", "link", "bob");
    await assert.rejects(approve(early, "bob"), hasCode("FORBIDDEN"), "its link renewed");
    assert.equal((await listDisclosures(disclosing(), parts.site))[0]?.state, "waiting");
    assert.equal((await approve(early, "cleo")).state, "approved");

    await act("dan", "role", "cleo", { from: "operator", to: "admin" });
    await act("bob", "link", "dan");
    parts.clock.move(6 * dayMs);
    const late = await ask();
    for (const one of ["bob", "dan", "cleo"])
      await assert.rejects(approve(late, one), hasCode("FORBIDDEN"), `${one}, by a chain of links`);
    parts.clock.move(dayMs + 1);
    assert.equal((await approve(await ask(), "bob")).state, "approved", "a week later");
  });

  it("is recorded as single where the site has one admin (JIVO-10)", async () => {
    const row = await ask();
    assert.deepEqual([row.single, row.state], [true, "approved"]);
    parts.admins.count = 2;
    assert.equal((await listDisclosures(disclosing(), parts.site))[0]?.single, true);
  });

  it("is not single because the other admin was removed or degraded just before (JIVO-10)", async () => {
    await act("ada", "remove", "dan", { role: "operator" });
    assert.equal((await ask()).single, true, "dan could not have approved");
    await act("ada", "remove", "bob", { role: "admin" });
    const row = await ask();
    assert.deepEqual([row.single, row.state], [false, "waiting"]);
    await assert.rejects(
      beginDisclosure(disclosing(), parts.site, "ada", row.id),
      hasCode("FORBIDDEN"),
    );
    parts.clock.move(3 * dayMs);
    await act("ada", "role", "cleo", { from: "admin", to: "viewer" });
    assert.equal((await ask()).single, false);
    parts.clock.move(3 * dayMs + 1);
    assert.equal((await ask()).single, true);
  });

  it("may go at once in an emergency, and owes the second approval within 24 hours (JIVO-10)", async () => {
    parts.admins.count = 2;
    const row = await ask({ basis: "emergency" });
    assert.equal(row.state, "due");
    await beginDisclosure(disclosing(), parts.site, "ada", row.id);
    parts.clock.move(dayMs + 1);
    assert.equal((await listDisclosures(disclosing(), parts.site))[0]?.state, "overdue");
    const begin = () => beginDisclosure(disclosing(), parts.site, "ada", row.id);
    await assert.rejects(begin(), hasCode("FORBIDDEN"));
    await approveDisclosure(disclosing(), parts.site, "bob", row.id);
    assert.equal((await listDisclosures(disclosing(), parts.site))[0]?.state, "approved");
    await begin();
  });

  const receiving = () => ({
    clock: parts.clock,
    recipients: parts.rights.recipients,
    appendAudit: parts.appendAudit,
    announceRecipient: (_site: unknown, { name }: { name: string }) => {
      parts.asked.push({ verb: "announceRecipient", of: name });
      return Promise.resolve();
    },
    announceTransfer: (_site: unknown, to: string) => {
      parts.asked.push({ verb: "announceTransfer", of: to });
      return Promise.resolve();
    },
  });
  const company = {
    name: "Helpdesk Inc",
    purpose: "Tickets",
    country: "US",
    agreement: "DPA of 2026-01-01",
    transferBasis: "Standard contractual clauses",
  };
  const list = (change: Partial<typeof company> = {}) =>
    listRecipient(receiving(), parts.site, "ada", { ...company, ...change });

  it("goes to a third party only once it is listed and visitors were told (JPEGR-06)", async () => {
    await assert.rejects(
      requireRecipient(receiving(), parts.site, company.name),
      hasCode("CONFLICT"),
    );
    const { id } = await list();
    assert.deepEqual(parts.asked, [{ verb: "announceRecipient", of: company.name }]);
    await assert.rejects(
      activateRecipient(receiving(), parts.site, "ada", id),
      hasCode("CONFLICT"),
    );
    parts.clock.move(30 * dayMs);
    await activateRecipient(receiving(), parts.site, "ada", id);
    assert.equal((await requireRecipient(receiving(), parts.site, company.name)).id, id);
    await assert.rejects(list(), hasCode("CONFLICT"));
  });

  it("needs an agreement, and a basis for a transfer abroad (JMINI-10)", async () => {
    const missing = await Promise.all([
      list({ name: "A", agreement: "" }),
      list({ name: "B", country: "" }),
      list({ name: "C", transferBasis: "" }),
    ]);
    const nearby = await list({ name: "D", country: "FR", transferBasis: "" });
    parts.clock.move(31 * dayMs);
    for (const { id } of missing)
      await assert.rejects(
        activateRecipient(receiving(), parts.site, "ada", id),
        hasCode("CONFLICT"),
      );
    await activateRecipient(receiving(), parts.site, "ada", nearby.id);
  });

  it("is locked in bulk until the notice of a transfer is over (JMINI-11)", async () => {
    await assert.rejects(requireTransfer(receiving(), parts.site), hasCode("LOCKED"));
    const state = await announceTransfer(receiving(), parts.site, "ada", "Buyer Ltd");
    assert.equal((state.unlockedAt ?? 0) - parts.clock.now(), 30 * dayMs);
    assert.deepEqual(parts.asked, [{ verb: "announceTransfer", of: "Buyer Ltd" }]);
    await assert.rejects(requireTransfer(receiving(), parts.site), hasCode("LOCKED"));
    parts.clock.move(30 * dayMs);
    await requireTransfer(receiving(), parts.site);
  });
});
