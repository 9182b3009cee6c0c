import assert from "node:assert/strict";
import { splitText } from "../../dashboard/state/split-text.js";

const links = (text: string) =>
  splitText(text).flatMap((piece) => (piece.kind === "link" ? [piece.url] : []));

describe("a message's text in the dashboard", () => {
  it("marks addresses without the sentence's own signs, and loses nothing", () => {
    const text = "(See https://example.org/a_(b), or http://localhost:8080/x.)";
    assert.deepEqual(links(text), ["https://example.org/a_(b)", "http://localhost:8080/x"]);
    assert.equal(
      splitText(text)
        .map((piece) => piece.text)
        .join(""),
      text,
    );
  });

  it("makes no link of an address that shows one place and leads to another", () => {
    assert.deepEqual(links("https://bank.example@evil.example/ https://a:b@evil.example/"), []);
    assert.deepEqual(links("https://shop.example/\u202Egpj.exe"), ["https://shop.example/"]);
  });
});
