import assert from "node:assert/strict";
import { deflateSync } from "node:zlib";
import sharp from "sharp";
import type { RenderPool } from "../../server/attachments/render-pool.js";
import { pngChunk } from "./make-hostile.js";
import { openPool, renderPhoto, sharedFiles } from "./render-photo.js";

/** EXIF that says where (or only which version its place has). */
async function makeExif(withPlace: boolean): Promise<Buffer> {
  const place = withPlace ? { GPSLatitudeRef: "N", GPSLatitude: "48/1 51/1 30/1" } : {};
  const photo = await sharp({ create: { width: 8, height: 8, channels: 3, background: "#555" } })
    .withExif({ IFD0: { Make: "Porchlight" }, IFD3: { GPSVersionID: "2 3 0 0", ...place } })
    .jpeg()
    .toBuffer();
  const { exif } = await sharp(photo).metadata();
  assert.ok(exif);
  return exif;
}

const xmp = Buffer.from("<x:xmpmeta><rdf:Description exif:GPSLatitude='48,51N'/></x:xmpmeta>");
const international = (packed: boolean, text: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from(`XML:com.adobe.xmp\0${packed ? "\x01" : "\0"}\0\0\0`, "latin1"),
    packed ? deflateSync(text) : text,
  ]);

describe("the place a photo was taken at", () => {
  let pool: RenderPool;
  let png: Buffer;
  let exif: Buffer;
  before(async () => {
    pool = openPool();
    png = await sharp({ create: { width: 60, height: 40, channels: 3, background: "#a53" } })
      .png()
      .toBuffer();
    exif = await makeExif(true);
  });
  after(() => pool.close());

  /** The PNG with a chunk before its end, where some cameras write it. */
  const withChunk = (name: string, data: Buffer): Buffer => {
    const end = png.length - 12;
    return Buffer.concat([png.subarray(0, end), pngChunk(name, data), png.subarray(end)]);
  };
  const isTold = async (file: Buffer): Promise<boolean> => {
    const image = await renderPhoto(pool, file);
    for (const { bytes } of image.renditions) {
      const { exif: left, xmp: text } = await sharp(Buffer.from(bytes)).metadata();
      assert.deepEqual([left, text], [undefined, undefined]);
    }
    return image.locationRemoved;
  };
  const raw = (block: Buffer): Buffer =>
    Buffer.from(`\nexif\n${String(block.length).padStart(8)}\n${block.toString("hex")}\n`);

  it("is told of a PNG wherever the file says it", async () => {
    const bare = exif.subarray(exif.indexOf("Exif") === 0 ? 6 : 0);
    const name = Buffer.from("Raw profile type exif\0", "latin1");
    assert.equal(await isTold(withChunk("eXIf", bare)), true, "after the pixels");
    assert.equal(await isTold(withChunk("iTXt", international(false, xmp))), true, "XMP");
    assert.equal(await isTold(withChunk("iTXt", international(true, xmp))), true, "packed XMP");
    const packed = Buffer.concat([name, Buffer.from([0]), deflateSync(raw(exif))]);
    assert.equal(await isTold(withChunk("zTXt", packed)), true, "as text, packed");
    assert.equal(await isTold(withChunk("tEXt", Buffer.concat([name, raw(exif)]))), true);
  });

  it("is not told of a PNG without one, nor of a broken or an endless text", async () => {
    const none = await makeExif(false);
    assert.equal(await isTold(png), false);
    assert.equal(await isTold(withChunk("eXIf", none.subarray(6))), false);
    const broken = Buffer.from("Raw profile type exif\0\0not packed", "latin1");
    assert.equal(await isTold(withChunk("zTXt", broken)), false);
    const bomb = deflateSync(Buffer.alloc(50_000_000, 0x30));
    const name = Buffer.from("Raw profile type exif\0\0", "latin1");
    assert.equal(await isTold(withChunk("zTXt", Buffer.concat([name, bomb]))), false);
    assert.equal(await isTold(withChunk("tEXt", Buffer.from("Comment\0GPSLatitude"))), false);
  });

  it("is told of a GIF's XMP", async () => {
    const gif = await sharp(png).gif().toBuffer();
    assert.equal(await isTold(gif), false);
    const head = Buffer.from("\x21\xff\x0bXMP DataXMP", "latin1");
    const trailer = Buffer.from(
      Array.from({ length: 258 }, (_, i) => (i === 0 ? 1 : 256 - i) & 255),
    );
    const end = gif.length - 1;
    const said = Buffer.concat([gif.subarray(0, end), head, xmp, trailer, gif.subarray(end)]);
    assert.equal(await isTold(said), true);
  });

  it("is told of the example files of PNG and HEIC that carry one", async function () {
    this.timeout(60_000);
    const files = sharedFiles("formats").filter(({ name }) =>
      [
        "exifr_png_with_exif_and_gps.png",
        "exifr_heic-iphone7.heic",
        "exifr_heic-iphone.heic",
      ].includes(name),
    );
    if (files.length === 0) {
      process.stdout.write("    skipped: no ../shared/data/formats\n");
      return this.skip();
    }
    for (const { name, bytes } of files)
      assert.equal((await renderPhoto(pool, bytes)).locationRemoved, true, name);
  });
});
