import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import sharp from "sharp";
import { isErrorCode } from "../../shared/error-codes.js";
import { makePhoto } from "../support/make-photo.js";
import { makeHostile, type HostileFile } from "./make-hostile.js";
import { openPhotoDesk, urlOf, type PhotoDesk } from "./open-photo-desk.js";
import { sharedFiles } from "./render-photo.js";

/** What refuses a file: never INTERNAL, which would be our own failure. */
const refusals = ["IMAGE_UNSUPPORTED", "IMAGE_TOO_LARGE", "IMAGE_DAMAGED", "HEIC_UNSUPPORTED"];
const refusedWithinMs = 1000;
const madeSafeWithinMs = 3000;
const mostAboveIdle = 400;

/** Resident memory of this process, now or at its highest since `forgetPeak`, in MB: proc(5). */
function resident(field: "VmRSS" | "VmHWM"): number {
  const status = readFileSync("/proc/self/status", "utf8");
  return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
}
const hasProc = existsSync("/proc/self/clear_refs");
const forgetPeak = (): void => writeFileSync("/proc/self/clear_refs", "5");

describe("hostile and damaged files", () => {
  let desk: PhotoDesk;
  let generated: HostileFile[];
  before(async function () {
    this.timeout(60_000);
    generated = await makeHostile();
    desk = await openPhotoDesk();
    // Threads and codecs are up before anything is timed.
    await desk.visitor().upload(await makePhoto({ width: 64, height: 64 }));
  });
  after(() => desk.stop());

  /** CPU, not the clock: other processes of the machine do not count. */
  async function judge({ name, bytes }: HostileFile): Promise<void> {
    if (hasProc) forgetPeak();
    const idle = hasProc ? resident("VmRSS") : 0;
    const before = process.cpuUsage();
    const { status, body } = await desk.visitor().upload(bytes);
    const used = process.cpuUsage(before);
    const ms = (used.user + used.system) / 1000;
    if (hasProc) {
      // The sender is this process, too: what it holds of the body is not the server's.
      const above = resident("VmHWM") - idle - bytes.length / 1e6;
      assert.ok(above < mostAboveIdle, `${name}: ${above} MB above idle`);
    }
    if (status === 201) {
      assert.ok(ms < madeSafeWithinMs, `${name}: ${ms} ms`);
      const shown = await desk.fetchImage(urlOf(body, "full"));
      const safe = Buffer.from(await shown.arrayBuffer());
      await sharp(safe).raw().toBuffer();
      assert.ok(!safe.includes("<script"), name);
      assert.ok(safe.length <= Math.max(bytes.length, 400), name);
      return;
    }
    assert.ok(isErrorCode(body.code) && refusals.includes(body.code), `${name}: ${body.code}`);
    assert.ok(body.message.length > 20, name);
    assert.ok(ms < refusedWithinMs, `${name}: ${ms} ms`);
  }

  it("made here: refused with a code within a second, or made safe within three", async function () {
    this.timeout(120_000);
    for (const file of generated) await judge(file);
  });

  for (const folder of ["hostile", "damaged"]) {
    it(`of ../shared/data/${folder}: the same`, async function () {
      this.timeout(120_000);
      const files = sharedFiles(folder);
      if (files.length === 0) {
        process.stdout.write(`    skipped: no ../shared/data/${folder}\n`);
        return this.skip();
      }
      for (const file of files) await judge(file);
    });
  }

  it("what is no image is refused with the list of what is taken", async () => {
    for (const name of ["text", "svg with a script", "tiff", "pdf"]) {
      const file = generated.find((one) => one.name === name);
      const { status, body } = await desk.visitor().upload(file?.bytes ?? Buffer.alloc(0));
      assert.deepEqual([status, body.code], [415, "IMAGE_UNSUPPORTED"], name);
      assert.match(body.message, /JPEG, PNG, WebP, GIF, AVIF or HEIC/);
    }
  });

  it("leave nothing behind, and the next photo is served", async () => {
    const store = await desk.app.openStore();
    const before = [await store.count("attachments"), await store.count("blobs.files")];
    for (const name of ["jpeg cut in half", "png of 49 megapixels", "text", "heic that is none"]) {
      const file = generated.find((one) => one.name === name);
      const { status } = await desk.visitor().upload(file?.bytes ?? Buffer.alloc(0));
      assert.ok(status >= 400, name);
    }
    assert.deepEqual([await store.count("attachments"), await store.count("blobs.files")], before);
    await store.close();
    const { status } = await desk.visitor().upload(await makePhoto({ width: 200, height: 100 }));
    assert.equal(status, 201);
  });

  it("a body over the size limit is refused without being read", async () => {
    const { status, body } = await desk.visitor().upload(Buffer.alloc(25 * 1024 * 1024 + 1));
    assert.deepEqual([status, body.code], [413, "PAYLOAD_TOO_LARGE"]);
  });
});
