import { rgbaToThumbHash } from "thumbhash";
import type { RenditionName } from "../../shared/wire.js";
import { chooseQuality } from "./choose-quality.js";
import { cleanWebp } from "./clean-webp.js";
import { decodeHeic } from "./decode-heic.js";
import { isGraphic, isTransparent } from "./detect-graphic.js";
import { inspectUpload } from "./inspect-upload.js";
import type { Source } from "./inspect-upload.js";
import type { Picture } from "./measure-difference.js";
import {
  convertProfile,
  decodePixels,
  decodeTrial,
  dropAlpha,
  encodeAvif,
  encodeAnimation,
  encodeJpeg,
  encodeJpegTrial,
  encodeLossless,
  encodeLossyWebp,
  readMetadata,
  shrinkPixels,
  turnUpright,
} from "./render-image.js";
import type { Encoded, Pixels } from "./render-image.js";
import { renditionSpecs } from "./rendition-specs.js";
import type { ImageFormat, PhotoSettings, RenditionSpec } from "./rendition-specs.js";

export interface RenderedRendition {
  name: RenditionName;
  mime: "image/jpeg" | "image/webp";
  width: number;
  height: number;
  bytes: Buffer;
}

export interface RenderedImage {
  /** Of the upright photo as it was sent. */
  width: number;
  height: number;
  /** ThumbHash, base64. */
  placeholder: string;
  locationRemoved: boolean;
  renditions: RenderedRendition[];
  /** The clean JPEG; null for every other format, which keeps no original. */
  original: Buffer | null;
}

const longestEdge = Math.max(...renditionSpecs.map((spec) => spec.longEdge));
/** A second encode of what was encoded already must save a tenth to be worth it. */
const worthwhile = 0.9;
const lowestQuality = 40;
const highestQuality = 95;
/** Where the search begins: the median of its answers for photos of phones. */
const usualQuality = 82;

/**
 * Makes the renditions of one upload: upright, sRGB, without metadata.
 * @throws ImageRefused for a file that is no photo the server takes; any other error is the server's own
 */
export async function makeRenditions(
  upload: { bytes: Buffer; format: ImageFormat },
  settings: PhotoSettings,
): Promise<RenderedImage> {
  const source = await inspectUpload(upload, settings);
  const turned = source.orientation >= 5;
  const facts = {
    width: turned ? source.height : source.width,
    height: turned ? source.width : source.height,
    locationRemoved: source.hasLocation,
    original: source.clean?.bytes ?? null,
  };
  const stored =
    upload.format === "heic" ? await readHeic(source) : await decodePixels(source, longestEdge);
  const pixels = await opaque(await turnUpright(stored, source.orientation));
  const moves =
    source.pages > 1 && source.width * source.height * source.pages <= settings.animationPixels;
  return {
    ...facts,
    placeholder: await makePlaceholder(pixels),
    renditions: moves
      ? await renderFrames(source, settings)
      : await renderStill(pixels, source, settings),
  };
}

async function readHeic(source: Source): Promise<Pixels> {
  const pixels = await shrinkPixels(decodeHeic(source.bytes, source.pixelLimit), longestEdge);
  const { icc } = await readMetadata(source);
  return icc ? convertProfile(pixels, icc) : pixels;
}

/** Alpha that hides nothing is dropped. */
async function opaque(pixels: Pixels): Promise<Pixels> {
  return pixels.channels === 4 && !isTransparent(pixels.data) ? dropAlpha(pixels) : pixels;
}

async function makePlaceholder(pixels: Pixels): Promise<string> {
  const small = await shrinkPixels(pixels, 100);
  const count = small.width * small.height;
  const rgba = Buffer.alloc(count * 4, 255);
  for (let i = 0; i < count; i++) {
    const from = i * small.channels;
    small.data.copy(rgba, i * 4, from, from + small.channels);
  }
  return Buffer.from(rgbaToThumbHash(small.width, small.height, rgba)).toString("base64");
}

async function renderFrames(source: Source, settings: PhotoSettings): Promise<RenderedRendition[]> {
  const renditions: RenderedRendition[] = [];
  for (const { name, longEdge } of renditionSpecs) {
    const reading = { ...source, pixelLimit: settings.animationPixels };
    let frames = await encodeAnimation(reading, longEdge, 75);
    if (frames.bytes.length > worthwhile * source.bytes.length)
      frames = keepFrames(source, longEdge) ?? frames;
    if (frames.bytes.length > source.bytes.length)
      frames = await encodeAnimation(reading, longEdge, 40);
    renditions.push({ name, mime: "image/webp", ...frames });
  }
  return renditions;
}

/** An animated WebP that is small enough already, as it came but for its metadata. */
function keepFrames({ bytes, width, height }: Source, longEdge: number): Encoded | null {
  const kept = Math.max(width, height) <= longEdge ? cleanWebp(bytes) : null;
  return kept && { bytes: kept, width, height };
}

