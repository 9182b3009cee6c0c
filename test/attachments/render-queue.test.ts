import assert from "node:assert/strict";
import type { RenderPool, RenderTask } from "../../server/attachments/render-pool.js";
import { createRenderQueue, type Admission } from "../../server/attachments/render-queue.js";
import { defaultPhotoSettings } from "../../server/attachments/rendition-specs.js";
import { Refusal } from "../../server/errors.js";

const bounds = { workers: 2, admitted: 8, admittedPerSite: 6, admittedBytes: 1000 };

/** A pool whose tasks end when the test says so. */
function heldPool() {
  const started: string[] = [];
  const ends = new Map<string, (failure?: Error) => void>();
  const pool: RenderPool = {
    run: (task) =>
      new Promise((resolve, reject) => {
        const name = Buffer.from(task.bytes).toString();
        started.push(name);
        ends.set(name, (failure) => {
          if (failure) reject(failure);
          else resolve({ ok: true, kind: "avif", avif: task.bytes });
        });
      }),
    close: () => Promise.resolve(),
  };
  const end = async (name: string, failure?: Error): Promise<void> => {
    ends.get(name)?.(failure);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { pool, started, end };
}

const task = (name: string): RenderTask => ({
  kind: "renditions",
  bytes: Buffer.from(new Uint8Array(Buffer.from(name)).buffer),
  format: "jpeg",
  settings: defaultPhotoSettings,
});

function isBusy(error: unknown): boolean {
  return error instanceof Refusal && error.code === "BUSY" && (error.retryAfter ?? 0) > 0;
}

describe("the queue of photos", () => {
  it("serves the sites in turn, however many photos one of them sends", async () => {
    const { pool, started, end } = heldPool();
    const queue = createRenderQueue(pool, bounds);
    const run = (site: string, name: string) => queue.admit(site, 1).run(task(name), false);
    for (const name of ["a1", "a2", "a3", "a4", "a5"]) void run("a", name);
    void run("b", "b1");
    await end("");
    assert.deepEqual(started, ["a1", "a2"]);
    await end("a1");
    await end("a2");
    assert.deepEqual(started.slice(2).sort(), ["a3", "b1"]);
  });

  it("runs one heavy photo at a time and lets light ones pass it", async () => {
    const { pool, started, end } = heldPool();
    const queue = createRenderQueue(pool, bounds);
    const run = (site: string, name: string, heavy: boolean) =>
      queue.admit(site, 1).run(task(name), heavy);
    void run("a", "heavy1", true);
    void run("a", "heavy2", true);
    void run("a", "light1", false);
    await end("");
    assert.deepEqual(started, ["heavy1", "light1"]);
    await end("light1");
    assert.deepEqual(started, ["heavy1", "light1"]);
    await end("heavy1");
    assert.deepEqual(started, ["heavy1", "light1", "heavy2"]);
  });

  it("refuses with BUSY beyond its bounds: in all, of one site, in bytes", () => {
    const { pool } = heldPool();
    const queue = createRenderQueue(pool, bounds);
    const places: Admission[] = [];
    for (let i = 0; i < 6; i++) places.push(queue.admit("a", 100));
    assert.throws(() => queue.admit("a", 1), isBusy);
    assert.throws(() => queue.admit("b", 401), isBusy);
    places.push(queue.admit("b", 400));
    assert.throws(() => queue.admit("b", 1), isBusy);
    places.forEach((place) => place.release());
    assert.equal(queue.size(), 0);
    assert.doesNotThrow(() => queue.admit("a", 5000).release(), "a large one alone is taken");
  });

  it("counts bytes that are on their way as they come, not as they were promised", () => {
    const { pool } = heldPool();
    const queue = createRenderQueue(pool, bounds);
    const slow = queue.admit("a", 1000, true);
    const honest = queue.admit("b", 900, true);
    honest.reserve(900);
    slow.reserve(100);
    assert.throws(() => slow.reserve(1), isBusy);
    assert.throws(() => queue.admit("c", 1, true), isBusy);
    honest.release();
    slow.reserve(900);
    slow.release();
    assert.equal(queue.size(), 0);
    queue.admit("c", 1000, true).release();
  });

  it("gives a place back once, and a failed photo's worker to the next", async () => {
    const { pool, started, end } = heldPool();
    const queue = createRenderQueue(pool, { ...bounds, workers: 1 });
    const place = queue.admit("a", 10);
    const failing = place.run(task("bad"), true);
    const next = queue.admit("a", 10).run(task("good"), true);
    await end("");
    const refused = assert.rejects(failing, /broken/);
    await end("bad", new Error("broken"));
    await refused;
    place.release();
    place.release();
    assert.equal(queue.size(), 1);
    assert.deepEqual(started, ["bad", "good"]);
    await end("good");
    assert.equal((await next).kind, "avif");
  });
});
