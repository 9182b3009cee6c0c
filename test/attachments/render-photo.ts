import { readFileSync, readdirSync } from "node:fs";
import sharp from "sharp";
import type { RenderedImage } from "../../server/attachments/make-renditions.js";
import { findImageFormat } from "../../server/attachments/receive-upload.js";
import { createRenderPool, type RenderPool } from "../../server/attachments/render-pool.js";
import {
  defaultPhotoSettings,
  type PhotoSettings,
} from "../../server/attachments/rendition-specs.js";

/** The server's own way from bytes to renditions, in its worker thread. @throws ImageRefused, Refusal */
export async function renderPhoto(
  pool: RenderPool,
  file: Buffer,
  settings: PhotoSettings = defaultPhotoSettings,
): Promise<RenderedImage> {
  const bytes = Buffer.from(new Uint8Array(file).buffer);
  const format = await findImageFormat(bytes);
  const answer = await pool.run({ kind: "renditions", bytes, format, settings });
  if (answer.kind !== "renditions") throw new Error("The pool answered something else");
  return answer.image;
}

export const openPool = createRenderPool;

export interface Shown {
  mime: string;
  width: number;
  height: number;
  bytes: Buffer;
  /** Red, green, blue and alpha at a place, both coordinates as shares from 0 to 1. */
  at(x: number, y: number): [number, number, number, number];
}

/** Decodes a rendition as a browser would. */
export async function show(image: RenderedImage, name: "preview" | "full"): Promise<Shown> {
  const rendition = image.renditions.find((made) => made.name === name);
  if (!rendition) throw new Error(`There is no ${name}`);
  const bytes = Buffer.from(rendition.bytes);
  const { data, info } = await sharp(bytes)
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return {
    mime: rendition.mime,
    width: info.width,
    height: info.height,
    bytes,
    at(x, y) {
      const left = Math.min(info.width - 1, Math.floor(x * info.width));
      const top = Math.min(info.height - 1, Math.floor(y * info.height));
      const from = (top * info.width + left) * 4;
      const [red = 0, green = 0, blue = 0, alpha = 0] = data.subarray(from, from + 4);
      return [red, green, blue, alpha];
    },
  };
}

/** The files of a folder of test data beside the project; empty where it is absent. */
export function sharedFiles(folder: string): { name: string; bytes: Buffer }[] {
  const path = `../shared/data/${folder}`;
  try {
    return readdirSync(path)
      .sort()
      .map((name) => ({ name, bytes: readFileSync(`${path}/${name}`) }));
  } catch {
    return [];
  }
}
