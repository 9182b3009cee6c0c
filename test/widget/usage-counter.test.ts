import assert from "node:assert/strict";
import type { TelemetryCounts } from "../../shared/privacy.js";
import { makeUsageCounter } from "../../widget/track/usage-counter.js";

describe("counts of the panel's own buttons and errors (JMINI-03)", () => {
  const setUp = () => {
    const sent: TelemetryCounts[] = [];
    const state = { allowed: true };
    const counter = makeUsageCounter(
      () => state.allowed,
      (counts) => sent.push(counts),
    );
    return { sent, state, counter };
  };

  it("go out once, by name, and not at all where nothing was counted", () => {
    const { sent, counter } = setUp();
    counter.flush();
    counter.press("open");
    counter.press("open");
    counter.fault("socket");
    counter.flush();
    counter.flush();
    assert.deepEqual(sent, [{ presses: { open: 2 }, errors: { socket: 1 } }]);
  });

  it("are neither taken nor sent while they are not allowed, and never replayed", () => {
    const { sent, state, counter } = setUp();
    state.allowed = false;
    counter.press("open");
    state.allowed = true;
    counter.flush();
    counter.press("send");
    state.allowed = false;
    counter.flush();
    state.allowed = true;
    counter.flush();
    assert.deepEqual(sent, []);
  });
});
