import assert from "node:assert/strict";
import sharp from "sharp";
import { defaultPhotoSettings } from "../../server/attachments/rendition-specs.js";
import { readConfig } from "../../server/config.js";
import { eventually } from "../support/eventually.js";
import { makePhoto } from "../support/make-photo.js";
import { openPhotoDesk, urlOf, type PhotoDesk } from "./open-photo-desk.js";

const million = 1_000_000;

describe("the settings of photos", () => {
  it("without any variable are the table's", () => {
    assert.deepEqual(readConfig({}).photos, defaultPhotoSettings);
  });

  it("are each a variable", () => {
    const { photos } = readConfig({
      MAX_UPLOAD_MEGAPIXELS: "60",
      MAX_PNG_MEGAPIXELS: "20",
      MAX_HEIF_MEGAPIXELS: "12",
      MAX_ANIMATION_MEGAPIXELS: "9",
      PHOTO_TARGET: "75",
      PHOTO_SECONDS: "8",
      PHOTO_WORKERS: "4",
      PHOTO_QUEUE: "40",
      PHOTO_QUEUE_SITE: "20",
      PHOTO_QUEUE_MB: "512",
      PHOTO_UPLOADS: "3",
      PHOTO_UPLOADS_ADDRESS: "9",
      PHOTO_AVIF: "background",
    });
    assert.deepEqual(photos, {
      pixelLimits: {
        ...{ jpeg: 60 * million, webp: 60 * million },
        ...{ png: 20 * million, gif: 20 * million },
        ...{ avif: 12 * million, heic: 12 * million },
      },
      animationPixels: 9 * million,
      targetScore: 75,
      timeLimitMs: 8000,
      workers: 4,
      admitted: 40,
      admittedPerSite: 20,
      admittedBytes: 512 * 1024 * 1024,
      receivedPerSender: 3,
      receivedPerAddress: 9,
      avif: "background",
    });
  });

  it("a lower limit of pixels lowers those of the other formats, too", () => {
    const { pixelLimits } = readConfig({ MAX_UPLOAD_MEGAPIXELS: "10" }).photos;
    assert.deepEqual(
      [...new Set(Object.values(pixelLimits))],
      [10 * million],
      "none is above the one that was set",
    );
  });

  it("refuses what is no setting, all of it at once", () => {
    const wrong = { PHOTO_AVIF: "always", PHOTO_TARGET: "120", MAX_PNG_MEGAPIXELS: "0" };
    assert.throws(
      () => readConfig(wrong),
      (error: Error) => Object.keys(wrong).every((name) => error.message.includes(name)),
    );
  });

  describe("hold in a running server", () => {
    let desk: PhotoDesk;
    before(async () => {
      desk = await openPhotoDesk({ env: { MAX_PNG_MEGAPIXELS: "1", PHOTO_AVIF: "background" } });
    });
    after(() => desk.stop());

    it("a PNG above its limit is refused, a JPEG of the same size is taken", async () => {
      const size = { width: 1200, height: 900 };
      const png = await sharp({ create: { ...size, channels: 3, background: "#345" } })
        .png()
        .toBuffer();
      const refused = await desk.visitor().upload(png);
      assert.deepEqual([refused.status, refused.body.code], [413, "IMAGE_TOO_LARGE"]);
      assert.equal((await desk.visitor().upload(await makePhoto(size))).status, 201);
    });

    it("the AVIF is made in the background, before any browser asked", async () => {
      const { body } = await desk.visitor().upload(await makePhoto({ width: 900, height: 700 }));
      const store = await desk.app.openStore();
      await eventually(async () =>
        assert.equal(
          await store.count("attachments", { _id: body.id, "avif.bytes": { $gt: 0 } }),
          1,
        ),
      );
      await store.close();
      const accept = { accept: "image/avif,*/*" };
      const first = await desk.fetchImage(urlOf(body, "full"), accept);
      await first.arrayBuffer();
      assert.equal(first.headers.get("content-type"), "image/avif");
    });
  });
});
