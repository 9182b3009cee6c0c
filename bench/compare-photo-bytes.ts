import sharp from "sharp";
import { cleanJpeg } from "../server/attachments/clean-original.js";
import type { RenderedImage } from "../server/attachments/make-renditions.js";
import { prepareReference, scoreDifference } from "../server/attachments/measure-difference.js";
import { decodePixels, shrinkPixels, turnUpright } from "../server/attachments/render-image.js";
import { createRenderPool } from "../server/attachments/render-pool.js";
import {
  openButteraugli,
  openJpegoptim,
  openSsimulacra2,
  type Judge,
  type RawPhoto,
} from "./judge-photos.js";
import { cpuMs, inPairs, renderPhotos, type Photo } from "./photo-set.js";
import type { BenchRow } from "./print-table.js";

/** One way to make all photos small. */
interface Side {
  name: string;
  encoded: Buffer[];
  /** CPU of encoding alone; null for a program of its own. */
  encodeMs: number | null;
}

interface Scores {
  lowest: number;
  mean: number;
}

const edges = { full: 2048, preview: 480 };

/** The server's own resize, kept lossless: what its renditions are judged against. */
async function resizeAsServer({ file }: Photo, name: "preview" | "full"): Promise<RawPhoto> {
  const { bytes, orientation } = cleanJpeg(file);
  const stored = await decodePixels({ bytes, pixelLimit: 1e8, seconds: 60 }, edges.full);
  return shrinkPixels(await turnUpright(stored, orientation), edges[name]);
}

const ofRaw = ({ data, width, height }: RawPhoto) =>
  sharp(data, { raw: { width, height, channels: 3 } });

const pick = (image: RenderedImage, name: "preview" | "full"): Buffer =>
  Buffer.from(image.renditions.find((made) => made.name === name)?.bytes ?? []);

async function encodeAll(
  name: string,
  references: readonly RawPhoto[],
  encode: (photo: RawPhoto) => Promise<Buffer>,
): Promise<Side> {
  const { result, ms } = await cpuMs(() => inPairs(references, encode));
  return { name, encoded: result, encodeMs: ms };
}

async function encodeOthers(references: readonly RawPhoto[]): Promise<Side[]> {
  const sides: Side[] = [];
  for (let quality = 70; quality <= 90; quality++)
    sides.push(
      await encodeAll(`mozjpeg ${quality}`, references, (photo) =>
        ofRaw(photo).jpeg({ mozjpeg: true, quality }).toBuffer(),
      ),
    );
  sides.push(
    await encodeAll("sharp's JPEG default (80)", references, (photo) =>
      ofRaw(photo).jpeg().toBuffer(),
    ),
    await encodeAll("AVIF default (50, effort 4)", references, (photo) =>
      ofRaw(photo).avif().toBuffer(),
    ),
  );
  const optimise = openJpegoptim();
  if (optimise) {
    const encoded = await inPairs(references, async (photo) =>
      optimise(await ofRaw(photo).jpeg({ quality: 95 }).toBuffer(), 85),
    );
    sides.push({ name: "jpegoptim --max=85", encoded, encodeMs: null });
  }
  return sides;
}

async function judgeAll(
  judge: Judge,
  references: readonly RawPhoto[],
  encoded: readonly Buffer[],
): Promise<Scores> {
  const scores = await inPairs(references, (photo, at) =>
    judge(photo, encoded[at] ?? Buffer.alloc(0)),
  );
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  return { lowest: Math.min(...scores), mean };
}

const judgeOurselves: Judge = async (reference, rendition) => {
  const data = await sharp(rendition).removeAlpha().raw().toBuffer();
  return scoreDifference(prepareReference(reference), { ...reference, data });
};

const weigh = (encoded: readonly Buffer[]): number =>
  encoded.reduce((sum, bytes) => sum + bytes.length, 0);

interface Weighed {
  bytes: number;
  lowest: number;
}

/**
 * Bytes that the best fixed quality needs for the same lowest score: between the two whole qualities
 * around it, on a straight line in score and in the logarithm of bytes.
 */