async function renderStill(
  pixels: Pixels,
  source: Source,
  settings: PhotoSettings,
): Promise<RenderedRendition[]> {
  // A JPEG's artefacts are not worth keeping without loss.
  const drawn = pixels.channels === 4 || (!source.clean && isGraphic(pixels.data, pixels));
  /**
   * The largest of `specs`, and with it, the others: what the largest is encoded with is where the
   * next one's search begins, and that search need not wait for the encoder.
   */
  async function render(
    [spec, ...smaller]: readonly RenditionSpec[],
    start: number,
  ): Promise<RenderedRendition[]> {
    if (spec === undefined) return [];
    const sized = await shrinkPixels(pixels, spec.longEdge);
    const quality = drawn ? start : await choosePhotoQuality(sized, settings, start);
    const [encoded, others] = await Promise.all([
      drawn ? encodeDrawing(sized, source) : encodePhoto(sized, source, quality),
      render(smaller, quality),
    ]);
    const { width, height } = sized;
    return [...others, { name: spec.name, width, height, ...encoded }];
  }
  return render([...renditionSpecs].reverse(), usualQuality);
}

type Bytes = Pick<RenderedRendition, "mime" | "bytes">;

/** What came in, cleaned, where it can be shown as it is: upright, sRGB and of the size asked for. */
function keepAsIs(source: Source, pixels: Pixels): Bytes | null {
  if (pixels.width !== source.width || pixels.height !== source.height) return null;
  if (source.clean) {
    const bytes = source.clean.bare();
    return bytes && { mime: "image/jpeg", bytes };
  }
  const bytes = source.orientation === 1 ? cleanWebp(source.bytes) : null;
  return bytes && { mime: "image/webp", bytes };
}

/** Transparency, screenshots and graphics: without loss. */
async function encodeDrawing(pixels: Pixels, source: Source): Promise<Bytes> {
  const bytes = await encodeLossless(pixels);
  const kept = keepAsIs(source, pixels);
  if (kept && bytes.length > worthwhile * kept.bytes.length) return kept;
  if (bytes.length <= source.bytes.length) return { mime: "image/webp", bytes };
  const lossy = (quality: number): Promise<Buffer> => encodeLossyWebp(pixels, quality);
  return { mime: "image/webp", bytes: await encodeWithin(source.bytes.length, lossy) };
}

function asPixels(picture: Picture): Pixels {
  const { buffer, byteOffset, byteLength } = picture.data;
  return { ...picture, data: Buffer.from(buffer, byteOffset, byteLength), channels: 3 };
}

async function choosePhotoQuality(
  pixels: Pixels,
  settings: PhotoSettings,
  start: number,
): Promise<number> {
  const { quality } = await chooseQuality(pixels, {
    encode: (picture, trial) => encodeJpegTrial(asPixels(picture), trial),
    decode: decodeTrial,
    target: settings.targetScore,
    start,
    lowest: lowestQuality,
    highest: highestQuality,
  });
  return quality;
}

async function encodePhoto(pixels: Pixels, source: Source, quality: number): Promise<Bytes> {
  const bytes = await encodeJpeg(pixels, quality);
  const kept = keepAsIs(source, pixels);
  if (kept && bytes.length > worthwhile * kept.bytes.length) return kept;
  if (bytes.length <= source.bytes.length) return { mime: "image/jpeg", bytes };
  return encodeSmaller(pixels, source.bytes.length, quality);
}

/**
 * For what came in smaller than a JPEG that looks as good: a lower quality, else WebP, the smallest
 * of all tries in the end. Only tiny pictures and low-quality AVIF get this far.
 */
async function encodeSmaller(pixels: Pixels, most: number, quality: number): Promise<Bytes> {
  const bytes = await encodeWithin(most, (lower) => encodeJpeg(pixels, lower), quality);
  if (bytes.length <= most) return { mime: "image/jpeg", bytes };
  const tries = [
    await encodeLossless(pixels),
    await encodeWithin(most, (lower) => encodeLossyWebp(pixels, lower), 56),
  ];
  const smallest = tries.reduce((best, one) => (one.length < best.length ? one : best));
  return smallest.length < bytes.length
    ? { mime: "image/webp", bytes: smallest }
    : { mime: "image/jpeg", bytes };
}

/** Lowers the quality until the result is no larger than what came in; the last try stands as it is. */
async function encodeWithin(
  most: number,
  encode: (quality: number) => Promise<Buffer>,
  from = highestQuality,
): Promise<Buffer> {
  let bytes = await encode(from);
  for (let quality = from - 8; bytes.length > most && quality >= 8; quality -= 8)
    bytes = await encode(quality);
  return bytes;
}

/** Where the search for an AVIF's quality begins; its scale is not a JPEG's. */
const usualAvifQuality = 60;

/**
 * The `full` rendition once more as AVIF, at the same target.
 * @param photo a clean JPEG: the kept original, or the rendition itself
 * @throws ImageRefused
 */
export async function makeAvif(
  photo: { bytes: Buffer; format: ImageFormat },
  settings: PhotoSettings,
): Promise<Buffer> {
  const source = await inspectUpload(photo, settings);
  const stored = await decodePixels(source, longestEdge);
  const pixels = await dropAlpha(await turnUpright(stored, source.orientation));
  const { quality } = await chooseQuality(pixels, {
    encode: (picture, quality) => encodeAvif(asPixels(picture), quality),
    decode: decodeTrial,
    target: settings.targetScore,
    start: usualAvifQuality,
    lowest: 30,
    highest: 90,
  });
  return encodeAvif(pixels, quality);
}
