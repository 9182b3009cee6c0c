import { crc32, deflateSync } from "node:zlib";
import sharp from "sharp";
import type { Metadata, Sharp, SharpOptions } from "sharp";
import { ImageRefused } from "./image-refused.js";

/*
 * The only file that hands bytes to an image decoder. It runs in a worker thread (render-worker.ts).
 *
 * libvips can load some thirty formats, among them SVG (scripts, filters that run for minutes), PDF
 * and whatever ImageMagick reads. All loaders are blocked; the five that are wanted come back.
 */
sharp.block({ operation: ["VipsForeignLoad"] });
sharp.unblock({
  operation: [
    "VipsForeignLoadJpegBuffer",
    "VipsForeignLoadPngBuffer",
    "VipsForeignLoadWebpBuffer",
    "VipsForeignLoadNsgifBuffer",
    "VipsForeignLoadHeifBuffer",
  ],
});
// One photo, one core: photos share the machine with the chat, and a second photo can use the other.
sharp.concurrency(1);
// No two uploads are alike, so a cache would only hold their pixels in memory.
sharp.cache(false);

/** Packed 8-bit sRGB or sRGB with alpha. */
export interface Pixels {
  data: Buffer;
  width: number;
  height: number;
  channels: 3 | 4;
}

export interface Encoded {
  bytes: Buffer;
  width: number;
  height: number;
}

/** What an encoded picture is read with. */
export interface Reading {
  bytes: Buffer;
  /** Pixels the picture (all frames that are read) may hold. */
  pixelLimit: number;
  /** Seconds libvips may work on it. */
  seconds: number;
}

const open = (reading: Reading, options: SharpOptions = {}): Sharp =>
  sharp(reading.bytes, {
    limitInputPixels: reading.pixelLimit,
    // A truncated or corrupt picture is refused, never shown half grey.
    failOn: "warning",
    sequentialRead: true,
    ...options,
  }).timeout({ seconds: reading.seconds });

const ofPixels = ({ data, width, height, channels }: Pixels): Sharp =>
  sharp(data, { raw: { width, height, channels } });

/** Rethrows what a decoder says of the file as a refusal. */
async function decoding<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const text = error instanceof Error ? error.message : "";
    if (/pixel limit|timeout|too many|exceeds/i.test(text))
      throw new ImageRefused("too_large", { cause: error });
    throw new ImageRefused(/unsupported image format/i.test(text) ? "unsupported" : "damaged", {
      cause: error,
    });
  }
}

/** Size, pages and metadata; reads the header only. @throws ImageRefused */
export async function readMetadata(reading: Reading): Promise<Metadata> {
  return decoding(open(reading).metadata());
}

async function toPixels(image: Sharp): Promise<Pixels> {
  const { data, info } = await image
    .toColourspace("srgb")
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  if (channels === 3 || channels === 4) return { data, width, height, channels };
  // Grey, alone or with alpha.
  const rgb = Buffer.alloc(width * height * (channels === 1 ? 3 : 4));
  const step = channels === 1 ? 3 : 4;
  for (let from = 0, to = 0; to < rgb.length; from += channels, to += step) {
    rgb.fill(data[from] ?? 0, to, to + 3);
    if (step === 4) rgb[to + 3] = data[from + 1] ?? 255;
  }
  return { data: rgb, width, height, channels: step };
}

/**
 * Decodes the first page, converted from its colour profile to sRGB and shrunk to `longEdge`, in one
 * pass over the file: neither the whole picture nor a turned copy of it is ever held.
 * @throws ImageRefused
 */
export async function decodePixels(reading: Reading, longEdge: number): Promise<Pixels> {
  return decoding(toPixels(fit(open(reading), longEdge)));
}

function fit(image: Sharp, longEdge: number): Sharp {
  return image.resize(longEdge, longEdge, { fit: "inside", withoutEnlargement: true });
}

export async function shrinkPixels(pixels: Pixels, longEdge: number): Promise<Pixels> {
  if (Math.max(pixels.width, pixels.height) <= longEdge) return pixels;
  return toPixels(fit(ofPixels(pixels), longEdge));
}