export function bytesAt(lowest: number, fixed: readonly Weighed[]): number | null {
  const sorted = [...fixed].sort((a, b) => a.bytes - b.bytes);
  for (let at = 0; at + 1 < sorted.length; at++) {
    const [less, more] = [sorted[at], sorted[at + 1]];
    if (!less || !more || less.lowest > lowest || more.lowest < lowest) continue;
    const share = (lowest - less.lowest) / (more.lowest - less.lowest || 1);
    return less.bytes * (more.bytes / less.bytes) ** share;
  }
  return null;
}

/** Bytes at equal quality, SSIMULACRA 2 being the judge; the other judges are printed without a bar. */
export async function compareBytes(photos: readonly Photo[]): Promise<BenchRow[]> {
  const pool = createRenderPool();
  const images = await renderPhotos(pool, photos).finally(() => pool.close());
  const fulls = await inPairs(photos, (photo) => resizeAsServer(photo, "full"));
  const megapixels = fulls.reduce((sum, { width, height }) => sum + (width * height) / 1e6, 0);
  const ours: Side = {
    name: "ours",
    encoded: images.map((image) => pick(image, "full")),
    encodeMs: null,
  };
  const ssimulacra2 = openSsimulacra2();
  const butteraugli = openButteraugli();
  const rows: BenchRow[] = [];
  const add = (measure: string, value: number): void => void rows.push({ measure, value });
  const fixed: Weighed[] = [];
  let lowestOfOurs: number | null = null;
  for (const side of [ours, ...(await encodeOthers(fulls))]) {
    const { name, encoded, encodeMs } = side;
    const bytes = weigh(encoded);
    add(`${name}: bytes (MB)`, bytes / 1e6);
    if (encodeMs !== null) add(`${name}: CPU of encoding (ms a megapixel)`, encodeMs / megapixels);
    if (ssimulacra2) {
      const { lowest, mean } = await judgeAll(ssimulacra2, fulls, encoded);
      add(`${name}: lowest SSIMULACRA 2`, lowest);
      add(`${name}: mean SSIMULACRA 2`, mean);
      if (name.startsWith("mozjpeg")) fixed.push({ bytes, lowest });
      if (side === ours) lowestOfOurs = lowest;
    }
    add(
      `${name}: lowest by the own metric`,
      (await judgeAll(judgeOurselves, fulls, encoded)).lowest,
    );
    // Slow, and of interest only beside its neighbours.
    if (butteraugli && !/mozjpeg \d[^05]/.test(name))
      add(`${name}: mean butteraugli`, (await judgeAll(butteraugli, fulls, encoded)).mean);
  }
  rows.push(...(await judgePreviews(photos, images, ssimulacra2)));
  if (lowestOfOurs === null) return rows;
  const equal = bytesAt(lowestOfOurs, fixed);
  if (equal === null)
    throw new Error(`no fixed quality from 70 to 90 comes to ${lowestOfOurs.toFixed(1)}`);
  rows.push({
    measure: "bytes at equal lowest SSIMULACRA 2, beside one mozjpeg quality (MB)",
    value: weigh(ours.encoded) / 1e6,
    limit: equal / 1e6,
    atMost: 0.92,
  });
  return rows;
}

async function judgePreviews(
  photos: readonly Photo[],
  images: readonly RenderedImage[],
  judge: Judge | null,
): Promise<BenchRow[]> {
  const encoded = images.map((image) => pick(image, "preview"));
  const rows = [
    { measure: "previews: bytes, mean (KB)", value: weigh(encoded) / 1e3 / photos.length },
  ];
  if (!judge) return rows;
  const references = await inPairs(photos, (photo) => resizeAsServer(photo, "preview"));
  const { lowest, mean } = await judgeAll(judge, references, encoded);
  return [
    ...rows,
    { measure: "previews: lowest SSIMULACRA 2", value: lowest },
    { measure: "previews: mean SSIMULACRA 2", value: mean },
  ];
}
