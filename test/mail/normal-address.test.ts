import assert from "node:assert/strict";
import fc from "fast-check";
import { maskAddress, normalAddress } from "../../server/mail/normal-address.js";

describe("the normal form of a mail address", () => {
  it("is the same for every way of writing it", () => {
    for (const [written, normal] of [
      ["Ann@Example.ORG", "ann@example.org"],
      ["  ann@example.org\n", "ann@example.org"],
      ["ann@example.org.", "ann@example.org"],
      ["ANN+News@example.org", "ann+news@example.org"],
      ["info@bücher.example", "info@xn--bcher-kva.example"],
      ["info@BÜCHER.example", "info@xn--bcher-kva.example"],
      ["info@XN--BCHER-KVA.example", "info@xn--bcher-kva.example"],
      ["jose\u0301@example.org", "jos\u00e9@example.org"],
      ["info@例え.テスト", "info@xn--r8jz45g.xn--zckzah"],
    ] as const)
      assert.equal(normalAddress(written), normal, written);
  });

  it("refuses what is none", () => {
    for (const text of [
      "",
      "ann",
      "@example.org",
      "ann@",
      "ann@example",
      "ann@.org",
      "ann@exa mple.org",
      "ann@example.org/1",
      "ann@example.org?2",
      "ann@example.org#3",
      "ann@example.org\\4",
      "ann@ex%61mple.org",
      "ann@exa\tmple.org",
      "ann@example.org:25",
      "a nn@example.org",
      ".ann@example.org",
      "ann.@example.org",
      "a..nn@example.org",
      '"ann"@example.org',
      "ann@example.org, bob@example.org",
      "ann@example.org\r\nBcc: bob@example.org",
      "ann@[127.0.0.1]",
      "ann@127.0.0.1\u0000.org",
      `${"a".repeat(65)}@example.org`,
      `ann@${"a.".repeat(140)}org`,
    ])
      assert.equal(normalAddress(text), null, JSON.stringify(text));
  });

  it("is a fixed point, in any case", () => {
    fc.assert(
      fc.property(fc.emailAddress(), (text) => {
        const normal = normalAddress(text);
        if (normal === null) return;
        assert.equal(normalAddress(normal), normal);
        assert.equal(normalAddress(text.toUpperCase()), normal);
      }),
    );
  });

  it("shows the first letter and the domain alone on a page", () => {
    assert.equal(maskAddress("bea@example.org"), "b••••@example.org");
  });
});
