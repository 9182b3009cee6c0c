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

  it("what one address is refused costs the site and the account nothing", async () => {
    const rates = {
      ...rateDefaults,
      subscribe: {
        address: { points: 2, seconds: 60 },
        account: { points: 3, seconds: 60 },
        site: { points: 3, seconds: 60 },
      },
    };
    const limits = createRateLimits(rates, key, null);
    const flood = { address: "203.0.113.7", account: "ann", site: "s" };
    const answers = await Promise.allSettled(
      Array.from({ length: 50 }, () => limits.consume("subscribe", flood)),
    );
    assert.equal(answers.filter(({ status }) => status === "fulfilled").length, 2);
    await limits.consume("subscribe", { address: "198.51.100.1", account: "ann", site: "s" });
    await assert.rejects(
      limits.consume("subscribe", { address: "198.51.100.2", account: "bob", site: "s" }),
      { code: "RATE_LIMITED" },
    );
  });

  it("count the addresses of one IPv6 network as one, and IPv4 addresses apart", async () => {
    const rates = { ...rateDefaults, setup: { address: { points: 1, seconds: 60 } } };
    const limits = createRateLimits(rates, key, null);
    const from = (address: string) => limits.consume("setup", { address });
    await from("2001:db8:0:1::1");
    await assert.rejects(from("2001:db8:0:1:ffff::2"), { code: "RATE_LIMITED" });
    await from("2001:db8:0:2::1");
    await from("203.0.113.7");
    await from("203.0.113.8");
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
