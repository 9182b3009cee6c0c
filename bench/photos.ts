import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { prepareReference, scoreDifference } from "../server/attachments/measure-difference.js";
import type { RenderedImage } from "../server/attachments/make-renditions.js";
import { createRenderPool } from "../server/attachments/render-pool.js";
import { defaultPhotoSettings } from "../server/attachments/rendition-specs.js";
import { openPhotoDesk } from "../test/attachments/open-photo-desk.js";
import { makePhoto } from "../test/support/make-photo.js";
import {
  openButteraugli,
  openJpegoptim,
  openSsimulacra2,
  type Judge,
  type RawPhoto,
} from "./judge-photos.js";
import { reportBench, type BenchRow } from "./print-table.js";

/**
 * The photo pipeline beside plain sharp: bytes at equal quality as SSIMULACRA 2 sees it, photos a
 * second, memory, and the time from upload to delivered message. `npm run bench -- photos`; the
 * photos are those of `../shared/data/phone`, on which nothing was fitted.
 */
const folder = join("..", "shared", "data", "phone");
const scratch = join("bench", "out");
const cores = 2;
const settings = defaultPhotoSettings;

interface Photo {
  name: string;
  file: Buffer;
  /** The `full` rendition before any encoding. */
  reference: RawPhoto;
}

/** At most `cores` at a time, as the server does it. */
async function inPairs<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: cores }, async () => {
      for (let at = next++; at < items.length; at = next++) {
        const item = items[at];
        if (item !== undefined) results[at] = await work(item);
      }
    }),
  );
  return results;
}

async function loadPhotos(): Promise<Photo[]> {
  const names = readdirSync(folder).filter((name) => name.endsWith(".jpg"));
  return Promise.all(
    names.map(async (name) => {
      const file = readFileSync(join(folder, name));
      const { data, info } = await sharp(file)
        .autoOrient()
        .resize(2048, 2048, { fit: "inside", withoutEnlargement: true })
        .toColourspace("srgb")
        .raw()
        .toBuffer({ resolveWithObject: true });
      return { name, file, reference: { data, width: info.width, height: info.height } };
    }),
  );
}

const ofRaw = ({ data, width, height }: RawPhoto) =>
  sharp(data, { raw: { width, height, channels: 3 } });

async function render(photos: readonly Photo[]): Promise<RenderedImage[]> {
  const pool = createRenderPool();
  try {
    return await inPairs(photos, async ({ file }) => {
      const bytes = Buffer.from(new Uint8Array(file).buffer);
      const answer = await pool.run({ kind: "renditions", bytes, format: "jpeg", settings });
      if (answer.kind !== "renditions") throw new Error("The pool answered something else");
      return answer.image;
    });
  } finally {
    await pool.close();
  }
}

const fullOf = (image: RenderedImage): Buffer =>
  Buffer.from(image.renditions.find(({ name }) => name === "full")?.bytes ?? []);

interface Side {
  lowest: number;
  mean: number;
  bytes: number;
}

async function judgeAll(
  judge: Judge,
  photos: readonly Photo[],
  encoded: readonly Buffer[],
): Promise<Side> {
  const scores = await inPairs(photos, (photo) =>
    judge(photo.reference, encoded[photos.indexOf(photo)] ?? Buffer.alloc(0)),
  );
  return {
    lowest: Math.min(...scores),
    mean: scores.reduce((sum, score) => sum + score, 0) / scores.length,
    bytes: encoded.reduce((sum, bytes) => sum + bytes.length, 0),
  };
}

async function ownScores(photos: readonly Photo[], encoded: readonly Buffer[]): Promise<number[]> {
  return inPairs(photos, async ({ reference }) => {
    const at = photos.findIndex((photo) => photo.reference === reference);
    const data = await sharp(encoded[at]).removeAlpha().raw().toBuffer();
    return scoreDifference(prepareReference(reference), { ...reference, data });
  });
}

/** Bytes that one fixed quality needs for the lowest score of the set, between two whole qualities. */
function bytesAt(lowest: number, fixed: readonly Side[]): number | null {
  const sorted = [...fixed].sort((a, b) => a.bytes - b.bytes);
  for (let at = 0; at + 1 < sorted.length; at++) {
    const [less, more] = [sorted[at], sorted[at + 1]];
    if (!less || !more || less.lowest > lowest || more.lowest < lowest) continue;
    const share = (lowest - less.lowest) / (more.lowest - less.lowest || 1);
    return less.bytes * (more.bytes / less.bytes) ** share;
  }
  return null;
}

