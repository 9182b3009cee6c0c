import assert from "node:assert/strict";
import sharp from "sharp";
import { thumbHashToAverageRGBA } from "thumbhash";
import type { RenderPool } from "../../server/attachments/render-pool.js";
import { makePhoto, makePixels } from "../support/make-photo.js";
import { openPool, renderPhoto, sharedFiles, show } from "./render-photo.js";

type Colour = readonly [number, number, number];

function assertNear(actual: readonly number[], expected: Colour, tolerance = 12): void {
  const off = expected.map((value, at) => Math.abs(value - (actual[at] ?? 0)));
  assert.ok(Math.max(...off) <= tolerance, `${actual.join(" ")} is not ${expected.join(" ")}`);
}

const flat = (colour: Colour, options: { width?: number; height?: number } = {}) => {
  const { width = 320, height = 240 } = options;
  const [r, g, b] = colour;
  return sharp({ create: { width, height, channels: 3, background: { r, g, b } } });
};

describe("a rendition", () => {
  let pool: RenderPool;
  before(() => {
    pool = openPool();
  });
  after(() => pool.close());

  for (let orientation = 1; orientation <= 8; orientation++) {
    it(`is upright for EXIF orientation ${orientation}`, async () => {
      const image = await renderPhoto(
        pool,
        await makePhoto({ width: 640, height: 400, orientation }),
      );
      assert.deepEqual([image.width, image.height], [640, 400]);
      for (const name of ["preview", "full"] as const) {
        const shown = await show(image, name);
        assert.ok(shown.width > shown.height);
        assertNear(shown.at(0.2, 0.2), [192, 36, 40], 40);
        for (const [x, y] of [
          [0.8, 0.2],
          [0.2, 0.8],
          [0.8, 0.8],
        ] as const)
          assert.ok(shown.at(x, y)[1] > 80, `no red at ${x}, ${y}`);
      }
    });
  }

  it("is upright for the example files of every orientation", async function () {
    const files = sharedFiles("orientation");
    if (files.length === 0) {
      process.stdout.write("    skipped: no ../shared/data/orientation\n");
      return this.skip();
    }
    this.timeout(60_000);
    for (const shape of ["Landscape", "Portrait"]) {
      const group = files.filter(({ name }) => name.startsWith(shape));
      const views = [];
      for (const { bytes } of group)
        views.push(await show(await renderPhoto(pool, bytes), "preview"));
      const [first] = views;
      assert.ok(first && first.width > first.height === (shape === "Landscape"));
      // Each file has its number drawn on it: coarse views differ by little, wrong turns by much.
      const coarse = (bytes: Buffer) => sharp(bytes).resize(6, 6, { fit: "fill" }).raw().toBuffer();
      const expected = await coarse(first.bytes);
      for (const view of views) {
        assert.deepEqual([view.width, view.height], [first.width, first.height]);
        const actual = await coarse(view.bytes);
        const off = actual.reduce((sum, v, at) => sum + Math.abs(v - (expected[at] ?? 0)), 0);
        assert.ok(off / actual.length < 12, `${off / actual.length} a channel`);
      }
    }
  });

  it("has the sizes of the table, never larger than the photo", async () => {
    const large = await renderPhoto(pool, await makePhoto({ width: 3000, height: 1500 }));
    const sizes = large.renditions.map(({ name, width, height }) => [name, width, height]);
    assert.deepEqual(sizes, [
      ["preview", 480, 240],
      ["full", 2048, 1024],
    ]);
    const small = await renderPhoto(pool, await makePhoto({ width: 200, height: 100 }));
    assert.deepEqual(
      small.renditions.map(({ width, height }) => [width, height]),
      [
        [200, 100],
        [200, 100],
      ],
    );
  });

  it("is sRGB: Display P3 and other profiles are converted, in JPEG and PNG", async () => {
    // The same P3 numbers mean a stronger red than they do in sRGB.
    const p3 = flat([200, 100, 80]).withIccProfile("p3");
    for (const file of [await p3.jpeg({ quality: 100 }).toBuffer(), await p3.png().toBuffer()]) {
      const stored = await sharp(file).metadata();
      assert.ok(stored.icc, "the file carries a profile");
      const shown = await show(await renderPhoto(pool, file), "full");
      assertNear(shown.at(0.5, 0.5), [200, 100, 80], 6);
      assert.equal((await sharp(shown.bytes).metadata()).icc, undefined);
    }
  });

  it("keeps the colours of CMYK, greyscale and 16-bit files", async () => {
    const cmyk = await flat([180, 60, 40]).toColourspace("cmyk").jpeg({ quality: 95 }).toBuffer();
    assert.equal((await sharp(cmyk).metadata()).space, "cmyk");
    assertNear((await show(await renderPhoto(pool, cmyk), "full")).at(0.5, 0.5), [180, 60, 40], 30);

    const grey = await flat([90, 90, 90]).greyscale().jpeg({ quality: 95 }).toBuffer();
    assertNear((await show(await renderPhoto(pool, grey), "full")).at(0.5, 0.5), [90, 90, 90], 4);

    const deep = await flat([30, 140, 220]).toColourspace("rgb16").png().toBuffer();
    assert.equal((await sharp(deep).metadata()).depth, "ushort");
    assertNear((await show(await renderPhoto(pool, deep), "full")).at(0.5, 0.5), [30, 140, 220], 4);

    const greyAlpha = await flat([120, 120, 120]).greyscale().ensureAlpha(0.5).png().toBuffer();
    const shown = await show(await renderPhoto(pool, greyAlpha), "full");
    assertNear(shown.at(0.5, 0.5), [120, 120, 120], 4);
    assert.ok(Math.abs(shown.at(0.5, 0.5)[3] - 128) < 3);
  });

  it("a transparent PNG stays transparent, without loss", async () => {
    const { data, width, height } = await makePixels(300, 200);
    const png = await sharp(data, { raw: { width, height, channels: 3 } })
      .ensureAlpha(0.25)
      .png()
      .toBuffer();
    const image = await renderPhoto(pool, png);
    const shown = await show(image, "full");
    assert.equal(shown.mime, "image/webp");
    assert.equal(image.original, null, "only a JPEG's original is kept");
    const before = await sharp(png).raw().toBuffer();
    const after = await sharp(shown.bytes).raw().toBuffer();
    assert.ok(before.equals(after));
  });

  it("a screenshot becomes lossless WebP by its content; a photo in a PNG becomes JPEG", async () => {
    const boxes = Array.from({ length: 30 }, (_, i) => ({
      input: {
        create: { width: 60, height: 12, channels: 3 as const, background: `rgb(${i * 8},40,90)` },
      },
      left: 20 + (i % 6) * 100,
      top: 20 + Math.floor(i / 6) * 70,
    }));
    const screen = await flat([250, 250, 250], { width: 700, height: 400 })
      .composite(boxes)
      .png()
      .toBuffer();
    const drawn = await show(await renderPhoto(pool, screen), "full");
    assert.equal(drawn.mime, "image/webp");
    assert.ok(
      (await sharp(drawn.bytes).ensureAlpha().raw().toBuffer()).equals(
        await sharp(screen).ensureAlpha().raw().toBuffer(),
      ),
    );

    const { data, width, height } = await makePixels(600, 400);
    const photo = await sharp(data, { raw: { width, height, channels: 3 } })
      .png()
      .toBuffer();
    const shown = await show(await renderPhoto(pool, photo), "full");
    assert.equal(shown.mime, "image/jpeg");
    assert.ok(shown.bytes.length < photo.length / 3);
  });

  it("an animation stays one within the limits, and shows its first frame beyond them", async () => {
    const frames = await Promise.all(
      [0, 80, 160, 240].map((red) =>
        flat([red, 20, 200], { width: 200, height: 160 }).png().toBuffer(),
      ),
    );
    const gif = await sharp(frames, { join: { animated: true } })
      .gif({ delay: [90, 90, 90, 90], loop: 0 })
      .toBuffer();
    assert.equal((await sharp(gif).metadata()).pages, 4);
    const image = await renderPhoto(pool, gif);
    for (const { bytes, mime } of image.renditions) {
      assert.equal(mime, "image/webp");
      const metadata = await sharp(Buffer.from(bytes)).metadata();
      assert.deepEqual([metadata.pages, metadata.delay], [4, [90, 90, 90, 90]]);
      assert.ok(bytes.length <= gif.length);
    }
    assert.deepEqual([image.width, image.height], [200, 160]);
    const { defaultPhotoSettings } = await import("../../server/attachments/rendition-specs.js");
    const tight = { ...defaultPhotoSettings, animationPixels: 100_000 };
    const still = await show(await renderPhoto(pool, gif, tight), "full");
    assert.equal((await sharp(still.bytes).metadata()).pages ?? 1, 1);
    assertNear(still.at(0.5, 0.5), [0, 20, 200], 8);
  });

  it("of an animated AVIF shows its first frame", async function () {
    const photo = flat([20, 120, 60]).avif({ effort: 0 });
    const still = await photo.toBuffer();
    // A sequence holds a picture, too; its brand and its track are what a decoder of pictures refuses.
    const sequence = Buffer.concat([still, Buffer.from("\0\0\0\x10moovnothing.", "latin1")]);
    sequence.write("avis", 8, "latin1");
    const [example] = sharedFiles("formats").filter(({ name }) => name === "anim.avif");
    if (!example) process.stdout.write("    without ../shared/data/formats\n");
    for (const file of [sequence, ...(example ? [example.bytes] : [])]) {
      await assert.rejects(sharp(file).raw().toBuffer());
      const image = await renderPhoto(pool, file);
      const { pages } = await sharp((await show(image, "full")).bytes).metadata();
      assert.equal(pages ?? 1, 1);
    }
    assertNear(
      (await show(await renderPhoto(pool, sequence), "full")).at(0.5, 0.5),
      [20, 120, 60],
      8,
    );
    const cut = example?.bytes.subarray(0, 1000) ?? sequence.subarray(0, 60);
    await assert.rejects(renderPhoto(pool, cut), { name: "ImageRefused", reason: "damaged" });
  });

  it("is never larger than what came in, and small JPEGs keep their own bytes", async () => {
    const { data, width, height } = await makePixels(500, 400);
    const pixels = sharp(data, { raw: { width, height, channels: 3 } });
    const files = {
      jpeg: await pixels.clone().jpeg({ quality: 40 }).toBuffer(),
      webp: await pixels.clone().webp({ quality: 20 }).toBuffer(),
      avif: await pixels.clone().avif({ quality: 25, effort: 0 }).toBuffer(),
      png: await pixels.clone().png({ palette: true, colours: 8 }).toBuffer(),
    };
    for (const [format, file] of Object.entries(files)) {
      const { renditions } = await renderPhoto(pool, file);
      for (const { name, bytes } of renditions)
        assert.ok(
          bytes.length <= file.length,
          `${format} ${name}: ${bytes.length} of ${file.length}`,
        );
    }
    const kept = await show(await renderPhoto(pool, files.jpeg), "full");
    const [before, after] = [files.jpeg, kept.bytes].map((bytes) => sharp(bytes).raw().toBuffer());
    assert.ok((await before)?.equals((await after) ?? Buffer.alloc(0)), "pixel by pixel the same");
  });

  it("comes with a placeholder of its colours", async () => {
    const image = await renderPhoto(pool, await flat([40, 160, 90]).jpeg().toBuffer());
    const { r, g, b } = thumbHashToAverageRGBA(Buffer.from(image.placeholder, "base64"));
    assertNear([r * 255, g * 255, b * 255], [40, 160, 90], 12);
    assert.ok(image.placeholder.length < 50);
  });

  it("is made of an iPhone's HEIC, upright and in sRGB", async function () {
    const file = sharedFiles("formats").find(({ name }) => name.endsWith("iphone7.heic"));
    if (!file) {
      process.stdout.write("    skipped: no ../shared/data/formats\n");
      return this.skip();
    }
    const image = await renderPhoto(pool, file.bytes);
    assert.deepEqual([image.width, image.height], [4032, 3024]);
    const shown = await show(image, "full");
    assert.deepEqual([shown.mime, shown.width, shown.height], ["image/jpeg", 2048, 1536]);
    assert.ok(shown.bytes.length < file.bytes.length / 2);
    assert.equal(image.original, null);
  });

  it("of a gain-map photo shows the picture without the map", async function () {
    const file = sharedFiles("formats").find(({ name }) => name.includes("gain-map"));
    if (!file) {
      process.stdout.write("    skipped: no ../shared/data/formats\n");
      return this.skip();
    }
    const image = await renderPhoto(pool, file.bytes);
    const { data } = await sharp(file.bytes).resize(64).raw().toBuffer({ resolveWithObject: true });
    const shown = await show(image, "full");
    const small = await sharp(shown.bytes).resize(64).raw().toBuffer();
    const off = small.reduce((sum, value, at) => sum + Math.abs(value - (data[at] ?? 0)), 0);
    assert.ok(off / small.length < 4, `${off / small.length} a channel`);
    assert.ok(image.original && image.original.length < file.bytes.length);
  });
});
