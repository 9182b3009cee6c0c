import assert from "node:assert/strict";
import {
  closeSync,
  constants,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
} from "node:fs";
import { MongoClient, MongoServerError, type Collection } from "mongodb";
import {
  startEmbeddedMongo,
  type EmbeddedMongo,
} from "../../../server/embedded-mongo/start-embedded-mongo.js";
import { temporaryFolder } from "../support/database-process.js";

const descriptors = "/proc/self/fd";
/** The bits of a descriptor's flags that say whether it reads, writes or both. */
const accessMode = 3;
const here = existsSync("/dev/full") && existsSync("/proc/self/fdinfo");

/**
 * The descriptors by which the file is flushed: lmdb's, by which it writes the page that points to
 * everything where nobody flushes behind it (write-only and synchronous), and those of the flush behind
 * (write-only). The server runs in a thread of this process and shares them.
 */
function flushDescriptors(file: string): number[] {
  return readdirSync(descriptors)
    .map(Number)
    .filter((descriptor) => {
      try {
        if (readlinkSync(`${descriptors}/${descriptor}`) !== file) return false;
        const info = readFileSync(`/proc/self/fdinfo/${descriptor}`, "latin1");
        const flags = parseInt(/flags:\s*(\d+)/.exec(info)?.[1] ?? "0", 8);
        return (flags & accessMode) === constants.O_WRONLY;
      } catch {
        return false;
      }
    });
}

/** Puts a device that is always full in place of a descriptor: every write and every flush by it fails. */
function breakDescriptor(descriptor: number): void {
  const others: number[] = [];
  closeSync(descriptor);
  for (;;) {
    const opened = openSync("/dev/full", "w");
    if (opened === descriptor) break;
    others.push(opened);
    assert.ok(others.length < 1_000, "the descriptor's number is not given again");
  }
  others.forEach((other) => closeSync(other));
}

interface Row {
  _id: number;
  text: string;
}

describe("embedded-mongo where the disk fails while its file is flushed (needs /dev/full)", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  const file = `${folder.path}/store.mdb`;
  const logged: string[] = [];
  let server: EmbeddedMongo;
  let client: MongoClient;
  let rows: Collection<Row>;

  async function open(): Promise<void> {
    server = await startEmbeddedMongo({
      dataDir: folder.path,
      log: (_, message) => logged.push(message),
    });
    client = new MongoClient(server.url);
    rows = client.db("x").collection<Row>("rows");
  }

  async function close(): Promise<void> {
    await client.close();
    await server.close();
  }

  before(async function () {
    if (here) return open();
    process.stdout.write("    skipped: this system has no /dev/full, or no /proc/self/fd\n");
    this.skip();
  });
  after(async () => {
    if (here) await close();
    folder.remove();
  });

  const row = (n: number, size = 100): Row => ({ _id: n, text: "x".repeat(size) });
  let last = 0;

  /** Everything that was acknowledged is there, by every way to read, and no more than was sent. */
  async function holds(acknowledged: ReadonlySet<number>): Promise<void> {
    const found = (await rows.find().toArray()).map(({ _id }) => _id);
    for (const id of acknowledged) assert.ok(found.includes(id), `${id} is lost`);
    for (const id of found) assert.ok(acknowledged.has(id), `${id} was never acknowledged`);
    assert.equal(await rows.countDocuments({ text: /x$/ }), acknowledged.size);
    const check: { valid?: unknown; errors?: unknown } = await client
      .db("x")
      .command({ validate: "rows" });
    assert.deepEqual([check.valid, check.errors], [true, []]);
  }

  for (const [what, size] of [
    ["small writes, which the log has", 100],
    ["large writes, which go past the log", 2_000_000],
  ] as const)
    it(`goes on by itself, without a loss and with a code for what it refuses: ${what}`, async () => {
      const acknowledged = new Set<number>((await rows.find().toArray()).map(({ _id }) => _id));
      const write = async (): Promise<boolean> => {
        last += 1;
        const id = last;
        try {
          await rows.insertOne(row(id, size));
          acknowledged.add(id);
          return true;
        } catch (error) {
          assert.ok(error instanceof MongoServerError && error.code === 14031, String(error));
          return false;
        }
      };
      for (let n = 0; n < 5; n++) assert.ok(await write());
      // the other thread has the file open, too
      assert.equal(await rows.countDocuments({ text: /x$/ }), acknowledged.size);
      for (let failure = 0; failure < 2; failure++) {
        logged.length = 0;
        const broken = flushDescriptors(file);
        assert.equal(broken.length, 3, "lmdb has the file open, and those who flush it");
        broken.forEach(breakDescriptor);
        while (!logged.includes("the file is open again")) {
          await write();
          // a read in the other thread has what is in the log brought into the file
          await rows.countDocuments({ text: /x$/ }).catch((error: unknown) => {
            assert.ok(error instanceof MongoServerError && error.code === 14031, String(error));
          });
          assert.doesNotMatch(logged.join("\n"), /cannot be opened again/);
        }
        assert.ok(await write());
        await holds(acknowledged);
      }
      await close();
      await open();
      await holds(acknowledged);
    });
});
