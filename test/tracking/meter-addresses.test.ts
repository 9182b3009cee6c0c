import assert from "node:assert/strict";
import { createAddressMeter } from "../../server/tracking/meter-addresses.js";
import { movedClock } from "../support/start-app.js";

describe("the rate of an address's page views", () => {
  it("holds for each address alone, and anew in the next window", () => {
    const clock = movedClock();
    const isWithin = createAddressMeter(clock, { points: 2, seconds: 60 });
    const one = () => isWithin("203.0.113.9");
    assert.deepEqual([one(), one(), one()], [true, true, false]);
    assert.equal(isWithin("203.0.113.10"), true);
    clock.move(60_000);
    assert.equal(one(), true);
  });

  it("counts the addresses of one IPv6 network as one", () => {
    const isWithin = createAddressMeter(movedClock(), { points: 1, seconds: 60 });
    assert.equal(isWithin("2001:db8:1:2::1"), true);
    assert.equal(isWithin("2001:db8:1:2:ffff::9"), false);
    assert.equal(isWithin("2001:db8:1:3::1"), true);
  });
});
