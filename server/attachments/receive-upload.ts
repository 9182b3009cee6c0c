import type { Readable } from "node:stream";
import { fileTypeFromBuffer } from "file-type";
import { refuse } from "../errors.js";
import { readJpegHeader } from "./read-jpeg.js";
import type { ImageFormat } from "./rendition-specs.js";

export const allowedText = "JPEG, PNG, WebP, GIF, AVIF or HEIC";

/** Milliseconds without a byte, and for a whole body, after which a sender is given up. */
const silenceMs = 20_000;
const bodyMs = 180_000;

/**
 * Reads a body into memory of exactly its size, never to disk.
 * @param declared Content-Length where the sender gave one
 * @throws PAYLOAD_TOO_LARGE as soon as the bytes exceed the cap; BAD_REQUEST when the body ends early
 */
export async function receiveUpload(
  body: Readable,
  cap: number,
  declared: number | null,
): Promise<Buffer<ArrayBuffer>> {
  if (declared !== null && declared > cap) throw refuse("PAYLOAD_TOO_LARGE");
  const chunks: Buffer[] = [];
  let size = 0;
  const givenUp = (): void => {
    body.destroy(new Error("The upload stalled"));
  };
  const whole = setTimeout(givenUp, bodyMs);
  let silence = setTimeout(givenUp, silenceMs);
  try {
    for await (const chunk of body) {
      if (!Buffer.isBuffer(chunk)) continue;
      clearTimeout(silence);
      silence = setTimeout(givenUp, silenceMs);
      size += chunk.length;
      if (size > cap) throw refuse("PAYLOAD_TOO_LARGE");
      chunks.push(chunk);
    }
  } catch (error) {
    if (size > cap) throw error;
    throw refuse("BAD_REQUEST", { message: "The upload was interrupted.", cause: error });
  } finally {
    clearTimeout(whole);
    clearTimeout(silence);
  }
  // Memory of its own, so that it can move to the worker's thread without a copy.
  const bytes = Buffer.from(new ArrayBuffer(size));
  let at = 0;
  for (const chunk of chunks) at += chunk.copy(bytes, at);
  return bytes;
}

const formatOfMime: Record<string, ImageFormat> = {
  "image/jpeg": "jpeg",
  "image/png": "png",
  // An animated PNG shows its first frame.
  "image/apng": "png",
  "image/webp": "webp",
  "image/gif": "gif",
  "image/avif": "avif",
  "image/heic": "heic",
  "image/heif": "heic",
  "image/heic-sequence": "heic",
  "image/heif-sequence": "heic",
};

/** The format by the bytes; names and headers are not believed. @throws IMAGE_UNSUPPORTED */
export async function findImageFormat(bytes: Buffer): Promise<ImageFormat> {
  const type = await fileTypeFromBuffer(bytes.subarray(0, 4100)).catch(() => undefined);
  const format = formatOfMime[type?.mime ?? ""];
  if (!format)
    throw refuse("IMAGE_UNSUPPORTED", {
      message: `This file is no photo that is taken here. Send a ${allowedText} file.`,
    });
  return format;
}

const megapixels = 1_000_000;

/**
 * Photos whose decoding takes a few hundred megabytes: only one of them is rendered at a time.
 * A baseline JPEG streams; a progressive one is held whole, and so are all other formats.
 */
export function isHeavy(bytes: Buffer, format: ImageFormat): boolean {
  if (format === "avif" || format === "heic") return true;
  if (format !== "jpeg") return bytes.length > 4 * 1024 * 1024;
  const header = readJpegHeader(bytes);
  const pixels = header.width * header.height;
  return pixels > (header.progressive ? 12 : 36) * megapixels;
}
