import assert from "node:assert/strict";
import { appendFile, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openJournal, type JournalEntry } from "../../server/infra/journal.js";

describe("the journal", () => {
  let folder: string;
  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), "porchlight-")), "journal");
  });
  afterEach(() => rm(join(folder, ".."), { recursive: true, force: true }));

  const entry = (at: number): JournalEntry => ({
    kind: "suppression",
    site: "s",
    at,
    value: { addressH: "h", scope: "marketing" },
  });
  const replayed = async () => {
    const journal = await openJournal(folder);
    const all: JournalEntry[] = [];
    const count = await journal.replay((one) => {
      all.push(one);
      return Promise.resolve();
    });
    assert.equal(count, all.length);
    await journal.close();
    return all;
  };

  it("gives back what was appended, in order, also many at once", async () => {
    const journal = await openJournal(folder);
    await Promise.all(Array.from({ length: 50 }, (_, at) => journal.append(entry(at))));
    await journal.append(entry(50));
    await journal.close();
    assert.deepEqual(
      await replayed(),
      Array.from({ length: 51 }, (_, at) => entry(at)),
    );
  });

  it("is on disk when the append resolves, readable by its owner alone, and makes no file unused", async () => {
    const unused = await openJournal(folder);
    await unused.close();
    assert.deepEqual(await readdir(folder), []);
    const journal = await openJournal(folder);
    await journal.append(entry(1));
    assert.deepEqual(await replayed(), [entry(1)], "before the writer closed it");
    const [name = ""] = await readdir(folder);
    assert.equal((await stat(join(folder, name))).mode & 0o777, 0o600);
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
    await journal.close();
  });

  it("keeps each process to a file of its own", async () => {
    const [one, other] = [await openJournal(folder), await openJournal(folder)];
    await one.append(entry(1));
    await other.append(entry(2));
    await one.close();
    await other.close();
    assert.equal((await readdir(folder)).length, 2);
    assert.equal((await replayed()).length, 2);
  });

  it("leaves out a torn last line, which was never acknowledged", async () => {
    const journal = await openJournal(folder);
    await journal.append(entry(1));
    await journal.close();
    const [name = ""] = await readdir(folder);
    await appendFile(join(folder, name), '{"kind":"suppr');
    assert.deepEqual(await replayed(), [entry(1)]);
  });

  it("refuses to be read when a line in the middle is damaged, and names file and line", async () => {
    await openJournal(folder);
    const path = join(folder, "20260101.jsonl");
    await writeFile(
      path,
      `${JSON.stringify(entry(1))}\n{"kind":"x"}\n${JSON.stringify(entry(2))}\n`,
    );
    await assert.rejects(replayed(), { message: new RegExp(`${path} is damaged at line 2`) });
  });
});
