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
  beforeEach(async () => {
    parts = await openParts();
  });
  afterEach(() => parts.close());

  const disclosing = () => ({
    clock: parts.clock,
    disclosures: parts.chains.disclosures,
    countAdmins: () => Promise.resolve(parts.admins.count),
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

  it("is recorded as single where the site has one admin (JIVO-10)", async () => {
    const row = await ask();
    assert.deepEqual([row.single, row.state], [true, "approved"]);
    parts.admins.count = 2;
    assert.equal((await listDisclosures(disclosing(), parts.site))[0]?.single, true);
  });

  it("may go at once in an emergency, and owes the second approval within 24 hours (JIVO-10)", async () => {
    parts.admins.count = 2;
    const row = await ask({ basis: "emergency" });
    assert.equal(row.state, "due");
    await beginDisclosure(disclosing(), parts.site, "ada", row.id);
    parts.clock.move(dayMs + 1);
    assert.equal((await listDisclosures(disclosing(), parts.site))[0]?.state, "overdue");
    await approveDisclosure(disclosing(), parts.site, "bob", row.id);
    assert.equal((await listDisclosures(disclosing(), parts.site))[0]?.state, "approved");
  });

  const receiving = () => ({
    clock: parts.clock,
    recipients: parts.rights.recipients,
    appendAudit: parts.appendAudit,
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
    await assert.rejects(requireTransfer(receiving(), parts.site), hasCode("LOCKED"));
    parts.clock.move(30 * dayMs);
    await requireTransfer(receiving(), parts.site);
  });
});
