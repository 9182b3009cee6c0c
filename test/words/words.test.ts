import assert from "node:assert/strict";
import {
  chooseWords,
  languages,
  readerLanguages,
  writer,
} from "../../server/words/choose-words.js";
import { english } from "../../server/words/english.js";
import { builtInNotices } from "../../server/privacy/notice-texts.js";

/** Each sentence with its place, such as `mails.confirm.subject`. */
function sentences(value: unknown, place = ""): Map<string, string> {
  if (typeof value === "string") return new Map([[place, value]]);
  const inner = Object.entries(value as Record<string, unknown>);
  return new Map(
    inner.flatMap(([name, part]) => [...sentences(part, place === "" ? name : `${place}.${name}`)]),
  );
}
const partsOf = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();
const same = new Set(["Name", "Version {version}", "Messages"]);

describe("the words of public pages and mails", () => {
  const original = sentences(english);

  it("are there for every language that the panel speaks, and for the notice", () => {
    const found = languages.map(({ language }) => language).sort();
    assert.deepEqual(found, ["ar", "de", "en", "es", "fr"]);
    assert.deepEqual(Object.keys(builtInNotices).sort(), found);
  });

  for (const words of languages.filter((one) => one !== english))
    it(`say in ${words.language} all that they say in English, with the same parts filled in`, () => {
      const translated = sentences(words);
      assert.deepEqual([...translated.keys()].sort(), [...original.keys()].sort());
      for (const [place, text] of translated) {
        const source = original.get(place) ?? "";
        assert.notEqual(text.trim(), "", place);
        assert.deepEqual(partsOf(text), partsOf(source), place);
        assert.equal(/[!<>]/.test(text), false, place);
        if (source.length > 8 && !same.has(source)) assert.notEqual(text, source, place);
        assert.equal(text.split("\n\n").length, source.split("\n\n").length, place);
      }
    });

  it("are chosen by the first language that is known, English where none is", () => {
    assert.equal(chooseWords("de-AT").language, "de");
    assert.equal(chooseWords("", undefined, null, "xx", "fr").language, "fr");
    assert.equal(chooseWords("constructor").language, "en");
    assert.equal(chooseWords("ar-EG").direction, "rtl");
  });

  it("follow what a browser's reader reads, most wanted first", () => {
    const read = (header?: string) =>
      readerLanguages(header === undefined ? {} : { "accept-language": header });
    assert.deepEqual(read("fr;q=0.5, de-CH, en;q=0.9, it;q=0"), ["de-CH", "en", "fr"]);
    assert.deepEqual(read(), []);
    assert.deepEqual(read(";;, ,q=1").length <= 2, true);
  });

  it("count days and name dates as each language does", () => {
    assert.deepEqual(
      ["en", "de", "fr", "es"].map((language) =>
        writer(chooseWords(language), "UTC").days(30).replace(/\s/g, " "),
      ),
      ["30 days", "30 Tage", "30 jours", "30 días"],
    );
    assert.match(writer(chooseWords("de"), "UTC").date(0), /1\.\sJanuar 1970/);
    assert.match(writer(chooseWords("ar"), "UTC").date(0), /يناير/);
  });
});
