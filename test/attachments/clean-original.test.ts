import assert from "node:assert/strict";
import fc from "fast-check";
import sharp from "sharp";
import { cleanJpeg } from "../../server/attachments/clean-original.js";
import { JpegDamaged } from "../../server/attachments/read-jpeg.js";
import { makePhoto } from "../support/make-photo.js";
import { secret, withBaggage } from "./add-baggage.js";

async function pixels(bytes: Buffer): Promise<Buffer> {
  return sharp(bytes).raw().toBuffer();
}

describe("the clean original", () => {
  let photo: Buffer;
  before(async () => {
    photo = await makePhoto({ width: 320, height: 240, orientation: 6 });
  });

  it("holds the same pixels and the orientation, and none of what else the file carried", async () => {
    const dirty = withBaggage(photo);
    const clean = cleanJpeg(dirty);
    assert.ok(dirty.includes(secret) && dirty.includes("Test camera"));
    assert.ok(!clean.bytes.includes(secret) && !clean.bytes.includes("Test camera"));
    assert.ok((await pixels(clean.bytes)).equals(await pixels(photo)));
    const metadata = await sharp(clean.bytes).metadata();
    assert.equal(metadata.orientation, 6);
    assert.equal(metadata.exif?.length, 32, "an EXIF block of one entry");
    assert.deepEqual(
      [metadata.xmp, metadata.iptc, metadata.comments],
      [undefined, undefined, undefined],
    );
    assert.equal(clean.hasLocation, true);
  });

  it("keeps the colour profile", async () => {
    const wide = await sharp(photo).withIccProfile("p3").jpeg().toBuffer();
    const before = await sharp(wide).metadata();
    const after = await sharp(cleanJpeg(wide).bytes).metadata();
    assert.ok(before.icc && after.icc?.equals(before.icc));
    assert.equal(
      cleanJpeg(wide).bare(),
      null,
      "shown without its profile its colours would change",
    );
  });

  it("gives a bare copy for delivery only where neither profile nor orientation is needed", async () => {
    assert.equal(cleanJpeg(photo).bare(), null);
    const upright = await makePhoto({ width: 320, height: 240 });
    const bare = cleanJpeg(withBaggage(upright)).bare();
    assert.ok(bare && !bare.includes("Exif") && !bare.includes(secret));
    assert.ok((await pixels(bare)).equals(await pixels(upright)));
  });

  it("says of a photo without a place that it has none", async () => {
    const nowhere = await makePhoto({ width: 64, height: 64, location: false });
    assert.equal(cleanJpeg(nowhere).hasLocation, false);
  });

  it("cleans a progressive photo, scan by scan", async () => {
    const progressive = await makePhoto({ width: 320, height: 240, progressive: true });
    const clean = cleanJpeg(withBaggage(progressive));
    assert.ok(clean.progressive && clean.scans > 1);
    assert.ok((await pixels(clean.bytes)).equals(await pixels(progressive)));
  });

  it("is clean already when it is cleaned again", () => {
    const once = cleanJpeg(withBaggage(photo)).bytes;
    assert.ok(cleanJpeg(once).bytes.equals(once));
  });

  it("refuses a file that is cut off anywhere", () => {
    for (const share of [0.01, 0.2, 0.5, 0.9, 0.999]) {
      const cut = photo.subarray(0, Math.floor(photo.length * share));
      assert.throws(() => cleanJpeg(cut), JpegDamaged, String(share));
    }
  });

  it("answers any bytes with a clean file or JpegDamaged, and lets none of the baggage through", () => {
    const dirty = withBaggage(photo);
    fc.assert(
      fc.property(fc.nat(dirty.length - 1), fc.uint8Array({ maxLength: 40 }), (at, noise) => {
        const mangled = Buffer.from(dirty);
        mangled.set(noise.subarray(0, mangled.length - at), at);
        try {
          cleanJpeg(mangled);
        } catch (error) {
          assert.ok(error instanceof JpegDamaged, String(error));
        }
      }),
      { numRuns: 300 },
    );
  });
});
