import assert from "node:assert/strict";
import sharp from "sharp";
import { chooseQuality, cutMosaic } from "../../server/attachments/choose-quality.js";
import {
  prepareReference,
  scoreDifference,
  type Picture,
} from "../../server/attachments/measure-difference.js";
import { makePixels } from "../support/make-photo.js";

const ofPicture = ({ data, width, height }: Picture) =>
  sharp(data, { raw: { width, height, channels: 3 } });

const search = {
  encode: (picture: Picture, quality: number) =>
    ofPicture(picture).jpeg({ mozjpeg: true, quality }).toBuffer(),
  decode: (bytes: Uint8Array) => sharp(bytes).raw().toBuffer(),
  start: 80,
  lowest: 40,
  highest: 95,
};

async function scoreOf(photo: Picture, quality: number): Promise<number> {
  const data = await search.decode(await search.encode(photo, quality));
  return scoreDifference(prepareReference(photo), { ...photo, data });
}

describe("the search for a quality", () => {
  let photo: Picture;
  before(async () => {
    photo = await makePixels(1200, 900);
  });

  it("the same picture scores 100, and every step down in quality scores less", async () => {
    assert.equal(scoreDifference(prepareReference(photo), photo), 100);
    const scores = [];
    for (const quality of [95, 85, 70, 50, 30]) scores.push(await scoreOf(photo, quality));
    assert.deepEqual(
      scores,
      [...scores].sort((a, b) => b - a),
    );
    assert.ok((scores[0] ?? 0) > 75 && (scores[4] ?? 100) < 40, scores.join(" "));
  });

  it("sees lost colour that a comparison of lightness alone would miss", async () => {
    const grey = await ofPicture(photo).modulate({ saturation: 0.5 }).raw().toBuffer();
    assert.ok(scoreDifference(prepareReference(photo), { ...photo, data: grey }) < 60);
  });

  it("comes near the target on the whole photo, in few trials", async () => {
    for (const target of [60, 70]) {
      const { quality, trials } = await chooseQuality(photo, { ...search, target });
      const score = await scoreOf(photo, quality);
      // Noise with hard seams is the mosaic's worst case; photos land within a point (bench/photos.ts).
      assert.ok(Math.abs(score - target) < 3, `${target}: ${quality} gives ${score}`);
      assert.ok(trials <= 4);
    }
  });

  it("stays within its bounds where the target cannot be had", async () => {
    const chosen = await chooseQuality(photo, { ...search, target: 99.9 });
    assert.equal(chosen.quality, 95);
    const least = await chooseQuality(photo, { ...search, target: 5 });
    assert.equal(least.quality, 40);
  });

  it("spends less on an easy photo than on a hard one, for the same score", async () => {
    const easy = { ...photo, data: await ofPicture(photo).blur(4).raw().toBuffer() };
    const target = 80;
    const [hard, smooth] = await Promise.all(
      [photo, easy].map(async (picture) => {
        const { quality } = await chooseQuality(picture, { ...search, target });
        return (await search.encode(picture, quality)).length;
      }),
    );
    assert.ok((smooth ?? 0) < (hard ?? 0) / 2);
  });

  it("the mosaic is a sample of whole coding units, and a small photo is its own", () => {
    const large = { data: Buffer.alloc(2048 * 1536 * 3), width: 2048, height: 1536 };
    const mosaic = cutMosaic(large);
    assert.ok(mosaic.width % 16 === 0 && mosaic.height % 16 === 0);
    assert.ok(mosaic.width * mosaic.height < (2048 * 1536) / 8);
    assert.equal(mosaic.data.length, mosaic.width * mosaic.height * 3);
    const small = { data: Buffer.alloc(480 * 360 * 3), width: 480, height: 360 };
    assert.equal(cutMosaic(small), small);
    const strip = { data: Buffer.alloc(9000 * 60 * 3), width: 9000, height: 60 };
    assert.equal(cutMosaic(strip), strip, "too narrow for a tile");
  });
});
