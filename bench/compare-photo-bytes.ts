import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { cleanJpeg } from "../server/attachments/clean-original.js";
import type { RenderedImage } from "../server/attachments/make-renditions.js";
import { differenceWeights } from "../server/attachments/difference-weights.js";
import { prepareReference, scoreDifference } from "../server/attachments/measure-difference.js";
import { decodePixels, shrinkPixels, turnUpright } from "../server/attachments/render-image.js";
import { createRenderPool } from "../server/attachments/render-pool.js";
import {
  openButteraugli,
  keepScores,
  openSsimulacra2,
  type Judge,
  type RawPhoto,
} from "./judge-photos.js";
import { cpuMs, inPairs, renderPhotos, type Photo } from "./photo-set.js";
import { otherSides, type Side } from "./photo-sides.js";
import type { BenchRow } from "./print-table.js";

/** What is known of a side; kept in bench/out, so that a run can go on where another was cut. */
interface Judged {
  bytes: number;
  encodeMs: number | null;
  ssimulacra2: Scores | null;
  butteraugli: Scores | null;
  own: Scores | null;
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

const pick = (image: RenderedImage, name: "preview" | "full"): Buffer =>
  Buffer.from(image.renditions.find((made) => made.name === name)?.bytes ?? []);

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

/** Our own metric over the whole photo. Its answers are kept for as long as it is weighed the same. */
function openOwnJudge(): Judge {
  const weights = createHash("sha256").update(JSON.stringify(differenceWeights)).digest("hex");
  return keepScores(`own-${weights.slice(0, 8)}`, async (reference, rendition) => {
    const data = await sharp(rendition).removeAlpha().raw().toBuffer();
    return scoreDifference(prepareReference(reference), { ...reference, data });
  });
}

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

type Judges = Record<"ssimulacra2" | "butteraugli" | "own", Judge | null>;

async function judgeSide(side: Side, references: RawPhoto[], judges: Judges): Promise<Judged> {
  const { result: encoded, ms } = await cpuMs(() => inPairs(references, side.encode));
  const judge = (by: Judge | null): Promise<Scores> | null =>
    by && judgeAll(by, references, encoded);
  return {
    bytes: weigh(encoded),
    encodeMs: side.elsewhere === true ? null : ms,
    ssimulacra2: await judge(judges.ssimulacra2),
    butteraugli: side.closely === true ? await judge(judges.butteraugli) : null,
    own: side.closely === true ? await judge(judges.own) : null,
  };
}

const keptFile = join("bench", "out", "photo-sides.json");

/** Sides that were judged before: by name, photos, libraries and judges. Ours is judged anew. */
function openKept(references: readonly RawPhoto[], judges: Judges) {
  const hash = createHash("sha256").update(
    JSON.stringify([sharp.versions, Object.values(judges).map(Boolean)]),
  );
  for (const { data } of references) hash.update(data);
  const key = hash.digest("hex");
  const kept = new Map<string, Judged>(
    existsSync(keptFile)
      ? Object.entries(JSON.parse(readFileSync(keptFile, "utf8")) as object)
      : [],
  );
  return {
    find: (name: string) => kept.get(`${name} ${key}`),
    keep(name: string, judged: Judged): void {
      kept.set(`${name} ${key}`, judged);
      writeFileSync(keptFile, JSON.stringify(Object.fromEntries(kept)));
    },
  };
}

function rowsOf(name: string, judged: Judged, megapixels: number): BenchRow[] {
  const { bytes, encodeMs, ssimulacra2, butteraugli, own } = judged;
  const rows: [string, number | undefined][] = [
    ["bytes (MB)", bytes / 1e6],
    ["lowest SSIMULACRA 2", ssimulacra2?.lowest],
    ["mean SSIMULACRA 2", ssimulacra2?.mean],
    ["mean butteraugli", butteraugli?.mean],
    ["lowest by the own metric", own?.lowest],
    ["CPU of encoding (ms a megapixel)", encodeMs === null ? undefined : encodeMs / megapixels],
  ];
  return rows.flatMap(([measure, value]) =>
    value === undefined ? [] : [{ measure: `${name}: ${measure}`, value }],
  );
}

/** Bytes at equal quality, SSIMULACRA 2 being the judge; the other judges are printed without a bar. */
export async function compareBytes(photos: readonly Photo[]): Promise<BenchRow[]> {
  const pool = createRenderPool();
  const images = await renderPhotos(pool, photos).finally(() => pool.close());
  const fulls = await inPairs(photos, (photo) => resizeAsServer(photo, "full"));
  const megapixels = fulls.reduce((sum, { width, height }) => sum + (width * height) / 1e6, 0);
  const judges = {
    ssimulacra2: openSsimulacra2(),
    butteraugli: openButteraugli(),
    own: openOwnJudge(),
  };
  const made = images.map((image) => pick(image, "full"));
  const oursSide: Side = {
    name: "ours",
    encode: (_, at) => Promise.resolve(made[at] ?? Buffer.alloc(0)),
    elsewhere: true,
    closely: true,
  };
  const ours = await judgeSide(oursSide, fulls, judges);
  const rows = [
    ...rowsOf("ours", ours, megapixels),
    ...(await judgePreviews(photos, images, judges.ssimulacra2)),
  ];
  const kept = openKept(fulls, judges);
  const fixed: Weighed[] = [];
  for (const side of otherSides()) {
    const judged = kept.find(side.name) ?? (await judgeSide(side, fulls, judges));
    kept.keep(side.name, judged);
    rows.push(...rowsOf(side.name, judged, megapixels));
    if (side.name.startsWith("mozjpeg") && judged.ssimulacra2)
      fixed.push({ bytes: judged.bytes, lowest: judged.ssimulacra2.lowest });
  }
  if (!ours.ssimulacra2) return rows;
  const { lowest } = ours.ssimulacra2;
  const equal = bytesAt(lowest, fixed);
  if (equal === null)
    throw new Error(`no fixed quality from 70 to 90 comes to ${lowest.toFixed(1)}`);
  rows.push({
    measure: "bytes at equal lowest SSIMULACRA 2, beside one mozjpeg quality (MB)",
    value: ours.bytes / 1e6,
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
