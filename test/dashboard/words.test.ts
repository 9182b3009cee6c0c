import assert from "node:assert/strict";
import { checkOrigin } from "../../dashboard/state/check-origin.js";
import { chooseFiles } from "../../dashboard/state/composer.js";
import { fitPhoto } from "../../dashboard/state/fit-photo.js";
import { groupMessages } from "../../dashboard/state/message-groups.js";
import { nameVisitor, tellLastLine } from "../../dashboard/state/name-visitor.js";
import { tellFailure } from "../../dashboard/state/outcome.js";
import { splitText } from "../../dashboard/state/split-text.js";
import { tellBytes, tellMoment, tellSpan } from "../../dashboard/state/tell-numbers.js";
import { makeMessage, makeRow } from "./make-records.js";

const minute = 60_000;

describe("dashboard: words and shapes", () => {
  it("groups messages of one author within two minutes, under days", () => {
    const own = { kind: "operator", id: "o1", name: "Ada" } as const;
    const messages = [
      makeMessage(1, { sentAt: 0 }),
      makeMessage(2, { sentAt: 2 * minute }),
      makeMessage(3, { sentAt: 4 * minute + 1 }),
      makeMessage(4, { sentAt: 5 * minute, author: own }),
      makeMessage(5, { sentAt: 30 * 60 * minute, author: own }),
    ];
    const day = 24 * 60 * minute;
    const days = groupMessages(messages, (at) => Math.floor(at / day) * day);
    const shape = days.map((one) => one.groups.map((group) => group.messages.map((m) => m.seq)));
    assert.deepEqual(shape, [[[1, 2], [3], [4]], [[5]]]);
  });

  it("keeps two operators apart", () => {
    const messages = [
      makeMessage(1, { sentAt: 0, author: { kind: "operator", id: "a", name: "A" } }),
      makeMessage(2, { sentAt: 1, author: { kind: "operator", id: "b", name: "B" } }),
    ];
    assert.equal(groupMessages(messages, () => 0)[0]?.groups.length, 2);
  });

  it("makes addresses links and leaves the end of a sentence out of them", () => {
    const links = (text: string): string[] =>
      splitText(text).flatMap((piece) => (piece.kind === "link" ? [piece.url] : []));
    assert.deepEqual(links("See https://a.example/x?y=1."), ["https://a.example/x?y=1"]);
    assert.deepEqual(links("(https://a.example/w_(x)), https://b.example!"), [
      "https://a.example/w_(x)",
      "https://b.example",
    ]);
    assert.deepEqual(links("javascript:alert(1) data:text/html,x //b.example"), []);
    assert.deepEqual(links("http://"), []);
  });

  it("gives every character of a text back in its pieces", () => {
    const text = "a https://a.example/<b> c http://[ d https://e.example, f";
    const joined = splitText(text).map((piece) => piece.text);
    assert.equal(joined.join(""), text);
  });

  it("names a visitor by name, else address, else number", () => {
    const visitor = { id: "v", number: 7, name: "", email: "", online: false };
    assert.equal(nameVisitor(visitor), "Visitor 7");
    assert.equal(nameVisitor({ ...visitor, email: "b@example.org" }), "b@example.org");
    assert.equal(nameVisitor({ ...visitor, email: "b@example.org", name: "Bo" }), "Bo");
  });

  it("tells a photo as the last line where there are no words", () => {
    assert.equal(tellLastLine(makeRow("a", 1, { lastPhotos: 1 })), "Photo");
    assert.equal(tellLastLine(makeRow("a", 1, { lastPhotos: 3 })), "3 photos");
    assert.equal(
      tellLastLine(makeRow("a", 1, { lastText: "two\n lines", lastPhotos: 1 })),
      "two lines",
    );
  });

  it("tells spans, sizes and moments as people do", () => {
    assert.equal(tellSpan(-5), "under 1 min");
    assert.equal(tellSpan(4.9 * minute), "4 min");
    assert.equal(tellSpan(47 * 60 * minute), "47 h");
    assert.equal(tellSpan(72 * 60 * minute), "3 d");
    assert.equal(tellBytes(412_000), "412 KB");
    assert.match(tellBytes(3_900_000), /^3[.,]9 MB$/);
    const noon = new Date(2026, 2, 3, 12, 0).getTime();
    assert.match(tellMoment(noon, noon + minute), /^today, /);
    assert.match(tellMoment(noon, noon + 24 * 60 * minute), /^yesterday, /);
  });

  it("draws a photo in its own shape, inside its box, never enlarged", () => {
    const box = { width: 300, height: 320 };
    assert.deepEqual(fitPhoto({ width: 3000, height: 2000 }, box), { width: 300, height: 200 });
    assert.deepEqual(fitPhoto({ width: 1000, height: 4000 }, box), { width: 80, height: 320 });
    assert.deepEqual(fitPhoto({ width: 40, height: 30 }, box), { width: 40, height: 30 });
    assert.deepEqual(fitPhoto({ width: 0, height: 0 }, box), { width: 1, height: 1 });
  });

  it("refuses files before sending them: what is no photo, too large, or too many", () => {
    const photo = (name: string, bytes = 10): File =>
      new File([new Uint8Array(bytes)], name, { type: "image/jpeg" });
    const text = new File(["x"], "notes.txt", { type: "text/plain" });
    const bytes = 1_000_000;
    assert.match(chooseFiles([text], 10, bytes).complaint, /notes\.txt is no photo/);
    const large = photo("large.jpg", bytes + 1);
    assert.match(
      chooseFiles([large], 10, bytes).complaint,
      /large\.jpg is .* MB; the limit is .* MB/,
    );
    assert.equal(chooseFiles([photo("just.jpg", bytes)], 10, bytes).taken.length, 1);
    const two = chooseFiles([photo("a.jpg"), photo("b.jpg")], 1, bytes);
    assert.equal(two.taken.length, 1);
    assert.notEqual(two.complaint, "");
    assert.deepEqual(chooseFiles([photo("a.jpg")], 10, bytes).complaint, "");
  });

  it("makes a typed origin exact, or says what is wrong with it", () => {
    const known = ["https://a.example"];
    assert.deepEqual(checkOrigin(" HTTPS://WWW.B.example:443/ ", known), {
      ok: true,
      origin: "https://www.b.example",
    });
    for (const typed of [
      "",
      "b.example",
      "https://b.example/shop",
      "https://*.b.example",
      "https://a.example",
      "ftp://b.example",
      "https://u:p@b.example",
    ])
      assert.equal(checkOrigin(typed, known).ok, false, typed);
  });

  it("tells how long to wait when the server named it", () => {
    const failure = {
      ok: false,
      code: "RATE_LIMITED",
      message: "Slow down.",
      retryAfter: 240,
    } as const;
    assert.equal(tellFailure(failure), "Too many tries. The next one is possible in 4 minutes.");
  });
});
