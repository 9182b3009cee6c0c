import type { Readable } from "node:stream";
import { fileTypeFromBuffer } from "file-type";
import { refuse } from "../errors.js";
import { readJpegHeader } from "./read-jpeg.js";
import type { ImageFormat } from "./rendition-specs.js";

export const allowedText = "JPEG, PNG, WebP, GIF, AVIF or HEIC";

/** Who sends less in a window is given up, and whoever takes longer for the whole. */
export interface Pace {
  windowMs: number;
  windowBytes: number;
  wholeMs: number;
}

/** Two kilobytes a second, looked at over a time in which a telephone may pass a tunnel. */
const usualPace: Pace = { windowMs: 20_000, windowBytes: 40 * 1024, wholeMs: 180_000 };

interface Receiving {
  cap: number;
  /** Called before bytes are kept; what it throws ends the upload. */
  reserve(bytes: number): void;
  pace?: Pace;
}

/**
 * Reads a body into memory of exactly its size, never to disk. The body stays open when it is
 * refused, so that the sender can be told why.
 * @throws PAYLOAD_TOO_LARGE as soon as the bytes exceed the cap, TOO_SLOW, BAD_REQUEST when the body
 *   ends early, and what `reserve` throws
 */
export async function receiveUpload(
  body: Readable,
  receiving: Receiving,
): Promise<Buffer<ArrayBuffer>> {
  const chunks = await readChunks(body, receiving);
  // Memory of its own, so that it can move to the worker's thread without a copy.
  const bytes = Buffer.from(new ArrayBuffer(chunks.reduce((sum, { length }) => sum + length, 0)));
  let at = 0;
  for (const chunk of chunks) at += chunk.copy(bytes, at);
  return bytes;
}

/** By events: an iterator that is left early destroys the stream, and with it the way to answer. */
function readChunks(
  body: Readable,
  { cap, pace = usualPace, ...receiving }: Receiving,
): Promise<Buffer[]> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let sizeBefore = 0;
    const window = setInterval(() => {
      if (size - sizeBefore < pace.windowBytes) giveUp(refuse("TOO_SLOW"));
      sizeBefore = size;
    }, pace.windowMs);
    const whole = setTimeout(() => giveUp(refuse("TOO_SLOW")), pace.wholeMs);
    const interrupted = (cause?: unknown): void =>
      giveUp(refuse("BAD_REQUEST", { message: "The upload was interrupted.", cause }));

    function take(chunk: Buffer): void {
      size += chunk.length;
      try {
        if (size > cap) throw refuse("PAYLOAD_TOO_LARGE");
        receiving.reserve(chunk.length);
        chunks.push(chunk);
      } catch (error) {
        giveUp(error);
      }
    }
    function stop(): void {
      clearInterval(window);
      clearTimeout(whole);
      body.off("data", take).off("end", finish).off("close", interrupted);
    }
    function finish(): void {
      stop();
      resolve(chunks);
    }
    function giveUp(error: unknown): void {
      stop();
      body.pause();
      reject(error instanceof Error ? error : new Error("The upload failed.", { cause: error }));
    }
    // The listener for errors stays: one that comes after the end must not end the process.
    if (body.destroyed) interrupted();
    else body.on("data", take).on("end", finish).on("close", interrupted).on("error", interrupted);
  });
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
