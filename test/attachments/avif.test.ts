import assert from "node:assert/strict";
import sharp from "sharp";
import { eventually } from "../support/eventually.js";
import { makePhoto } from "../support/make-photo.js";
import { openPhotoDesk, urlOf, type PhotoDesk } from "./open-photo-desk.js";

const browser = { accept: "image/avif,image/webp,image/*,*/*;q=0.8" };

describe("the AVIF of a photo", () => {
  let desk: PhotoDesk;
  before(async () => {
    desk = await openPhotoDesk();
  });
  after(() => desk.stop());

  it("is made on first demand and then given to browsers that take it, smaller, and to no other", async () => {
    const photo = await makePhoto({ width: 900, height: 700, orientation: 6 });
    const { body } = await desk.visitor().upload(photo);
    const url = urlOf(body, "full");
    const first = await desk.fetchImage(url, browser);
    assert.equal(first.headers.get("content-type"), "image/jpeg", "nobody waits for it");
    const jpeg = Buffer.from(await first.arrayBuffer());
    const avif = await eventually(async () => {
      const response = await desk.fetchImage(url, browser);
      const bytes = Buffer.from(await response.arrayBuffer());
      assert.equal(response.headers.get("content-type"), "image/avif");
      assert.match(response.headers.get("vary") ?? "", /accept/i);
      assert.notEqual(response.headers.get("etag"), first.headers.get("etag"));
      return bytes;
    });
    assert.ok(avif.length < jpeg.length, `${avif.length} of ${jpeg.length}`);
    const metadata = await sharp(avif).metadata();
    assert.deepEqual([metadata.width, metadata.height, metadata.exif], [900, 700, undefined]);
    const { data, info } = await sharp(avif).raw().toBuffer({ resolveWithObject: true });
    const at = (20 * info.width + 20) * info.channels;
    assert.ok((data[at] ?? 0) > 140 && (data[at + 1] ?? 255) < 90, "upright");

    const other = await desk.fetchImage(url, { accept: "image/webp,*/*" });
    assert.equal(other.headers.get("content-type"), "image/jpeg");
    assert.match(other.headers.get("vary") ?? "", /accept/i);
    assert.equal((await other.arrayBuffer()).byteLength, jpeg.length);
  });

  it("is not tried for a preview, nor for what is no JPEG", async () => {
    const drawing = await sharp({
      create: { width: 300, height: 200, channels: 4, background: "#00000000" },
    })
      .png()
      .toBuffer();
    const { body } = await desk.visitor().upload(drawing);
    for (const name of ["preview", "full"] as const) {
      const response = await desk.fetchImage(urlOf(body, name), browser);
      await response.arrayBuffer();
      assert.equal(response.headers.get("content-type"), "image/webp");
      assert.equal(response.headers.get("vary"), null);
    }
  });
});
