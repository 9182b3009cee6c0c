import assert from "node:assert/strict";
import { isEmojiAlone } from "../../shared/emoji.js";

describe("emoji alone, shown large", () => {
  it("are one to three that are drawn in colour", () => {
    for (const text of ["👍", "👨‍👩‍👧", "🇩🇪 🇫🇷", "❤️", "☺️", "👍🏽👍🏽👍🏽", "☝🏽", " 🎉 ", "👩‍❤️‍👨"])
      assert.ok(isEmojiAlone(text), text);
  });

  it("are no words, no digits, no fourth one, and no sign that is drawn as text", () => {
    for (const text of ["", " ", "1", "#", "👍 yes", "👍👍👍👍", "❤", "☺", "©", "™", "🇩", "1️⃣"])
      assert.ok(!isEmojiAlone(text), text);
  });
});
