import assert from "node:assert/strict";
import fc from "fast-check";
import { splitText } from "../../widget/chat/split-text.js";

const links = (text: string) =>
  splitText(text).flatMap((part) => (part.href === undefined ? [] : [part.href]));

describe("a message's text", () => {
  it("loses and adds nothing, whatever it says", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        assert.equal(
          splitText(text)
            .map((part) => part.text)
            .join(""),
          text,
        );
      }),
    );
  });

  it("marks addresses and leaves a sentence's own signs out of them", () => {
    assert.deepEqual(links("See https://example.org/a?b=c, and www.example.org."), [
      "https://example.org/a?b=c",
      "https://www.example.org",
    ]);
    assert.deepEqual(links("(https://example.org/a(b))"), ["https://example.org/a(b)"]);
  });

  it("makes no link of an address that shows one place and leads to another", () => {
    assert.deepEqual(
      links("https://bank.example@evil.example/ and www.bank.example@evil.example"),
      [],
    );
    assert.deepEqual(links("https://a:b@evil.example but https://bank.example/@me"), [
      "https://bank.example/@me",
    ]);
    assert.deepEqual(links("https://shop.example/\u202Egpj.exe"), ["https://shop.example/"]);
  });

  it("takes no longer for a message of marks and brackets", () => {
    for (const mark of [")", ".", "(", ".)", "https://a.b)"]) {
      const text = `https://shop.example/${mark.repeat(4_000)}x${mark.repeat(4_000)}`;
      const start = process.cpuUsage();
      for (let n = 0; n < 20; n += 1) splitText(text);
      const { user } = process.cpuUsage(start);
      assert.ok(user / 20 < 10_000, `${mark}: ${user / 20} µs`);
    }
  });

  it("makes a link of http and https only", () => {
    assert.deepEqual(
      links("javascript:alert(1) data:text/html,x ftp://example.org file:///etc"),
      [],
    );
  });
});
