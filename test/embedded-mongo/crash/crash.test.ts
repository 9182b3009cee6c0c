import assert from "node:assert/strict";
import { MongoClient, type Collection, type Db } from "mongodb";
import {
  startDatabaseProcess,
  temporaryFolder,
  type DatabaseProcess,
} from "../support/database-process.js";

const rounds = Number(process.env["CRASH_ROUNDS"] ?? 10);
const writers = 12;

interface Row {
  _id: string;
  version: number;
  code: string;
  tags: string[];
}

/** What a row may be: its acknowledged version (0: not there), and the version that was on its way. */
interface Expected {
  acknowledged: number;
  underway: number | undefined;
}

/** Writes as fast as acknowledgements come and remembers what was acknowledged, until the server dies. */
class Workload {
  readonly expected = new Map<string, Expected>();
  acknowledged = 0;
  #version = 0;
  readonly #stop = new AbortController();

  async run(db: Db, round: number): Promise<void> {
    const rows = db.collection<Row>("rows");
    const all = Array.from({ length: writers }, (_, writer) =>
      this.#write(rows, `${round}-${writer}`),
    );
    await Promise.all([...all, this.#buildIndexes(rows)]);
  }

  /** Read through a method: it changes while others wait. */
  #goesOn(): boolean {
    return !this.#stop.signal.aborted;
  }

  stop(): void {
    this.#stop.abort();
  }

  async #write(rows: Collection<Row>, prefix: string): Promise<void> {
    for (let turn = 0; this.#goesOn(); turn++) {
      const id = `${prefix}-${turn}`;
      try {
        await this.#step(id, ++this.#version, (version) => rows.insertOne(rowOf(id, version)));
        await this.#step(id, ++this.#version, (version) =>
          rows.updateOne(
            { _id: id },
            { $set: { version, code: codeOf(id, version), tags: tagsOf(version) } },
          ),
        );
        if (turn % 3 === 0) await this.#step(id, 0, () => rows.deleteOne({ _id: id }));
      } catch (error) {
        if (this.#goesOn()) throw error;
      }
    }
  }

  async #step(
    id: string,
    version: number,
    write: (version: number) => Promise<unknown>,
  ): Promise<void> {
    const expected = this.expected.get(id) ?? { acknowledged: 0, underway: undefined };
    expected.underway = version;
    this.expected.set(id, expected);
    await write(version);
    expected.acknowledged = version;
    expected.underway = undefined;
    this.acknowledged += 1;
  }

  async #buildIndexes(rows: Collection<Row>): Promise<void> {
    while (this.#goesOn())
      try {
        await rows.createIndexes([{ key: { tags: 1, version: -1 }, name: "tags" }]);
        await rows.dropIndex("tags");
      } catch (error) {
        if (this.#goesOn()) throw error;
      }
  }
}

function codeOf(id: string, version: number): string {
  return `${id}/${version}`;
}

function tagsOf(version: number): string[] {
  return [`t${version % 7}`, `u${version % 11}`];
}

function rowOf(id: string, version: number): Row {
  return { _id: id, version, code: codeOf(id, version), tags: tagsOf(version) };
}

async function checkStored(
  rows: Collection<Row>,
  expected: ReadonlyMap<string, Expected>,
): Promise<void> {
  const stored = new Map<string, Row>();
  for await (const row of rows.find()) {
    assert.equal(stored.has(row._id), false, `${row._id} is there twice`);
    stored.set(row._id, row);
  }
  for (const [id, { acknowledged, underway }] of expected) {
    const version = stored.get(id)?.version ?? 0;
    assert.ok(
      version === acknowledged || version === underway,
      `${id}: acknowledged ${acknowledged}, underway ${String(underway)}, stored ${version}`,
    );
    if (version > 0) assert.deepEqual(stored.get(id), rowOf(id, version));
    stored.delete(id);
  }
  assert.deepEqual([...stored.keys()], [], "rows that nobody wrote");
}

describe(`embedded-mongo killed at random instants, ${rounds} times`, () => {
  const folder = temporaryFolder();
  let server: DatabaseProcess | undefined;
  const expected = new Map<string, Expected>();

  after(async () => {
    await server?.kill("SIGKILL");
    folder.remove();
  });

  for (let round = 1; round <= rounds; round++)
    it(`keeps every acknowledged write, once, with sound indexes (round ${round})`, async () => {
      server = await startDatabaseProcess(folder.path);
      const work = new Workload();
      const client = new MongoClient(server.url, { serverSelectionTimeoutMS: 1_000 });
      const rows = client.db("crash").collection<Row>("rows");
      await rows.createIndexes([{ key: { code: 1 }, unique: true }]);
      const running = work.run(client.db("crash"), round);
      const moment = 20 + Math.random() * 300;
      await Promise.race([running, new Promise((resolve) => setTimeout(resolve, moment))]);
      work.stop();
      await server.kill("SIGKILL");
      await running;
      await client.close();
      for (const [id, state] of work.expected) expected.set(id, state);

      server = await startDatabaseProcess(folder.path);
      const again = new MongoClient(server.url);
      try {
        const after = again.db("crash").collection<Row>("rows");
        await checkStored(after, expected);
        const check: { valid?: unknown; errors?: unknown } = await again
          .db("crash")
          .command({ validate: "rows" });
        assert.deepEqual({ valid: check.valid, errors: check.errors }, { valid: true, errors: [] });
        assert.ok(work.acknowledged > 0, "nothing was written in this round");
        // what was underway is settled now
        for (const row of await after.find().toArray())
          expected.set(row._id, { acknowledged: row.version, underway: undefined });
        for (const [id, state] of expected)
          if (state.underway !== undefined)
            expected.set(id, { acknowledged: 0, underway: undefined });
      } finally {
        await again.close();
        await server.kill("SIGTERM");
      }
    });
});
