import { prepareReference, scoreDifference } from "./measure-difference.js";
import type { Picture } from "./measure-difference.js";

/**
 * The lowest quality at which a photo still looks as good as asked. One quality for all photos
 * wastes bytes on the easy ones; so a mosaic of the photo is encoded, decoded and compared a few
 * times, and the quality that reaches the target is used for the one full encode.
 */
export interface QualitySearch {
  /** What the trial encodes; must be the coding of the full encode. */
  encode(picture: Picture, quality: number): Promise<Uint8Array>;
  decode(bytes: Uint8Array): Promise<Uint8Array>;
  target: number;
  /** Quality to begin with, and the bounds of the answer. */
  start: number;
  lowest: number;
  highest: number;
}

/** Tiles a side, and pixels of a tile's side: whole coding units, so that blocks fall as in the photo. */
const tilesPerSide = 4;
const tileEdge = 144;
const codingUnit = 16;

const alignDown = (value: number): number => Math.floor(value / codingUnit) * codingUnit;

/** Where the tiles of one axis begin: spread evenly, aligned to coding units, never overlapping. */
function tileStarts(length: number): number[] {
  const count = Math.min(tilesPerSide, Math.floor(length / tileEdge));
  return Array.from({ length: count }, (_, i) =>
    Math.min(
      alignDown(((i + 0.5) * length) / count - tileEdge / 2 + codingUnit / 2),
      length - tileEdge,
    ),
  );
}

/** A sample of the photo, 16 tiles evenly spread; a photo that is hardly larger is its own sample. */
export function cutMosaic(photo: Picture): Picture {
  const sample = tilesPerSide * tileEdge;
  if (photo.width * photo.height <= 1.2 * sample * sample) return photo;
  const columns = tileStarts(photo.width);
  const rows = tileStarts(photo.height);
  if (columns.length === 0 || rows.length === 0) return photo;
  const width = columns.length * tileEdge;
  const data = new Uint8Array(width * rows.length * tileEdge * 3);
  rows.forEach((top, row) => {
    columns.forEach((left, column) => {
      for (let y = 0; y < tileEdge; y++) {
        const from = ((top + y) * photo.width + left) * 3;
        const to = ((row * tileEdge + y) * width + column * tileEdge) * 3;
        data.set(photo.data.subarray(from, from + tileEdge * 3), to);
      }
    });
  });
  return { data, width, height: rows.length * tileEdge };
}

interface Trial {
  quality: number;
  score: number;
}

/** Points of score a step of quality is worth around the target, before two trials have told. */
const usualSlope = 0.45;
/** A trial this close ends the search: the sample itself is no better. */
const closeEnough = 0.4;
const mostTrials = 4;

/** The next quality to try: on the line through the two trials nearest to the target. */
function guess(trials: readonly Trial[], target: number): number {
  const [a, b] = [...trials].sort(
    (p, q) => Math.abs(p.score - target) - Math.abs(q.score - target),
  );
  if (!a) throw new Error("A guess needs a trial");
  const measured = b && b.quality !== a.quality ? (a.score - b.score) / (a.quality - b.quality) : 0;
  const slope = measured > 0.1 && measured < 2 ? measured : usualSlope;
  return a.quality + (target - a.score) / slope;
}

/** @returns the quality for the full encode, and what the mosaic scored there or nearest to it */
export async function chooseQuality(
  photo: Picture,
  search: QualitySearch,
): Promise<{ quality: number; score: number; trials: number }> {
  const mosaic = cutMosaic(photo);
  const reference = prepareReference(mosaic);
  const trials: Trial[] = [];
  const clamp = (quality: number): number =>
    Math.max(search.lowest, Math.min(search.highest, Math.round(quality)));
  let quality = clamp(search.start);
  while (trials.length < mostTrials) {
    const data = await search.decode(await search.encode(mosaic, quality));
    const score = scoreDifference(reference, { ...mosaic, data });
    trials.push({ quality, score });
    if (Math.abs(score - search.target) < closeEnough) break;
    const next = clamp(guess(trials, search.target));
    if (trials.some((trial) => trial.quality === next)) {
      quality = next;
      break;
    }
    quality = next;
    // A step or two from a measured trial is as sure as measuring once more.
    if (trials.length > 1 && trials.some((trial) => Math.abs(trial.quality - next) <= 2)) break;
  }
  const nearest = trials.reduce((best, trial) =>
    Math.abs(trial.quality - quality) < Math.abs(best.quality - quality) ? trial : best,
  );
  return { quality, score: nearest.score, trials: trials.length };
}
