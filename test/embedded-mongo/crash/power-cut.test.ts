import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { numberOf } from "../../../server/embedded-mongo/bson/plain-number.js";
import { parseDoc } from "../../../server/embedded-mongo/bson/parse-bson.js";
import { checkCollection } from "../../../server/embedded-mongo/storage/check-collection.js";
import { checkPages, DamagedFile } from "../../../server/embedded-mongo/storage/check-pages.js";
import { Store } from "../../../server/embedded-mongo/storage/store.js";
import { tableRange } from "../../../server/embedded-mongo/storage/table-keys.js";
import { seeded } from "../../faults/random.js";
import { requireTool } from "../../support/tools.js";
import { databaseScript, temporaryFolder } from "../support/database-process.js";
import {
  fileAfterCut,
  readTrace,
  straceWords,
  writeAfterCut,
  type TraceEvent,
} from "../support/disk-trace.js";
import { opMsg, RawClient } from "../support/raw-client.js";

/** `npm run test:crash` sets the number of rounds: then it is the long one. */
const long = process.env["CRASH_ROUNDS"] !== undefined;
const instants = long ? 600 : 40;
const writeMs = long ? 2_500 : 1_500;
const writers = 5;

/** What one request did to one row; version 0: it is gone. */
interface Step {
  readonly id: string;
  readonly version: number;
  readonly requestId: number;
}

function command(name: string, field: string, statement: object): Buffer {
  return opMsg({ [name]: "rows", $db: "cut" }, { sequences: { [field]: [statement] } });
}

/** Now and then one that is too large for the log. */
function fields(id: string, version: number): { code: string; tags: string[]; text: string } {
  return {
    code: `${id}/${version}`,
    tags: [`t${version % 5}`, `u${version % 3}`],
    text: "x".repeat(version % 97 === 0 ? 1_200_000 : (version * 1_237) % 6_000),
  };
}

/** Reads that another thread does: what is in the log alone is brought into the file for each. */
async function readElsewhere(url: string, until: number): Promise<void> {
  const client = await RawClient.connect(url);
  while (Date.now() < until) {
    client.send(opMsg({ count: "rows", $db: "cut", query: { text: /y$/ } }));
    assert.equal((await client.reply())?.["n"], 0);
    await sleep(2);
  }
  client.close();
}

/** One row after another: inserted, changed a few times, some deleted; notes what each request asks. */
async function write(url: string, writer: number, steps: Step[], until: number): Promise<void> {
  const client = await RawClient.connect(url);
  let version = writer;
  const send = async (id: string, now: number, bytes: Buffer): Promise<void> => {
    steps.push({ id, version: now, requestId: bytes.readInt32LE(4) });
    client.send(bytes);
    const reply = await client.reply();
    assert.equal(reply?.["n"], 1, JSON.stringify(reply));
  };
  for (let turn = 0; Date.now() < until; turn++) {
    const id = `${writer}-${turn}`;
    version += writers;
    await send(
      id,
      version,
      command("insert", "documents", { _id: id, version, ...fields(id, version) }),
    );
    for (let change = 0; change < turn % 4; change++) {
      version += writers;
      const u = { $set: { version, ...fields(id, version) } };
      await send(id, version, command("update", "updates", { q: { _id: id }, u }));
    }
    if (turn % 5 === 0)
      await send(id, 0, command("delete", "deletes", { q: { _id: id }, limit: 1 }));
  }
  client.close();
}

/** Which versions of each row may be there when `count` events have happened: the acknowledged one, or the next. */
function allowedVersions(
  steps: readonly Step[],
  events: readonly TraceEvent[],
  count: number,
): Map<string, number[]> {
  const answered = new Set(
    events.slice(0, count).flatMap((event) => (event.kind === "answer" ? [event.requestId] : [])),
  );
  const allowed = new Map<string, number[]>();
  const done = new Set<string>();
  for (const { id, version, requestId } of steps) {
    if (answered.has(requestId)) allowed.set(id, [version]);
    else if (!done.has(id)) {
      allowed.set(id, [...(allowed.get(id) ?? [0]), version]);
      done.add(id);
    }
  }
  return allowed;
}

/** The instants at which lmdb's file has something that no flush has promised. */
function unsettledPlaces(events: readonly TraceEvent[]): number[] {
  const places: number[] = [];
  let written = 0;
  let promised = 0;
  events.forEach((event, at) => {
    if (event.kind === "answer" || event.file !== "store.mdb") {
      if (written > promised) places.push(at);
      return;
    }
    if (event.kind === "write" && !event.durable) written = at + 1;
    if (event.kind === "sync") promised = Math.max(promised, event.covers);
    if (written > promised) places.push(at + 1);
  });
  return places;
}

