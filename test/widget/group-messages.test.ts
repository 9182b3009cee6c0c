import assert from "node:assert/strict";
import type { Author, Message } from "../../shared/wire.js";
import { groupMessages } from "../../widget/state/group-messages.js";
import { makeEntry } from "../../widget/state/outbox.js";

const noon = new Date(2026, 5, 1, 12).getTime();
const minute = 60_000;
const ada: Author = { kind: "operator", id: "o", name: "Ada" };
const visitor: Author = { kind: "visitor" };

const message = (seq: number, author: Author, sentAt: number): Message => ({
  conversationId: "c",
  seq,
  clientId: `m${seq}`,
  author,
  text: "",
  attachments: [],
  sentAt,
  revision: 0,
});
const pending = (clientId: string, createdAt: number) =>
  makeEntry({ clientId, conversationId: "c", text: "", photos: [], createdAt });
const shape = (rows: ReturnType<typeof groupMessages>) =>
  rows.map((row) => (row.kind === "day" ? "day" : row.items.map((item) => item.clientId).join()));

describe("messages in groups", () => {
  it("puts one sender's messages of two minutes together and starts anew for another", () => {
    const rows = groupMessages(
      [
        message(1, visitor, noon),
        message(2, visitor, noon + minute),
        message(3, visitor, noon + 4 * minute),
        message(4, ada, noon + 4 * minute),
        message(5, { ...ada, name: "Bo" }, noon + 4 * minute),
      ],
      [],
    );
    assert.deepEqual(shape(rows), ["day", "m1,m2", "m3", "m4", "m5"]);
  });

  it("marks each day once", () => {
    const rows = groupMessages(
      [message(1, visitor, noon), message(2, visitor, noon + 24 * 60 * minute)],
      [],
    );
    assert.deepEqual(shape(rows), ["day", "m1", "day", "m2"]);
  });

  it("lets what is on its way join its group, and gives what failed a caption of its own", () => {
    const failed = { ...pending("p2", noon), state: "failed" as const };
    const rows = groupMessages(
      [message(1, visitor, noon)],
      [pending("p1", noon), failed, pending("p3", noon)],
    );
    assert.deepEqual(shape(rows), ["day", "m1,p1", "p2", "p3"]);
  });

  it("shows a message once that has arrived while its answer was lost", () => {
    const rows = groupMessages([message(1, visitor, noon)], [pending("m1", noon)]);
    assert.deepEqual(shape(rows), ["day", "m1"]);
  });

  it("never sorts the unsent before the sent, whatever this machine's clock says", () => {
    const rows = groupMessages([message(1, ada, noon)], [pending("p1", noon - 24 * 60 * minute)]);
    assert.deepEqual(shape(rows), ["day", "m1", "p1"]);
  });
});
