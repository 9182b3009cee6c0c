import assert from "node:assert/strict";
import { createRateLimits, rateDefaults } from "../../server/infra/rate-limits.js";
import { readConfig } from "../../server/config.js";

describe("rate limits", () => {
  const key = { id: "k", bytes: Buffer.alloc(32, 1) };

  it("count everybody apart, and say how long to wait", async () => {
    const rates = {
      ...rateDefaults,
      send: { visitor: { points: 2, seconds: 60 }, site: { points: 3, seconds: 60 } },
    };
    const limits = createRateLimits(rates, key, null);
    await limits.consume("send", { visitor: "a", site: "s" });
    await limits.consume("send", { visitor: "a", site: "s" });
    await assert.rejects(limits.consume("send", { visitor: "a" }), (error: unknown) => {
      assert.ok(error instanceof Error && "code" in error && "retryAfter" in error);
      assert.equal(error.code, "RATE_LIMITED");
      assert.ok(Number(error.retryAfter) > 0 && Number(error.retryAfter) <= 60);
      return true;
    });
    await limits.consume("send", { visitor: "b", site: "s" });
    await assert.rejects(limits.consume("send", { visitor: "c", site: "s" }), {
      code: "RATE_LIMITED",
    });
    await limits.consume("upload", { visitor: "a" });
  });

  it("are settings, each by its own variable", () => {
    const { rates } = readConfig({ RATE_SIGN_IN_ACCOUNT: "3/60" });
    assert.deepEqual(rates.signIn.account, { points: 3, seconds: 60 });
    assert.deepEqual(rates.signIn.address, rateDefaults.signIn.address);
    assert.deepEqual(rateDefaults.signIn.account, { points: 10, seconds: 900 }, "defaults stay");
    assert.throws(
      () => readConfig({ RATE_SEND_VISITOR: "30" }),
      /RATE_SEND_VISITOR must be like 30\/60/,
    );
  });
});
