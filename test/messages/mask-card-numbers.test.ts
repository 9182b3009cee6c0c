import assert from "node:assert/strict";
import { maskCardNumbers } from "../../server/messages/mask-card-numbers.js";

describe("maskCardNumbers (JMINI-12)", () => {
  const masked: [string, string][] = [
    ["4111111111111111", "••••••••••••1111"],
    ["4111 1111 1111 1111", "•••• •••• •••• 1111"],
    ["4111-1111-1111-1111", "••••-••••-••••-1111"],
    ["3782 822463 10005", "•••• •••••• •0005"],
    ["6011000990139424", "••••••••••••9424"],
    ["4222222222222", "•••••••••2222"],
    ["card 5555 5555 5555 4444 12/29 cvc 123", "card •••• •••• •••• 4444 12/29 cvc 123"],
    ["order 12 4111 1111 1111 1111 please", "order 12 •••• •••• •••• 1111 please"],
    ["4111111111111111 5555555555554444", "••••••••••••1111 ••••••••••••4444"],
    ["4111\u00a01111\u00a01111\u00a01111", "••••\u00a0••••\u00a0••••\u00a01111"],
  ];
  for (const [text, expected] of masked)
    it(`masks "${text}"`, () => {
      assert.equal(maskCardNumbers(text), expected);
    });

  const kept = [
    "4111111111111112",
    "call +49 30 1234567890123",
    "9999999999999995",
    "123456789012",
    "41111111111111111111111",
    "4111  1111  1111  1111 is spaced too far",
    "",
  ];
  for (const text of kept)
    it(`leaves "${text}"`, () => {
      assert.equal(maskCardNumbers(text), text);
    });

  it("masking again changes nothing", () => {
    const once = maskCardNumbers("4111 1111 1111 1111");
    assert.equal(maskCardNumbers(once), once);
  });

  it("takes a text of nothing but digits in its stride", () => {
    const started = performance.now();
    maskCardNumbers("4 ".repeat(2000));
    maskCardNumbers("4".repeat(4000));
    assert.ok(performance.now() - started < 200);
  });
});
