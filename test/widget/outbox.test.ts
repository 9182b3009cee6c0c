import assert from "node:assert/strict";
import { errorCodes, isErrorCode } from "../../shared/error-codes.js";
import { backOffMs } from "../../shared/back-off.js";
import {
  change,
  cut,
  headOf,
  makeEntry,
  mayRetry,
  refused,
  retry,
  revive,
  sendWithout,
  take,
  type Outbox,
} from "../../widget/state/outbox.js";

const entry = (clientId: string) =>
  makeEntry({ clientId, conversationId: "c", text: clientId, photos: [], createdAt: 0 });
const two: Outbox = [entry("a"), entry("b")];
const ids = (outbox: Outbox) => outbox.map((one) => one.clientId);

describe("the outbox", () => {
  it("sends the oldest first and nothing beside it", () => {
    assert.equal(headOf(two)?.clientId, "a");
    const sending = change(two, "a", { state: "sending" });
    assert.equal(headOf(sending), null);
    assert.equal(headOf(take(sending, "a"))?.clientId, "b");
  });

  it("does exactly what each code of the registry says: out and shown, kept, or kept for the reload", () => {
    for (const [code, what] of Object.entries(errorCodes)) {
      assert.ok(isErrorCode(code));
      const after = refused(change(two, "a", { state: "sending" }), "a", code, 5);
      const head = after[0];
      assert.deepEqual(ids(after), ["a", "b"], "nothing is lost");
      if (what === "never") {
        assert.deepEqual([head?.state, head?.failure], ["failed", code]);
        assert.equal(headOf(after)?.clientId, "b", "the rest goes on");
      } else {
        assert.deepEqual([head?.state, head?.attempts, head?.notBefore], ["waiting", 1, 5]);
        assert.equal(headOf(after)?.clientId, "a", "order is kept");
      }
    }
  });

  it("holds a message as failed that twice ended the connection, and only that one", () => {
    const once = cut(change(two, "a", { state: "sending" }), "a");
    assert.equal(once[0]?.state, "waiting");
    const twice = cut(change(once, "a", { state: "sending" }), "a");
    assert.deepEqual([twice[0]?.state, twice[0]?.failure], ["failed", "CUT"]);
    assert.equal(headOf(twice)?.clientId, "b");
  });

  it("does not count a cut against a message that was not on its way", () => {
    assert.equal(cut(two, "b")[1]?.cuts, 0);
  });

  it("tries a failed one again at the end of the queue, under the same id", () => {
    const failed = refused(two, "a", "TEXT_TOO_LONG", 0);
    assert.deepEqual(ids(retry(failed, "a")), ["b", "a"]);
    assert.equal(retry(failed, "a")[1]?.state, "waiting");
    assert.deepEqual(retry(two, "a"), two, "one that waits anyway stays where it is");
  });

  it("tries again without the photo that was refused for what it is; with nothing left the message is gone", () => {
    const photo = (clientId: string) => ({
      ...{ clientId, name: "a.jpg", file: new Blob(["x"]), width: 4, height: 3 },
      ...{ altText: "", attachmentId: null },
    });
    const failed = (text: string, ...photos: string[]): Outbox => {
      const fields = { text, photos: photos.map(photo) };
      return refused(change(two, "a", fields), "a", "IMAGE_DAMAGED", 5, "bad");
    };
    const head = failed("", "bad", "good")[0];
    assert.ok(head);
    assert.equal(mayRetry(head), false);
    assert.equal(mayRetry({ ...head, failure: "CONSENT_REFUSED" }), true);
    assert.deepEqual(ids(sendWithout(failed("", "bad"), "a")), ["b"]);
    assert.deepEqual(sendWithout(failed("words", "bad"), "a")[1]?.photos, []);
    const rest = sendWithout(failed("", "bad", "good"), "a")[1];
    assert.deepEqual([rest?.state, rest?.failedPhoto], ["waiting", null]);
    assert.deepEqual(
      rest?.photos.map((one) => one.clientId),
      ["good"],
    );
  });

  it("has nothing on its way after a reload", () => {
    assert.equal(revive(change(two, "a", { state: "sending" }))[0]?.state, "waiting");
  });
});

describe("the pause before trying again", () => {
  it("is any moment up to a bound that doubles and ends at 30 s", () => {
    assert.equal(
      backOffMs(0, () => 0),
      0,
    );
    assert.deepEqual(
      [0, 1, 2, 3, 6, 20].map((attempt) => backOffMs(attempt, () => 1)),
      [1000, 2000, 4000, 8000, 30000, 30000],
    );
  });
});