async function compareBytes(photos: readonly Photo[], images: readonly RenderedImage[]) {
  const rows: BenchRow[] = [];
  const megabytes = (bytes: number): number => bytes / 1e6;
  const ours = images.map(fullOf);
  const sides: [string, Buffer[]][] = [["ours", ours]];
  for (let quality = 70; quality <= 90; quality++)
    sides.push([
      `mozjpeg ${quality}`,
      await inPairs(photos, ({ reference }) =>
        ofRaw(reference).jpeg({ mozjpeg: true, quality }).toBuffer(),
      ),
    ]);
  const plain = await inPairs(photos, ({ reference }) => ofRaw(reference).jpeg().toBuffer());
  sides.push(["sharp's JPEG default (80)", plain]);
  const avif = await inPairs(photos, ({ reference }) => ofRaw(reference).avif().toBuffer());
  sides.push(["AVIF default (50, effort 4)", avif]);
  const optimise = openJpegoptim();
  if (optimise)
    sides.push([
      "jpegoptim 85",
      await inPairs(photos, async ({ reference }) =>
        optimise(await ofRaw(reference).jpeg({ quality: 95 }).toBuffer(), 85),
      ),
    ]);

  const judge = openSsimulacra2();
  const butteraugli = openButteraugli();
  const judged = new Map<string, Side>();
  for (const [name, encoded] of sides) {
    const bytes = encoded.reduce((sum, one) => sum + one.length, 0);
    rows.push({ measure: `${name}: bytes (MB)`, value: megabytes(bytes) });
    if (!judge) continue;
    const side = await judgeAll(judge, photos, encoded);
    judged.set(name, side);
    rows.push({ measure: `${name}: lowest SSIMULACRA 2`, value: side.lowest });
    rows.push({ measure: `${name}: mean SSIMULACRA 2`, value: side.mean });
  }
  const own = await ownScores(photos, ours);
  rows.push({ measure: "ours: lowest by the own metric, whole photo", value: Math.min(...own) });
  if (butteraugli) {
    const side = await judgeAll(butteraugli, photos, ours);
    rows.push({ measure: "ours: mean butteraugli", value: side.mean });
  }
  const us = judged.get("ours");
  const fixed = [...judged].filter(([name]) => name.startsWith("mozjpeg")).map(([, side]) => side);
  const equal = us && bytesAt(us.lowest, fixed);
  if (us && equal)
    rows.push({
      measure: "bytes at equal lowest SSIMULACRA 2, beside one mozjpeg quality (MB)",
      value: megabytes(us.bytes),
      limit: megabytes(equal),
      atMost: 0.92,
    });
  return rows;
}

/** Plain sharp making the same renditions at one fixed quality. */
async function plainly({ file }: Photo): Promise<void> {
  for (const edge of [480, 2048])
    await sharp(file)
      .autoOrient()
      .resize(edge, edge, { fit: "inside", withoutEnlargement: true })
      .jpeg({ mozjpeg: true, quality: 82 })
      .toBuffer();
}

const rounds = 3;

/** Both sides in turn, so that whatever else the machine does weighs on both. */
async function compareSpeed(photos: readonly Photo[]): Promise<BenchRow[]> {
  await plainly(
    photos[0] ?? {
      name: "",
      file: Buffer.alloc(0),
      reference: { data: Buffer.alloc(0), width: 0, height: 0 },
    },
  );
  const best = { ours: Infinity, plain: Infinity, cpu: Infinity };
  for (let round = 0; round < rounds; round++) {
    let started = performance.now();
    await inPairs(photos, plainly);
    best.plain = Math.min(best.plain, performance.now() - started);
    started = performance.now();
    const before = process.cpuUsage();
    await render(photos);
    const used = process.cpuUsage(before);
    best.ours = Math.min(best.ours, performance.now() - started);
    best.cpu = Math.min(best.cpu, (used.user + used.system) / 1000);
  }
  const pixels = await Promise.all(photos.map(async ({ file }) => await sharp(file).metadata()));
  const megapixels = pixels.reduce((sum, { width, height }) => sum + width * height, 0) / 1e6;
  return [
    {
      measure: `photos a second on ${cores} cores, search included, beside plain sharp`,
      value: (photos.length / best.ours) * 1000,
      limit: (photos.length / best.plain) * 1000,
      atLeast: 0.6,
    },
    { measure: "CPU a megapixel received (ms)", value: best.cpu / megapixels },
  ];
}

