import { cleanJpeg } from "./clean-original.js";
import type { CleanJpeg } from "./clean-original.js";
import { hasLocation } from "./find-location.js";
import { ImageRefused } from "./image-refused.js";
import { readExif } from "./read-exif.js";
import { JpegDamaged } from "./read-jpeg.js";
import { readMetadata } from "./render-image.js";
import type { Reading } from "./render-image.js";
import type { ImageFormat, PhotoSettings } from "./rendition-specs.js";
import { stillAvif } from "./still-avif.js";

/** What is known of an upload before its pixels are read. */
export interface Source extends Reading {
  /** Of the stored pixels. */
  width: number;
  height: number;
  orientation: number;
  pages: number;
  hasLocation: boolean;
  clean: CleanJpeg | null;
}

/** Reads what a file says of itself. A JPEG is cleaned first: nothing else of it is decoded. @throws ImageRefused */
export async function inspectUpload(
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
  const bytes = upload.format === "avif" ? stillAvif(upload.bytes) : upload.bytes;
  const found = await readMetadata({ bytes, pixelLimit, seconds });
  if (found.width * found.height > pixelLimit) throw new ImageRefused("too_large");
  const exif = found.exif ? readExif(found.exif) : null;
  // The HEIF family turns by its own boxes, which both decoders have obeyed.
  const turnsByExif = upload.format === "png" || upload.format === "webp";
  return {
    bytes,
    pixelLimit,
    seconds,
    width: found.width,
    height: found.height,
    orientation: turnsByExif ? (exif?.orientation ?? 1) : 1,
    pages: found.pages ?? 1,
    hasLocation: hasLocation(bytes, upload.format, found),
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
