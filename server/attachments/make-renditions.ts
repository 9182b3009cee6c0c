import { rgbaToThumbHash } from "thumbhash";
import type { RenditionName } from "../../shared/wire.js";
import { chooseQuality } from "./choose-quality.js";
import { cleanJpeg } from "./clean-original.js";
import type { CleanJpeg } from "./clean-original.js";
import { decodeHeic } from "./decode-heic.js";
import { isGraphic, isTransparent } from "./detect-graphic.js";
import { ImageRefused } from "./image-refused.js";
import type { Picture } from "./measure-difference.js";
import { readExif, xmpHasLocation } from "./read-exif.js";
import { JpegDamaged } from "./read-jpeg.js";
import {
  convertProfile,
  decodePixels,
  decodeTrial,
  dropAlpha,
  encodeAvif,
  encodeAnimation,
  encodeJpeg,
  encodeLossless,
  encodeLossyWebp,
  readMetadata,
  shrinkPixels,
  turnUpright,
} from "./render-image.js";
import type { Pixels, Reading } from "./render-image.js";
import { renditionSpecs } from "./rendition-specs.js";
import type { ImageFormat, PhotoSettings } from "./rendition-specs.js";

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

/** What is known of an upload before its pixels are read. */
interface Source extends Reading {
  /** Of the stored pixels. */
  width: number;
  height: number;
  orientation: number;
  pages: number;
  hasLocation: boolean;
  clean: CleanJpeg | null;
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
  const source = await inspect(upload, settings);
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

async function inspect(
  upload: { bytes: Buffer; format: ImageFormat },
  settings: PhotoSettings,
): Promise<Source> {
  const pixelLimit = settings.pixelLimits[upload.format];
  const seconds = Math.ceil(settings.timeLimitMs / 1000);
  if (upload.format === "jpeg") {
    const clean = readClean(upload.bytes);
    if (clean.width * clean.height > pixelLimit) throw new ImageRefused("too_large");
    return { ...clean, pixelLimit, seconds, pages: 1, clean };
  }
  const found = await readMetadata({ bytes: upload.bytes, pixelLimit, seconds });
  if (found.width * found.height > pixelLimit) throw new ImageRefused("too_large");
  const exif = found.exif ? readExif(found.exif) : null;
  // The HEIF family turns by its own boxes, which both decoders have obeyed.
  const turnsByExif = upload.format === "png" || upload.format === "webp";
  return {
    bytes: upload.bytes,
    pixelLimit,
    seconds,
    width: found.width,
    height: found.height,
    orientation: turnsByExif ? (exif?.orientation ?? 1) : 1,
    pages: found.pages ?? 1,
    hasLocation: exif?.hasLocation === true || (found.xmp ? xmpHasLocation(found.xmp) : false),
    clean: null,
  };
}

function readClean(bytes: Buffer): CleanJpeg {
  try {
    return cleanJpeg(bytes);
  } catch (error) {
    if (error instanceof JpegDamaged) throw new ImageRefused("damaged", { cause: error });
    throw error;
  }
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
    const pixelLimit = settings.animationPixels;
    const frames = await encodeAnimation({ ...source, pixelLimit }, longEdge, 75);
    renditions.push({ name, mime: "image/webp", ...frames });
  }
  return renditions;
}

async function renderStill(
  pixels: Pixels,
  source: Source,
  settings: PhotoSettings,
): Promise<RenderedRendition[]> {
  // A JPEG's artefacts are not worth keeping without loss.
  const drawn = pixels.channels === 4 || (!source.clean && isGraphic(pixels.data, pixels));
  const renditions: RenderedRendition[] = [];
  for (const { name, longEdge } of renditionSpecs) {
    const sized = await shrinkPixels(pixels, longEdge);
    const { width, height } = sized;
    const encoded = drawn
      ? await encodeDrawing(sized, source)
      : await encodePhoto(sized, source, settings);
    renditions.push({ name, width, height, ...encoded });
  }
  return renditions;
}

type Bytes = Pick<RenderedRendition, "mime" | "bytes">;

/** Transparency, screenshots and graphics: without loss. */
async function encodeDrawing(pixels: Pixels, source: Source): Promise<Bytes> {
  const bytes = await encodeLossless(pixels);
  return bytes.length <= source.bytes.length
    ? { mime: "image/webp", bytes }
    : {
        mime: "image/webp",
        bytes: await encodeWithin(source.bytes.length, (quality) =>
          encodeLossyWebp(pixels, quality),
        ),
      };
}

function asPixels(picture: Picture): Pixels {
  const { buffer, byteOffset, byteLength } = picture.data;
  return { ...picture, data: Buffer.from(buffer, byteOffset, byteLength), channels: 3 };
}

async function encodePhoto(
  pixels: Pixels,
  source: Source,
  settings: PhotoSettings,
): Promise<Bytes> {
  const { quality } = await chooseQuality(pixels, {
    encode: (picture, quality) => encodeJpeg(asPixels(picture), quality),
    decode: decodeTrial,
    target: settings.targetScore,
    start: usualQuality,
    lowest: lowestQuality,
    highest: highestQuality,
  });
  const bytes = await encodeJpeg(pixels, quality);
  const kept = source.clean ? source.clean.bare() : null;
  if (kept && pixels.width === source.width && bytes.length > worthwhile * kept.length)
    return { mime: "image/jpeg", bytes: kept };
  if (bytes.length <= source.bytes.length) return { mime: "image/jpeg", bytes };
  return {
    mime: "image/jpeg",
    bytes: await encodeWithin(source.bytes.length, (lower) => encodeJpeg(pixels, lower), quality),
  };
}

/** Lowers the quality until the result is no larger than what came in; the last try stands as it is. */
async function encodeWithin(
  most: number,
  encode: (quality: number) => Promise<Buffer>,
  from = highestQuality,
): Promise<Buffer> {
  let bytes = await encode(from);
  for (let quality = from - 8; bytes.length > most && quality >= 24; quality -= 8)
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
  const source = await inspect(photo, settings);
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
