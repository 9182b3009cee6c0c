import assert from "node:assert/strict";
import { backOffMs } from "../../shared/back-off.js";
import {
  cutEntries,
  markSending,
  nextEntries,
  queueEntry,
  refuseEntry,
  retryEntry,
  reviveOutbox,
  settleEntry,
  type Outbox,
} from "../../dashboard/state/outbox.js";
import { offline } from "../../dashboard/state/outcome.js";

function queue(outbox: Outbox, clientId: string, conversationId = "c1"): Outbox {
  const draft = { conversationId, clientId, text: clientId, attachmentIds: [] };
  return queueEntry(outbox, { draft, photos: [], queuedAt: 1 });
}
const ids = (outbox: Outbox): string[] => outbox.map((entry) => entry.draft.clientId);
const next = (outbox: Outbox): string[] => ids(nextEntries(outbox));

describe("dashboard: the outbox", () => {
  it("sends one message of a conversation at a time, in the order of writing", () => {
    let outbox = queue(queue(queue([], "a"), "b"), "other", "c2");
    assert.deepEqual(next(outbox), ["a", "other"]);
    outbox = markSending(outbox, "a");
    assert.deepEqual(next(outbox), ["other"]);
    outbox = settleEntry(outbox, "a");
    assert.deepEqual(next(outbox), ["b", "other"]);
  });

  it("keeps a message that got no answer, and counts the try", () => {
    const outbox = refuseEntry(markSending(queue([], "a"), "a"), "a", offline);
    assert.deepEqual(next(outbox), ["a"]);
    assert.equal(outbox[0]?.tries, 1);
  });

  it("keeps what is written while nobody is signed in", () => {
    const failure = { ok: false, code: "NOT_SIGNED_IN", message: "" } as const;
    const outbox = refuseEntry(markSending(queue([], "a"), "a"), "a", failure);
    assert.equal(outbox[0]?.state, "waiting");
  });

  it("shows a permanent refusal and lets the next one pass", () => {
    const failure = { ok: false, code: "TEXT_TOO_LONG", message: "Too long." } as const;
    const outbox = refuseEntry(markSending(queue(queue([], "a"), "b"), "a"), "a", failure);
    assert.deepEqual([outbox[0]?.state, outbox[0]?.reason], ["failed", "Too long."]);
    assert.deepEqual(next(outbox), ["b"]);
  });

  it("holds a message that twice ended the connection", () => {
    let outbox = cutEntries(markSending(queue([], "a"), "a"));
    assert.deepEqual(next(outbox), ["a"]);
    outbox = cutEntries(markSending(outbox, "a"));
    assert.deepEqual(next(outbox), []);
    assert.equal(outbox[0]?.state, "failed");
  });

  it("does not blame a message that only waited when the connection ended", () => {
    const outbox = cutEntries(cutEntries(queue([], "a")));
    assert.equal(outbox[0]?.cuts, 0);
  });

  it("tries again at the end of the line, from nothing", () => {
    const failure = { ok: false, code: "MESSAGE_EMPTY", message: "Empty." } as const;
    let outbox = refuseEntry(markSending(queue(queue([], "a"), "b"), "a"), "a", failure);
    outbox = retryEntry(outbox, "a");
    assert.deepEqual(ids(outbox), ["b", "a"]);
    assert.deepEqual(next(outbox), ["b"]);
  });

  it("finds nothing under way after a reload", () => {
    const outbox = reviveOutbox(markSending(queue([], "a"), "a"));
    assert.deepEqual(next(outbox), ["a"]);
  });

  it("pauses between nothing and a bound that doubles up to half a minute", () => {
    assert.equal(
      backOffMs(0, () => 0),
      0,
    );
    assert.equal(
      backOffMs(0, () => 1),
      1000,
    );
    assert.equal(
      backOffMs(3, () => 1),
      8000,
    );
    assert.equal(
      backOffMs(50, () => 1),
      30_000,
    );
  });
});
