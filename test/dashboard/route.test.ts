import assert from "node:assert/strict";
import { commandOf, findCommands, printKey, type Command } from "../../dashboard/state/commands.js";
import { parseRoute, printRoute } from "../../dashboard/state/route.js";

describe("dashboard: addresses", () => {
  it("reads back every address that it writes", () => {
    for (const hash of ["#/inbox", "#/inbox/abc_-1", "#/mailing", "#/settings", "#/settings/rules"])
      assert.equal(printRoute(parseRoute(hash)), hash);
  });

  it("takes a set-up token out of the address and never writes it back", () => {
    const route = parseRoute("#/setup/tok_en-1");
    assert.deepEqual(route, { view: "setup", token: "tok_en-1" });
    assert.doesNotMatch(printRoute(route), /tok_en/);
  });

  it("ends in the inbox for anything else", () => {
    for (const hash of [
      "",
      "#",
      "#/",
      "#/nowhere",
      "#/inbox/../x",
      "#/inbox/%",
      "#/setup/",
      "#/a/b/c",
    ])
      assert.deepEqual(parseRoute(hash), { view: "inbox", conversationId: null }, hash);
  });
});

describe("dashboard: keys", () => {
  const make = (title: string, keys: string[], may = true): Command => ({
    title,
    section: "Everywhere",
    keys,
    may,
    run: () => undefined,
  });
  const commands = [
    make("Close", ["e"]),
    make("Find", ["Mod+k"]),
    make("Next", ["j", "Alt+ArrowDown"]),
    make("Never", ["x"], false),
  ];
  const press = (key: string, part: object = {}) => ({
    key,
    ctrl: false,
    meta: false,
    alt: false,
    writing: false,
    ...part,
  });
  const title = (key: string, part: object = {}, single = true): string | null =>
    commandOf(commands, press(key, part), single)?.title ?? null;

  it("takes letters where nobody writes, and chords everywhere", () => {
    assert.equal(title("e"), "Close");
    assert.equal(title("e", { writing: true }), null);
    assert.equal(title("k", { ctrl: true, writing: true }), "Find");
    assert.equal(title("K", { meta: true }), "Find");
    assert.equal(title("ArrowDown", { alt: true, writing: true }), "Next");
  });

  it("leaves letters alone when single keys are off, and what makes no sense now", () => {
    assert.equal(title("e", {}, false), null);
    assert.equal(title("x"), null);
    assert.equal(title("e", { ctrl: true }), null);
  });

  it("prints keys as the keyboard has them", () => {
    assert.equal(printKey("Mod+k", false), "Ctrl K");
    assert.equal(printKey("Mod+k", true), "⌘ K");
    assert.equal(printKey("Alt+ArrowDown", false), "Alt ↓");
  });

  it("finds commands by words in any order, beginnings first", () => {
    const all = [make("Next conversation", []), make("Conversation: close", [])];
    assert.deepEqual(
      findCommands(all, "conv").map((one) => one.title),
      ["Conversation: close", "Next conversation"],
    );
    assert.deepEqual(findCommands(all, "close conv").length, 1);
    assert.deepEqual(findCommands(all, "").length, 2);
  });
});
