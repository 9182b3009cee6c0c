import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import type { RenderedImage } from "../server/attachments/make-renditions.js";
import type { RenderPool } from "../server/attachments/render-pool.js";
import { defaultPhotoSettings } from "../server/attachments/rendition-specs.js";

/** Phones' photos, on which nothing was fitted. */
export const photoFolder = join("..", "shared", "data", "phone");
const cores = 2;

export interface Photo {
  name: string;
  file: Buffer;
  /** Of the stored picture. */
  megapixels: number;
}

export async function loadPhotos(): Promise<Photo[]> {
  const names = readdirSync(photoFolder).filter((name) => name.endsWith(".jpg"));
  return Promise.all(
    names.sort().map(async (name) => {
      const file = readFileSync(join(photoFolder, name));
      const { width, height } = await sharp(file).metadata();
      return { name, file, megapixels: (width * height) / 1e6 };
    }),
  );
}

/** At most two at a time, as the server does it. */
export async function inPairs<T, R>(
  items: readonly T[],
  work: (item: T, at: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: cores }, async () => {
      for (let at = next++; at < items.length; at = next++) {
        const item = items[at];
        if (item !== undefined) results[at] = await work(item, at);
      }
    }),
  );
  return results;
}

/** The server's own way, in its threads. */
export async function renderPhotos(
  pool: RenderPool,
  photos: readonly Pick<Photo, "file">[],
): Promise<RenderedImage[]> {
  return inPairs(photos, async ({ file }) => {
    const bytes = Buffer.from(new Uint8Array(file).buffer);
    const task = { kind: "renditions" as const, bytes, format: "jpeg" as const };
    const answer = await pool.run({ ...task, settings: defaultPhotoSettings });
    if (answer.kind !== "renditions") throw new Error("The pool answered something else");
    return answer.image;
  });
}

/** Plain sharp making the same renditions at one fixed quality. */
export async function renderPlainly({ file }: Pick<Photo, "file">): Promise<void> {
  for (const edge of [480, 2048])
    await sharp(file)
      .autoOrient()
      .resize(edge, edge, { fit: "inside", withoutEnlargement: true })
      .jpeg({ mozjpeg: true, quality: 82 })
      .toBuffer();
}

/** CPU milliseconds of this process, all its threads, that `work` took. */
export async function cpuMs<T>(work: () => Promise<T>): Promise<{ result: T; ms: number }> {
  const before = process.cpuUsage();
  const result = await work();
  const used = process.cpuUsage(before);
  return { result, ms: (used.user + used.system) / 1000 };
}
