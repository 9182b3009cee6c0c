import assert from "node:assert/strict";
import fc from "fast-check";
import { isEmojiOnly, splitText } from "../../widget/chat/split-text.js";

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

  it("makes a link of http and https only", () => {
    assert.deepEqual(
      links("javascript:alert(1) data:text/html,x ftp://example.org file:///etc"),
      [],
    );
  });

  it("knows one to three emoji and nothing else as large", () => {
    for (const text of ["👍", "👨‍👩‍👧", "🇩🇪 🇫🇷", "❤️", "👍🏽👍🏽👍🏽"]) assert.ok(isEmojiOnly(text), text);
    for (const text of ["", "1", "👍 yes", "👍👍👍👍", "#"]) assert.ok(!isEmojiOnly(text), text);
  });
});