interface MemoryAnswer {
  above: number;
  failed: number;
}

function measureMemory(file: string, count: string): number {
  const program = fileURLToPath(new URL("./photo-memory.js", import.meta.url));
  const out = execFileSync(process.execPath, [program, file, count], { encoding: "utf8" });
  const answer = JSON.parse(out) as MemoryAnswer;
  if (answer.failed > 0) throw new Error(`${answer.failed} photos failed`);
  return answer.above;
}

/** A 12-megapixel photo four times over: 48 megapixels, baseline and progressive. */
async function compareMemory(): Promise<BenchRow[]> {
  const photo = await sharp(await makePhoto({ location: false }))
    .raw()
    .toBuffer();
  const tile = { input: photo, raw: { width: 4000, height: 3000, channels: 3 as const } };
  const tiled = sharp({ create: { width: 8000, height: 6000, channels: 3, background: "#000" } });
  const whole = await tiled
    .composite([0, 4000].flatMap((left) => [0, 3000].map((top) => ({ ...tile, left, top }))))
    .raw()
    .toBuffer();
  const raw = { width: 8000, height: 6000, channels: 3 as const };
  const rows: BenchRow[] = [];
  const cases: [string, boolean, string, number][] = [
    ["one baseline 48-megapixel JPEG", false, "1", 300],
    ["one progressive 48-megapixel JPEG", true, "1", 450],
    ["the queue full of progressive 48-megapixel JPEGs", true, "full", 700],
  ];
  for (const [name, progressive, count, atMost] of cases) {
    const file = join(scratch, "memory.jpg");
    const bytes = await sharp(whole, { raw }).jpeg({ quality: 75, progressive }).toBuffer();
    writeFileSync(file, bytes);
    rows.push({
      measure: `memory above idle: ${name} (MB)`,
      value: measureMemory(file, count),
      atMost,
    });
    rmSync(file);
  }
  return rows;
}

/** From the first byte of the upload to the answer to the message that names the photo. */
async function compareDelivery(): Promise<BenchRow[]> {
  const file = await makePhoto();
  const photo = { name: "12 megapixels", file, reference: { data: file, width: 0, height: 0 } };
  const desk = await openPhotoDesk();
  try {
    const best = { ours: Infinity, plain: Infinity };
    const visitor = desk.visitor();
    for (let round = 0; round < rounds + 1; round++) {
      let started = performance.now();
      await plainly(photo);
      const plain = performance.now() - started;
      started = performance.now();
      const { body } = await visitor.upload(file);
      const sent = await visitor.send([body.id]);
      if (!sent.ok) throw new Error(sent.code);
      const ours = performance.now() - started;
      // The first round starts threads and connections.
      if (round > 0) best.plain = Math.min(best.plain, plain);
      if (round > 0) best.ours = Math.min(best.ours, ours);
    }
    return [
      { measure: "plain sharp, one 12-megapixel photo (ms)", value: best.plain },
      {
        measure: "one 12-megapixel upload to delivered message, at idle (ms)",
        value: best.ours,
        atMost: Math.round(1.5 * best.plain + 150),
      },
    ];
  } finally {
    await desk.stop();
  }
}

export async function run(): Promise<number> {
  mkdirSync(scratch, { recursive: true });
  const rows: BenchRow[] = [];
  // Memory first: it is measured in processes of their own.
  rows.push(...(await compareMemory()));
  if (existsSync(folder)) {
    const photos = await loadPhotos();
    rows.push(...(await compareSpeed(photos)));
    rows.push(...(await compareBytes(photos, await render(photos))));
  } else process.stdout.write(`bytes and speed skipped: no photos in ${folder}\n`);
  // Last: the server's worker blocks loaders for the whole process.
  rows.push(...(await compareDelivery()));
  return reportBench("photos", rows);
}
