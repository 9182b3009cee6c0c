import assert from "node:assert/strict";
import fc from "fast-check";
import type { Conversation, Message, MessagesPage, MessagesRequest } from "../../shared/wire.js";
import {
  earlierRequest,
  mergeConversation,
  mergeMessage,
  mergePage,
  nextRequest,
  openTimeline,
  type Timeline,
} from "../../widget/state/timeline.js";

const conversation = (lastSeq: number, fields: Partial<Conversation> = {}): Conversation => ({
  id: "c",
  state: "open",
  lastSeq,
  revision: lastSeq,
  readByVisitor: 0,
  readByOperator: 0,
  createdAt: 0,
  ...fields,
});

const message = (seq: number, fields: Partial<Message> = {}): Message => ({
  conversationId: "c",
  seq,
  clientId: `m${seq}`,
  author: { kind: "visitor" },
  text: `text ${seq}`,
  attachments: [],
  sentAt: seq,
  revision: 0,
  ...fields,
});

/** A server that keeps these messages and answers as docs/delivery.md says. */
function answer(
  stored: readonly Message[],
  now: Conversation,
  request: MessagesRequest,
  size = 50,
): MessagesPage {
  const after = stored.filter((one) => one.seq > request.afterSeq).slice(0, size);
  const all = after.length < size;
  const coveredTo = all ? now.lastSeq : (after.at(-1)?.seq ?? now.lastSeq);
  return {
    conversation: now,
    messages: after,
    changed: stored.filter(
      (one) => one.seq <= request.afterSeq && one.revision > request.afterRevision,
    ),
    coveredTo,
    more: coveredTo < now.lastSeq,
  };
}

function catchUp(timeline: Timeline, stored: readonly Message[], now: Conversation): Timeline {
  for (let round = 0; round < 50; round += 1) {
    const request = nextRequest(timeline);
    if (!request) return timeline;
    timeline = mergePage(timeline, request, answer(stored, now, request));
  }
  throw new Error("asks for ever");
}

const seqs = (timeline: Timeline): number[] => timeline.messages.map((one) => one.seq);

describe("the timeline", () => {
  it("reads the newest page first and then has nothing to ask for", () => {
    const stored = Array.from({ length: 120 }, (_, at) => message(at + 1));
    const timeline = catchUp(openTimeline(conversation(120)), stored, conversation(120));
    assert.deepEqual(
      seqs(timeline),
      Array.from({ length: 50 }, (_, at) => at + 71),
    );
    assert.equal(nextRequest(timeline), null);
  });

  it("reads older pages up to the first message", () => {
    const stored = Array.from({ length: 120 }, (_, at) => message(at + 1));
    let timeline = catchUp(openTimeline(conversation(120)), stored, conversation(120));
    for (let round = 0; round < 3; round += 1) {
      const request = earlierRequest(timeline);
      if (!request) break;
      timeline = mergePage(timeline, request, answer(stored, conversation(120), request));
    }
    assert.deepEqual(
      seqs(timeline),
      stored.map((one) => one.seq),
    );
    assert.equal(earlierRequest(timeline), null);
  });

  it("appends the next message, and says so when one is missing before it", () => {
    const known = catchUp(openTimeline(conversation(1)), [message(1)], conversation(1));
    const next = mergeMessage(known, message(2));
    assert.deepEqual([seqs(next.timeline), next.gap], [[1, 2], false]);
    const gap = mergeMessage(next.timeline, message(4));
    assert.deepEqual([seqs(gap.timeline), gap.gap], [[1, 2], true]);
    assert.deepEqual(nextRequest(gap.timeline)?.afterSeq, 2);
  });

  it("shows a message once, however often it arrives", () => {
    const known = catchUp(openTimeline(conversation(1)), [message(1)], conversation(1));
    const again = mergeMessage(mergeMessage(known, message(1)).timeline, message(1));
    assert.deepEqual(seqs(again.timeline), [1]);
  });

  it("does not ask again for a number that is gone for good", () => {
    const stored = [message(1), message(3)];
    const timeline = catchUp(openTimeline(conversation(3)), stored, conversation(3));
    assert.deepEqual(seqs(timeline), [1, 3]);
    assert.equal(timeline.to, 3);
    assert.equal(nextRequest(timeline), null);
  });

  it("takes what was erased meanwhile off the screen when its range is answered again", () => {
    const known = catchUp(
      openTimeline(conversation(3)),
      [message(1), message(2), message(3)],
      conversation(3),
    );
    const request = { conversationId: "c", afterSeq: 0, afterRevision: 3 };
    const after = mergePage(
      known,
      request,
      answer([message(1), message(3)], conversation(3), request),
    );
    assert.deepEqual(seqs(after), [1, 3]);
  });

  it("asks for changed messages when the revision rose, and never goes back to an older text", () => {
    const known = catchUp(openTimeline(conversation(2)), [message(1), message(2)], conversation(2));
    const now = conversation(2, { revision: 5 });
    const edited = message(1, { text: "edited", revision: 5 });
    const told = mergeConversation(known, now);
    assert.deepEqual(nextRequest(told), { conversationId: "c", afterSeq: 2, afterRevision: 2 });
    const timeline = catchUp(told, [edited, message(2)], now);
    assert.equal(timeline.messages[0]?.text, "edited");
    assert.equal(timeline.revision, 5);
    const stale = mergeMessage(timeline, message(1)).timeline;
    assert.equal(stale.messages[0]?.text, "edited");
  });

  it("lets read marks rise and never fall", () => {
    const known = openTimeline(conversation(5, { readByOperator: 4, revision: 9 }));
    const late = mergeConversation(known, conversation(5, { readByOperator: 2, revision: 7 }));
    assert.equal(late.conversation.readByOperator, 4);
    assert.equal(late.conversation.revision, 9);
  });

  it("ignores an answer that touches neither end of what is known", () => {
    const stored = Array.from({ length: 200 }, (_, at) => message(at + 1));
    const known = catchUp(openTimeline(conversation(200)), stored, conversation(200));
    const request = { conversationId: "c", afterSeq: 0, afterRevision: 200 };
    const page = answer(stored.slice(0, 20), conversation(200), request);
    assert.deepEqual(mergePage(known, request, { ...page, coveredTo: 20 }), known);
  });

  it("ends whole and in order whatever order news arrives in, with some lost", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 130 }),
        fc.array(fc.integer({ min: 1, max: 130 }), { maxLength: 60 }),
        (last, heard) => {
          const stored = Array.from({ length: last }, (_, at) => message(at + 1));
          let timeline: Timeline = { ...openTimeline(conversation(0)), from: 0, to: 0 };
          for (const seq of heard.filter((one) => one <= last))
            timeline = mergeMessage(timeline, message(seq)).timeline;
          timeline = mergeConversation(timeline, conversation(last));
          timeline = catchUp(timeline, stored, conversation(last));
          assert.deepEqual(
            seqs(timeline),
            stored.map((one) => one.seq),
          );
        },
      ),
    );
  });
});
