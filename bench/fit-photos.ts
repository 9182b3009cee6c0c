import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { differencePower } from "../server/attachments/difference-weights.js";
import {
  featuresPerPlane,
  measureFeatures,
  prepareReference,
  scaleCount,
} from "../server/attachments/measure-difference.js";
import { openSsimulacra2, type RawPhoto } from "./judge-photos.js";

/**
 * Fits the own metric's weights to SSIMULACRA 2 on the Kodak set, and prints the table of
 * `server/attachments/difference-weights.ts`: `npm run bench -- fit-photos`. A few minutes.
 */
const folder = join("..", "shared", "data", "kodak");
const qualities = [60, 65, 70, 75, 80, 85, 90, 95];
/** The photos as they are, and once smaller: previews are measured too. */
const longEdges = [768, 480];
/** What lies below is never delivered, and would pull the fit away from what is. */
const lowestScore = 55;
const sweeps = 4000;

interface Sample {
  features: number[];
  /** What the weighted sum should be. */
  target: number;
}

async function takeSamples(): Promise<Sample[]> {
  const judge = openSsimulacra2();
  if (!judge) return [];
  const samples: Sample[] = [];
  for (const name of readdirSync(folder).sort()) {
    const file = readFileSync(join(folder, name));
    for (const edge of longEdges) {
      const { data, info } = await sharp(file)
        .resize(edge, edge, { fit: "inside", withoutEnlargement: true })
        .removeAlpha()
        .toColourspace("srgb")
        .raw()
        .toBuffer({ resolveWithObject: true });
      const photo: RawPhoto = { data, width: info.width, height: info.height };
      const raw = { width: info.width, height: info.height, channels: 3 as const };
      const reference = prepareReference(photo);
      for (const quality of qualities) {
        const encoded = await sharp(data, { raw }).jpeg({ mozjpeg: true, quality }).toBuffer();
        const score = await judge(photo, encoded);
        if (score <= lowestScore) continue;
        const decoded = await sharp(encoded).raw().toBuffer();
        samples.push({
          features: measureFeatures(reference, { ...photo, data: decoded }),
          target: (100 - score) ** differencePower,
        });
      }
    }
  }
  return samples;
}

/** Non-negative least squares by coordinate descent on the normal equations. */
function fit(samples: readonly Sample[]): number[] {
  const count = samples[0]?.features.length ?? 0;
  const dot = (a: number, b: number): number =>
    samples.reduce((sum, { features }) => sum + (features[a] ?? 0) * (features[b] ?? 0), 0);
  const gram = Array.from({ length: count }, (_, a) =>
    Array.from({ length: count }, (_, b) => dot(a, b)),
  );
  const aims = Array.from({ length: count }, (_, a) =>
    samples.reduce((sum, { features, target }) => sum + (features[a] ?? 0) * target, 0),
  );
  const weights = new Array<number>(count).fill(0);
  for (let sweep = 0; sweep < sweeps; sweep++) {
    for (let a = 0; a < count; a++) {
      const row = gram[a] ?? [];
      const own = row[a] ?? 0;
      const others = row.reduce(
        (sum, value, b) => (b === a ? sum : sum + value * (weights[b] ?? 0)),
        0,
      );
      weights[a] = own > 1e-15 ? Math.max(0, ((aims[a] ?? 0) - others) / own) : 0;
    }
  }
  return weights;
}

function rootMeanSquare(samples: readonly Sample[], weights: readonly number[]): number {
  const squares = samples.map(({ features, target }) => {
    const sum = features.reduce((total, value, at) => total + value * (weights[at] ?? 0), 0);
    return (sum ** (1 / differencePower) - target ** (1 / differencePower)) ** 2;
  });
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
}

export async function run(): Promise<number> {
  const samples = await takeSamples();
  if (samples.length === 0) return 1;
  const weights = fit(samples);
  const rounded = weights.map((weight) => Math.round(weight * 10) / 10);
  const table = Array.from({ length: scaleCount }, (_, scale) =>
    Array.from({ length: 3 }, (_, channel) => {
      const from = (scale * 3 + channel) * featuresPerPlane;
      return rounded.slice(from, from + featuresPerPlane);
    }),
  );
  const error = rootMeanSquare(samples, rounded).toFixed(2);
  process.stdout.write(`${JSON.stringify(table, undefined, 2)}\n`);
  process.stdout.write(`${samples.length} samples, off by ${error} points (root mean square)\n`);
  return 0;
}
