import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { checkPages } from "../../../server/embedded-mongo/storage/check-pages.js";
import { KeySpace } from "../../../server/embedded-mongo/storage/key-space.js";
import { needsOlderHead } from "../../../server/embedded-mongo/storage/older-head.js";
import { runsAt, WriteAheadLog } from "../../../server/embedded-mongo/storage/write-ahead-log.js";
import { seeded } from "../../faults/random.js";
import { requireTool } from "../../support/tools.js";
import { temporaryFolder } from "../support/database-process.js";
import { readTrace, straceWords, writeAfterCut, type TraceEvent } from "../support/disk-trace.js";

const groups = 60;
const instants = process.env["CRASH_ROUNDS"] === undefined ? 200 : 2_000;
const script = fileURLToPath(new URL("../support/settle-script.js", import.meta.url));

/** What the rows hold when so many groups are stored. */
function rowsAfter(stored: number): Map<string, number> {
  const rows = new Map<string, number>();
  for (let group = 1; group <= stored; group++) {
    for (let row = 0; row < 8; row++) rows.set(`row ${(group * 7 + row * 13) % 200}`, group);
    rows.set("last", group);
  }
  return rows;
}

describe("embedded-mongo after a power cut between commits that are flushed behind (needs strace)", function () {
  this.timeout(60_000 + instants * 100);
  const folder = temporaryFolder();
  let events: TraceEvent[] = [];

  before(function () {
    const strace = requireTool(this, "strace");
    const trace = join(folder.path, "trace");
    const words = [process.execPath, script, join(folder.path, "space.mdb"), String(groups)];
    const { status } = spawnSync(strace, [...straceWords, "-o", trace, ...words]);
    assert.equal(status, 0);
    events = readTrace(trace, { file: /\/space\.mdb$/, log: /\/space\.mdb\.log$/ });
  });
  after(() => folder.remove());

  it(`holds every stored group and no half of one, at ${instants} instants`, async () => {
    const random = seeded(Number(process.env["CUT_SEED"] ?? 20_261_129));
    const begun = events.findIndex((event) => event.kind === "answer");
    assert.equal(events.filter(({ kind }) => kind === "answer").length, groups);
    for (let instant = 0; instant < instants; instant++) {
      const count = begun + Math.floor(random() * (events.length + 1 - begun));
      const cut = join(folder.path, `cut-${instant}`);
      mkdirSync(cut);
      const path = join(cut, "space.mdb");
      const files = { file: path, log: `${path}.log` };
      assert.equal(writeAfterCut(events, files, { instant, count }, random), 2);
      const stored = events.slice(0, count).filter(({ kind }) => kind === "answer").length;
      const found = await rowsAt(path);
      // the next group may be there as a whole, without its answer
      const expected = found.get("last") === stored + 1 ? stored + 1 : stored;
      assert.deepEqual(found, rowsAfter(expected), `instant ${instant}: ${count} events`);
      rmSync(cut, { recursive: true });
    }
  });
});

async function rowsAt(path: string): Promise<Map<string, number>> {
  const older = needsOlderHead(path, runsAt(`${path}.log`));
  checkPages(path, true, older);
  const space = new KeySpace(path, older);
  space.attach(new WriteAheadLog(`${path}.log`));
  const rows = new Map<string, number>();
  for (const { key, value } of space.walk({ from: Buffer.from("a"), to: Buffer.from("z") }))
    rows.set(key.toString(), value[0] ?? 0);
  await space.close();
  return rows;
}
