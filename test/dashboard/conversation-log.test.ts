import assert from "node:assert/strict";
import {
  askForNewer,
  askForOlder,
  startLog,
  takeConversation,
  takeNewer,
  takeOlder,
  takePushed,
  type ConversationLog,
} from "../../dashboard/state/conversation-log.js";
import { makeConversation, makeMessage, makePage } from "./make-records.js";

const seqs = (log: ConversationLog): number[] => log.messages.map((message) => message.seq);

describe("dashboard: a conversation behind its cursor", () => {
  it("asks for the newest page first and reads back to the beginning", () => {
    let log = startLog(120, 50);
    assert.deepEqual(askForNewer(log, "c1"), {
      conversationId: "c1",
      afterSeq: 70,
      afterRevision: 0,
    });
    log = takeNewer(log, makePage(70, 120));
    assert.equal(log.high, 120);
    const older = askForOlder(log, "c1", 50);
    assert.equal(older?.afterSeq, 20);
    log = takeOlder(log, older, makePage(20, 70));
    const oldest = askForOlder(log, "c1", 50);
    assert.equal(oldest?.afterSeq, 0);
    // The page reaches into what is known; nothing is doubled.
    log = takeOlder(log, oldest, makePage(0, 50));
    assert.equal(log.low, 0);
    assert.deepEqual(
      seqs(log),
      Array.from({ length: 120 }, (_, index) => index + 1),
    );
    assert.equal(askForOlder(log, "c1", 50), null);
  });

  it("leaves an older page out that does not reach up to what is known", () => {
    const log = takeNewer(startLog(100, 10), makePage(90, 100));
    const request = { conversationId: "c1", afterSeq: 40, afterRevision: 0 };
    assert.equal(takeOlder(log, request, makePage(40, 60)), log);
  });

  it("appends what follows, and reports a gap for what does not", () => {
    const log = takeNewer(startLog(0, 50), makePage(0, 2));
    const next = takePushed(log, makeMessage(3));
    assert.equal(next.gap, false);
    assert.deepEqual(seqs(next.log), [1, 2, 3]);
    const jump = takePushed(log, makeMessage(4));
    assert.equal(jump.gap, true);
    assert.deepEqual(seqs(jump.log), [1, 2]);
    assert.equal(jump.log.high, 2);
  });

  it("takes the same message once, however often it comes", () => {
    let log = takeNewer(startLog(0, 50), makePage(0, 3));
    log = takePushed(log, makeMessage(3)).log;
    log = takeNewer(log, makePage(1, 3));
    assert.deepEqual(seqs(log), [1, 2, 3]);
  });

  it("takes a number that is missing inside a covered range as gone for good", () => {
    const page = makePage(0, 5);
    const log = takeNewer(startLog(0, 50), {
      ...page,
      messages: page.messages.filter((message) => message.seq !== 3),
    });
    assert.deepEqual(seqs(log), [1, 2, 4, 5]);
    assert.equal(askForNewer(log, "c1").afterSeq, 5);
  });

  it("puts a changed message in the place of the old one, never the other way round", () => {
    let log = takeNewer(startLog(0, 50), makePage(0, 2));
    const changed = makeMessage(1, { text: "changed", revision: 7 });
    log = takeNewer(log, makePage(2, 2, { changed: [changed] }));
    assert.equal(log.messages[0]?.text, "changed");
    log = takePushed(log, makeMessage(1, { text: "late", revision: 3 })).log;
    assert.equal(log.messages[0]?.text, "changed");
  });

  it("does not let a late answer undo a newer state", () => {
    let log = takeNewer(startLog(0, 50), makePage(0, 2));
    const closed = makeConversation({ state: "closed", lastSeq: 2, revision: 5 });
    log = takeConversation(log, closed).log;
    const late = takeConversation(log, makeConversation({ lastSeq: 2, revision: 4 }));
    assert.equal(late.log.conversation?.state, "closed");
  });

  it("sees a gap when the conversation speaks of more than is known", () => {
    const log = takeNewer(startLog(0, 50), makePage(0, 2));
    const more = makeConversation({ lastSeq: 3, revision: 3 });
    assert.equal(takeConversation(log, more).gap, true);
    const same = makeConversation({ lastSeq: 2, revision: 2 });
    assert.equal(takeConversation(log, same).gap, false);
  });
});
