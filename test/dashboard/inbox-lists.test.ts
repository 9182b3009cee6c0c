import assert from "node:assert/strict";
import {
  countInbox,
  dropRow,
  emptyLists,
  filterRows,
  findRow,
  takeNewestPage,
  takeOlderPage,
  takeRow,
  type InboxLists,
} from "../../dashboard/state/inbox-lists.js";
import { makeConversation, makeRow } from "./make-records.js";

const ids = (lists: InboxLists, state: "open" | "closed"): string[] =>
  lists[state].rows.map((row) => row.conversation.id);
const loaded = takeNewestPage(emptyLists, "open", {
  rows: [makeRow("a", 30), makeRow("b", 20), makeRow("c", 10)],
  more: false,
});

describe("dashboard: the inbox's lists", () => {
  it("moves a row to its place in time when a message comes", () => {
    const lists = takeRow(loaded, makeRow("c", 40));
    assert.deepEqual(ids(lists, "open"), ["c", "a", "b"]);
  });

  it("moves a closed conversation to the other list, and back when it is reopened", () => {
    const closed = makeConversation({ id: "b", state: "closed", revision: 1 });
    const once = takeRow(loaded, makeRow("b", 20, { conversation: closed }));
    assert.deepEqual(ids(once, "open"), ["a", "c"]);
    assert.deepEqual(ids(once, "closed"), ["b"]);
    const open = makeConversation({ id: "b", state: "open", revision: 2 });
    const back = takeRow(once, makeRow("b", 50, { conversation: open }));
    assert.deepEqual(ids(back, "open"), ["b", "a", "c"]);
    assert.deepEqual(ids(back, "closed"), []);
  });

  it("leaves a row as it is when an older one arrives late", () => {
    const newer = makeRow("a", 60, {
      conversation: makeConversation({ id: "a", lastSeq: 4, revision: 4 }),
    });
    const lists = takeRow(loaded, newer);
    const late = takeRow(lists, makeRow("a", 30));
    assert.equal(findRow(late, "a")?.lastAt, 60);
  });

  it("takes rows off that a fresh page covers and does not name", () => {
    const lists = takeNewestPage(loaded, "open", { rows: [makeRow("a", 30)], more: false });
    assert.deepEqual(ids(lists, "open"), ["a"]);
  });

  it("keeps older rows that were loaded when a fresh first page ends before them", () => {
    const long = takeOlderPage({ ...loaded, open: { ...loaded.open, more: true } }, "open", {
      rows: [makeRow("old", 1)],
      more: true,
    });
    const lists = takeNewestPage(long, "open", {
      rows: [makeRow("new", 50), makeRow("a", 30)],
      more: true,
    });
    assert.deepEqual(ids(lists, "open"), ["new", "a", "b", "c", "old"]);
    assert.equal(lists.open.more, true);
  });

  it("leaves an unknown old row to its own page", () => {
    const partly = { ...loaded, open: { ...loaded.open, more: true } };
    assert.deepEqual(ids(takeRow(partly, makeRow("z", 5)), "open"), ["a", "b", "c"]);
    assert.deepEqual(ids(takeRow(loaded, makeRow("z", 5)), "open"), ["a", "b", "c", "z"]);
  });

  it("takes an erased conversation off both lists", () => {
    assert.equal(findRow(dropRow(loaded, "b"), "b"), null);
  });

  it("finds by name, address, number and last line, and only what holds every word", () => {
    const rows = [
      makeRow("a", 3, { lastText: "Do you ship to Norway?" }),
      makeRow("b", 2, {
        visitor: { id: "v", number: 1042, name: "", email: "buyer@example.org", online: true },
      }),
    ];
    const found = (search: string): string[] =>
      filterRows(rows, search).map((row) => row.conversation.id);
    assert.deepEqual(found(""), ["a", "b"]);
    assert.deepEqual(found("norway SHIP"), ["a"]);
    assert.deepEqual(found("visitor 1042"), ["b"]);
    assert.deepEqual(found("buyer norway"), []);
  });

  it("counts who waits and what is unread", () => {
    const lists = takeRow(loaded, makeRow("d", 50, { unread: 3, waitingSince: 40 }));
    assert.deepEqual(countInbox([lists]), { waiting: 1, unread: 3, atLeast: false });
    assert.deepEqual(countInbox([]), { waiting: 0, unread: 0, atLeast: false });
    // What was not read from the server is not counted, and the count says so.
    const more = { ...lists, open: { ...lists.open, more: true } };
    assert.deepEqual(countInbox([lists, more]), { waiting: 2, unread: 6, atLeast: true });
  });
});
