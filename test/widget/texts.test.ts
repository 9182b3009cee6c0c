import assert from "node:assert/strict";
import arabic from "../../widget/text/arabic.js";
import french from "../../widget/text/french.js";
import german from "../../widget/text/german.js";
import spanish from "../../widget/text/spanish.js";
import { makeSpeech } from "../../widget/text/speech.js";
import { english, fill } from "../../widget/text/texts.js";

type Tree = string | { [key: string]: Tree };
const flatten = (tree: Tree, path = ""): [string, string][] =>
  typeof tree === "string"
    ? [[path, tree]]
    : Object.entries(tree).flatMap(([key, branch]) => flatten(branch, `${path}.${key}`));
const parts = (text: string) => [...new Set(text.match(/\{\w+\}/g))].sort().join(" ");

describe("the panel's words", () => {
  const source = new Map(flatten(english as unknown as Tree));
  for (const [name, texts] of Object.entries({ arabic, french, german, spanish })) {
    it(`say in ${name} all that they say in English, with the same parts filled in`, () => {
      for (const [path, text] of flatten(texts as unknown as Tree)) {
        assert.notEqual(text.trim(), "", path);
        const original = source.get(path);
        // Forms that only this language counts with may spell the number out.
        if (original !== undefined && !/\.(zero|one|two)$/.test(path))
          assert.equal(parts(text), parts(original), path);
      }
    });
  }

  it("count as each language counts", () => {
    const en = makeSpeech("en", english);
    assert.equal(en.count(english.unread, 1), "1 unread message");
    assert.equal(en.count(english.unread, 2), "2 unread messages");
    const ar = makeSpeech("ar", arabic);
    assert.equal(ar.count(arabic.unread, 2), "رسالتان غير مقروءتين");
    assert.equal(ar.direction, "rtl");
  });

  it("write the time as the reader's own kind of the language does", () => {
    const at = new Date(2026, 0, 1, 15, 5).getTime();
    assert.equal(makeSpeech("en", english, ["fr", "en-GB"]).time(at), "15:05");
    assert.match(makeSpeech("en", english, ["en-US"]).time(at), /3:05\sPM/);
    assert.equal(makeSpeech("de", german, ["en-US"]).time(at), "15:05");
  });

  it("name today, yesterday and older days", () => {
    const speech = makeSpeech("en", english, ["en-GB"]);
    const now = new Date(2026, 2, 1, 0, 30).getTime();
    assert.equal(speech.day(now, now), "Today");
    assert.equal(speech.day(now - 3_600_000, now), "Yesterday");
    assert.equal(speech.day(new Date(2026, 0, 5).getTime(), now), "5 January 2026");
  });

  it("leave a part alone that nobody filled in", () => {
    assert.equal(fill("{a} and {b}", { a: 1 }), "1 and {b}");
  });
});
