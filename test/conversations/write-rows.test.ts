import assert from "node:assert/strict";
import type { MessageNote } from "../../server/conversations/note-store.js";
import { createRowWriter } from "../../server/conversations/write-rows.js";
import { eventually } from "../support/eventually.js";

const note = (id: string, seq: number, author: MessageNote["author"]): MessageNote => ({
  id,
  seq,
  visitorSeq: author === "visitor" ? seq : 0,
  author,
  visitorMessages: 1,
  waitingSince: null,
  text: `line ${seq}`,
  lastPhotos: 0,
  lastAt: seq,
  expireAt: new Date(seq),
});
const nobody = () => undefined;
const holds = (check: () => void) =>
  eventually(() => {
    check();
    return Promise.resolve();
  });

describe("rows behind their messages", () => {
  it("many messages of a conversation are one write, with the newest of each side", async () => {
    const written: MessageNote[][] = [];
    const rows = createRowWriter({
      write(notes) {
        written.push(notes);
        return Promise.resolve([]);
      },
      onError: assert.ifError,
    });
    rows.note(note("a", 1, "visitor"), nobody);
    rows.note(note("a", 3, "operator"), nobody);
    rows.note(note("a", 2, "visitor"), nobody);
    rows.note(note("b", 7, "operator"), nobody);
    await holds(() => assert.equal(written.length, 1));
    assert.deepEqual(
      written[0]?.map(({ id, seq, visitorSeq, text }) => [id, seq, visitorSeq, text]),
      [
        ["a", 3, 2, "line 3"],
        ["b", 7, 0, "line 7"],
      ],
    );
  });

  it("who settles waits for what is under way and for what was noted after it began", async () => {
    const finish: (() => void)[] = [];
    const written: number[] = [];
    const rows = createRowWriter({
      async write(notes) {
        await new Promise<void>((resolve) => finish.push(resolve));
        written.push(...notes.map(({ seq }) => seq));
        return [];
      },
      onError: assert.ifError,
    });
    await rows.settle();
    rows.note(note("a", 1, "visitor"), nobody);
    const first = rows.settle();
    rows.note(note("a", 2, "visitor"), nobody);
    const [second, third] = [rows.settle(), rows.settle()];
    finish[0]?.();
    await first;
    await holds(() => assert.equal(finish.length, 2));
    finish[1]?.();
    await Promise.all([second, third]);
    assert.deepEqual(written, [1, 2]);
  });

  it("what could not be written is told, and written later with what came since", async () => {
    const told: unknown[] = [];
    const written: number[] = [];
    let away = true;
    const rows = createRowWriter({
      write(notes) {
        if (away) return Promise.reject(new Error("away"));
        written.push(...notes.map(({ seq }) => seq));
        return Promise.resolve([]);
      },
      onError: (error) => told.push(error),
    });
    rows.note(note("a", 1, "visitor"), nobody);
    await assert.rejects(rows.settle(), /away/);
    await holds(() => assert.ok(told.length > 0));
    away = false;
    rows.note(note("a", 2, "visitor"), nobody);
    await holds(() => assert.deepEqual(written, [2]));
  });

  it("who settles some rows writes those alone, and nobody writes them again for the same note", async () => {
    const written: string[] = [];
    const rows = createRowWriter({
      write(notes) {
        written.push(...notes.map(({ id, seq }) => `${id}${seq}`));
        return Promise.resolve([]);
      },
      onError: assert.ifError,
    });
    for (const id of ["a", "b", "c"]) rows.note(note(id, 1, "visitor"), nobody);
    await rows.settle(["b", "nobody"]);
    assert.deepEqual(written, ["b1"]);
    rows.note(note("b", 2, "operator"), nobody);
    await rows.settle(["b"]);
    assert.deepEqual(written, ["b1", "b2"]);
    // The time of the first notes comes: theirs, not those that were settled.
    await holds(() => assert.ok(written.length > 2));
    await rows.settle();
    assert.deepEqual(written, ["b1", "b2", "a1", "c1"]);
  });

  it("many rows are written a few at a time, and what fails in between is written later", async () => {
    const ids = Array.from({ length: 20 }, (_, at) => `r${at}`);
    const groups: string[][] = [];
    let failing = true;
    const rows = createRowWriter({
      write(notes) {
        if (groups.length === 1 && failing) return Promise.reject(new Error("away"));
        groups.push(notes.map(({ id }) => id));
        return Promise.resolve([]);
      },
      onError: () => undefined,
    });
    for (const id of ids) rows.note(note(id, 1, "visitor"), nobody);
    await assert.rejects(rows.settle(), /away/);
    assert.deepEqual(groups.flat(), ids.slice(0, groups[0]?.length));
    failing = false;
    await rows.settle();
    assert.deepEqual(groups.flat(), ids);
    for (const group of groups) assert.ok(group.length <= 8, `${group.length} rows at once`);
  });

  it("says whose conversation was gone, and nobody else's", async () => {
    const gone: string[] = [];
    const rows = createRowWriter({
      write: () => Promise.resolve(["b"]),
      onError: assert.ifError,
    });
    for (const id of ["a", "b"]) rows.note(note(id, 1, "visitor"), () => gone.push(id));
    await rows.settle();
    assert.deepEqual(gone, ["b"]);
  });
});