/** Turns stored pixels upright. @param orientation EXIF 2.32, 4.6.4: 1 to 8 */
export async function turnUpright(pixels: Pixels, orientation: number): Promise<Pixels> {
  if (orientation === 1) return pixels;
  // sharp mirrors before it rotates.
  const mirrored = orientation === 2 || orientation === 5 || orientation === 7;
  const angles: Record<number, number> = { 3: 180, 5: 270, 6: 90, 7: 90, 8: 270 };
  let image = ofPixels(pixels);
  if (mirrored) image = image.flop();
  if (orientation === 4) image = image.flip();
  image = image.rotate(angles[orientation] ?? 0);
  return toPixels(image);
}

export async function dropAlpha(pixels: Pixels): Promise<Pixels> {
  return pixels.channels === 3 ? pixels : toPixels(ofPixels(pixels).removeAlpha());
}

/** Converts pixels that are in the colours of `profile` (ICC) to sRGB. */
export async function convertProfile(pixels: Pixels, profile: Buffer): Promise<Pixels> {
  const png = await ofPixels(pixels).png({ compressionLevel: 0 }).toBuffer();
  // sharp has no way to say what raw pixels are in; a PNG has: a profile chunk after its header.
  const name = Buffer.from("iCCP", "latin1");
  const body = Buffer.concat([name, Buffer.from("p\0\0", "latin1"), deflateSync(profile)]);
  const chunk = Buffer.alloc(body.length + 8);
  chunk.writeUInt32BE(body.length - name.length, 0);
  body.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(body), body.length + 4);
  const headerEnd = 33;
  const bytes = Buffer.concat([png.subarray(0, headerEnd), chunk, png.subarray(headerEnd)]);
  return toPixels(sharp(bytes));
}

/** Progressive, with mozjpeg's trellis, 4:2:0. */
export async function encodeJpeg(pixels: Pixels, quality: number): Promise<Buffer> {
  return ofPixels(pixels).jpeg({ mozjpeg: true, quality }).toBuffer();
}

/**
 * The same pixels as `encodeJpeg` gives, in two thirds of its time: choosing the order of scans is
 * what it leaves out.
 */
export async function encodeJpegTrial(pixels: Pixels, quality: number): Promise<Buffer> {
  return ofPixels(pixels)
    .jpeg({
      quality,
      progressive: true,
      trellisQuantisation: true,
      overshootDeringing: true,
      quantisationTable: 3,
    })
    .toBuffer();
}

/** AVIF at its quickest: 11 % below mozjpeg for the same CPU; more effort costs seconds. */
export async function encodeAvif(pixels: Pixels, quality: number): Promise<Buffer> {
  return ofPixels(pixels).avif({ quality, effort: 0, chromaSubsampling: "4:2:0" }).toBuffer();
}

/** Back to pixels, of what this process has encoded itself. */
export async function decodeTrial(bytes: Uint8Array): Promise<Buffer> {
  return sharp(bytes).removeAlpha().toColourspace("srgb").raw().toBuffer();
}

export async function encodeLossless(pixels: Pixels): Promise<Buffer> {
  return ofPixels(pixels).webp({ lossless: true, effort: 1 }).toBuffer();
}

export async function encodeLossyWebp(pixels: Pixels, quality: number): Promise<Buffer> {
  return ofPixels(pixels).webp({ quality, effort: 2 }).toBuffer();
}

/** All frames as WebP, with their delays and loops. @throws ImageRefused */
export async function encodeAnimation(
  reading: Reading,
  longEdge: number,
  quality: number,
): Promise<Encoded> {
  const image = fit(open(reading, { animated: true }), longEdge)
    .toColourspace("srgb")
    .webp({ quality, effort: 1 });
  const { data, info } = await decoding(image.toBuffer({ resolveWithObject: true }));
  return { bytes: data, width: info.width, height: info.pageHeight ?? info.height };
}