async function checkStore(
  folder: string,
  allowed: ReadonlyMap<string, number[]>,
): Promise<{ rows: number; fromLog: number }> {
  const store = await Store.open(folder);
  try {
    const collection = store.catalog.find("cut.rows");
    const stored = new Map<string, number>();
    if (collection !== undefined) {
      for (const { value } of store.space.walk(tableRange(collection.table))) {
        const row = parseDoc(value);
        const id = row.get("_id");
        assert.ok(typeof id === "string");
        assert.equal(stored.has(id), false, `${id} is there twice`);
        stored.set(id, numberOf(row.get("version")) ?? 0);
      }
      const { errors, documents } = await checkCollection(store, collection);
      assert.deepEqual(errors, []);
      assert.equal(documents, store.catalog.size(collection).count);
    }
    for (const [id, versions] of allowed)
      assert.ok(
        versions.includes(stored.get(id) ?? 0),
        `row ${id} has version ${stored.get(id) ?? 0}, not ${versions.join(" or ")}`,
      );
    for (const id of stored.keys()) assert.ok(allowed.has(id), `${id} was never written`);
    return { rows: stored.size, fromLog: store.changesRecovered };
  } finally {
    await store.close();
  }
}

describe("embedded-mongo after a power cut (rebuilt from a trace; needs strace)", function () {
  this.timeout(60_000 + instants * 2_000);
  const folder = temporaryFolder();
  const steps: Step[] = [];
  let events: TraceEvent[] = [];

  before(async function () {
    const strace = requireTool(this, "strace");
    const socket = join(folder.path, "db.sock");
    const trace = join(folder.path, "trace");
    const words = [databaseScript, "--socket", socket, "--data", join(folder.path, "data")];
    const child = spawn(strace, [...straceWords, "-o", trace, process.execPath, ...words], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const url = `mongodb://${encodeURIComponent(socket)}/`;
    let printed = "";
    child.stdout.setEncoding("utf8");
    while (!printed.includes('"listening"'))
      printed += String((await once(child.stdout, "data"))[0]);
    const client = await RawClient.connect(url);
    const indexes = [
      { key: { code: 1 }, name: "code", unique: true },
      { key: { tags: 1, version: -1 }, name: "tags" },
    ];
    client.send(opMsg({ createIndexes: "rows", $db: "cut", indexes }));
    assert.equal((await client.reply())?.["ok"], 1);
    client.close();
    const until = Date.now() + writeMs;
    await Promise.all([
      readElsewhere(url, until),
      readElsewhere(url, until),
      ...Array.from({ length: writers }, (_, writer) => write(url, writer, steps, until)),
    ]);
    // strace keeps SIGTERM from itself; the trace begins with the number of the process it started
    process.kill(Number(/^\d+/.exec(readFileSync(trace, "latin1"))?.[0]), "SIGTERM");
    await once(child, "exit");
    events = readTrace(trace, {
      "store.mdb": /\/store\.mdb(\.\w+\.new)?$/,
      "store.log": /\/store\.log$/,
    });
  });
  after(() => folder.remove());

  it("was traced as a whole: every answer, and a sync before it", () => {
    const answers = new Set(
      events.flatMap((event) => (event.kind === "answer" ? [event.requestId] : [])),
    );
    for (const { requestId } of steps) assert.ok(answers.has(requestId), `${requestId}`);
    const durable = events.filter((event) => event.kind === "write" && event.durable);
    assert.ok(durable.length > 100, `${durable.length} records and heads`);
    assert.ok(events.filter(({ kind }) => kind === "sync").length > 2);
    assert.ok(unsettledPlaces(events).length > 100, "commits that are flushed behind");
    assert.ok(steps.length > 100, `${steps.length} writes`);
  });

  it(`holds every acknowledged write once, with sound indexes, at ${instants} instants`, async () => {
    const random = seeded(Number(process.env["CUT_SEED"] ?? 20_261_121));
    let rows = 0;
    let fromLog = 0;
    const unsettled = unsettledPlaces(events);
    for (let instant = 0; instant < instants; instant++) {
      const anywhere = Math.floor(random() * (events.length + 1));
      // every other one while something is written to lmdb's file and not yet flushed
      const count =
        instant % 2 === 0 ? anywhere : (unsettled[Math.floor(random() * unsettled.length)] ?? 0);
      const data = join(folder.path, `cut-${instant}`);
      mkdirSync(data);
      const files = Object.fromEntries(
        ["store.mdb", "store.log"].map((name) => [name, join(data, name)]),
      );
      writeAfterCut(events, files, { instant, count }, random);
      writeFileSync(join(data, "store.open"), "");
      try {
        const found = await checkStore(data, allowedVersions(steps, events, count));
        rows += found.rows;
        fromLog += found.fromLog;
      } catch (error) {
        throw new Error(`instant ${instant}: the first ${count} of ${events.length} events`, {
          cause: error,
        });
      }
      rmSync(data, { recursive: true });
    }
    assert.ok(rows > instants, `${rows} rows were looked at`);
    assert.ok(fromLog > instants, `${fromLog} changes stood in the log alone`);
  });

  it("would not hold if syncs were left out", () => {
    const random = seeded(7);
    const unsynced = events.filter(({ kind }) => kind !== "sync");
    const path = join(folder.path, "unsynced.mdb");
    let broken = 0;
    for (let instant = 0; instant < 20; instant++) {
      const count = Math.floor((0.5 + random() / 2) * unsynced.length);
      const file = fileAfterCut(unsynced, "store.mdb", count, () => random() < 0.1, random);
      assert.ok(file !== undefined, "the file is there in the second half of the trace");
      writeFileSync(path, file);
      try {
        checkPages(path, true);
      } catch (error) {
        assert.ok(error instanceof DamagedFile);
        broken += 1;
      }
    }
    assert.ok(broken > 10, `${broken} of 20 files were found broken`);
  });
});
