import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { makePhoto } from "../support/make-photo.js";
import { requireTool } from "../support/tools.js";
import { secret, withBaggage } from "./add-baggage.js";
import { openPool, renderPhoto, sharedFiles } from "./render-photo.js";

/** What exiftool may find: facts of the coding, which every picture has. */
const structural = /^(ExifTool|System|File|Composite):|^SourceFile$/;
const orientationOnly = /^IFD0:(Orientation)$/;
const profile = /^ICC/;
const coding = /^(RIFF|VP8L?|Adobe):/;

describe("metadata, as exiftool reads it", () => {
  let exiftool: string;
  let folder: string;
  const pool = openPool();
  before(function () {
    exiftool = requireTool(this, "exiftool");
    folder = mkdtempSync(join(tmpdir(), "porchlight-exif-"));
  });
  after(async () => {
    if (folder) rmSync(folder, { recursive: true });
    await pool.close();
  });

  function read(bytes: Uint8Array, extension: string): string[] {
    const file = join(folder, `photo.${extension}`);
    writeFileSync(file, bytes);
    const out = execFileSync(exiftool, ["-j", "-G1", "-a", "-u", "-U", "-ee", file]);
    const [tags] = JSON.parse(out.toString("utf8")) as [Record<string, unknown>];
    return Object.keys(tags);
  }

  async function assertClean(name: string, file: Buffer): Promise<void> {
    const image = await renderPhoto(pool, file);
    for (const rendition of image.renditions) {
      const extension = rendition.mime === "image/jpeg" ? "jpg" : "webp";
      const found = read(rendition.bytes, extension).filter(
        (tag) => !structural.test(tag) && !coding.test(tag),
      );
      assert.deepEqual(found, [], `${name} ${rendition.name}`);
    }
    if (!image.original) return;
    const kept = read(image.original, "jpg").filter(
      (tag) => ![structural, coding, profile, orientationOnly].some((allowed) => allowed.test(tag)),
    );
    assert.deepEqual(kept, [], `${name}, kept original`);
  }

  it("is in no rendition and in no kept original of what a camera and a program wrote (JMINI-07, hard test 14)", async () => {
    const photo = withBaggage(await makePhoto({ width: 500, height: 400, orientation: 8 }));
    assert.ok(
      read(photo, "jpg").some((tag) => tag.startsWith("GPS:")),
      "the reader sees places",
    );
    await assertClean("generated", photo);
    const image = await renderPhoto(pool, photo);
    for (const bytes of [image.original, ...image.renditions.map((made) => made.bytes)])
      for (const word of [secret, "Test camera", "Exif\0\0II", "http://ns.adobe.com"])
        assert.ok(bytes && !Buffer.from(bytes).includes(word), word);
  });

  it("is in no rendition of PNG, WebP and AVIF files that carry it (JMINI-07, hard test 14)", async () => {
    const pixels = sharp(await makePhoto({ width: 300, height: 200 })).withExif({
      IFD0: { Artist: secret },
      IFD3: { GPSLatitudeRef: "N", GPSLatitude: "48/1 51/1 30/1" },
    });
    for (const file of [
      await pixels.clone().png().toBuffer(),
      await pixels.clone().webp({ quality: 30 }).toBuffer(),
      await pixels.clone().avif({ effort: 0 }).toBuffer(),
    ]) {
      assert.ok(file.includes(secret));
      await assertClean("generated", file);
      const image = await renderPhoto(pool, file);
      assert.equal(image.locationRemoved, true);
      for (const { bytes } of image.renditions) assert.ok(!Buffer.from(bytes).includes(secret));
    }
  });

  for (const set of ["gps", "phone"]) {
    it(`is in none of ../shared/data/${set}`, async function () {
      this.timeout(120_000);
      const files = sharedFiles(set).slice(0, 3);
      if (files.length === 0) {
        process.stdout.write(`    skipped: no ../shared/data/${set}\n`);
        return this.skip();
      }
      for (const { name, bytes } of files) await assertClean(name, bytes);
    });
  }
});
