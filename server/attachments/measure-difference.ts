/**
 * How different two pictures look: a number that follows SSIMULACRA 2 closely enough to choose a
 * JPEG's quality by, at about a tenth of its cost.
 *
 * The ideas are those of SSIMULACRA 2 (Jon Sneyers, Cloudinary): structural similarity (Wang, Bovik,
 * Sheikh, Simoncelli 2004) at several scales (Wang 2003), in the opsin colour space of JPEG XL (ISO/IEC
 * 18181-1), next to two one-sided errors (structure that was added, structure that was lost),
 * pooled by mean and by 4-norm. What differs: statistics come from overlapping 8 x 8 windows built
 * of 4 x 4 cells instead of a Gaussian at every pixel, and the weights are our own, fitted to
 * SSIMULACRA 2 on the Kodak set by `bench/fit-photos.ts`.
 */

import { differencePower, differenceWeights } from "./difference-weights.js";

/** Packed 8-bit sRGB, three channels. */
export interface Picture {
  data: Uint8Array;
  width: number;
  height: number;
}

/** The side that stays the same over all trials, prepared once. */
export interface Reference {
  width: number;
  height: number;
  scales: Scale[];
}

interface Plane {
  values: Float32Array;
  /** Mean and sum of squares of each 4 x 4 cell. */
  sums: Float32Array;
  squares: Float32Array;
}

interface Scale {
  width: number;
  height: number;
  planes: Plane[];
}

export const scaleCount = 4;
const channelCount = 3;
/** Per scale and channel: dissimilarity, added structure, lost structure; each as mean and 4-norm. */
export const featuresPerPlane = 6;
const cell = 4;

const linearOf = Float32Array.from({ length: 256 }, (_, value) => {
  const v = value / 255;
  return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
});

/** Bias of the opsin absorbance, and the cube root as a table: the call costs more than all else here. */
const bias = 0.0037930734;
const rootSteps = 4096;
const rootOf = Float32Array.from({ length: rootSteps + 2 }, (_, step) =>
  Math.cbrt(step / rootSteps + bias),
);

function root(value: number): number {
  const at = value * rootSteps;
  const step = at | 0;
  const low = rootOf[step] ?? 0;
  return low + ((rootOf[step + 1] ?? 0) - low) * (at - step);
}

type Linear = [Float32Array, Float32Array, Float32Array];

function toLinear(picture: Picture): Linear {
  const count = picture.width * picture.height;
  const red = new Float32Array(count);
  const green = new Float32Array(count);
  const blue = new Float32Array(count);
  const { data } = picture;
  for (let i = 0, at = 0; i < count; i++, at += 3) {
    red[i] = linearOf[data[at] ?? 0] ?? 0;
    green[i] = linearOf[data[at + 1] ?? 0] ?? 0;
    blue[i] = linearOf[data[at + 2] ?? 0] ?? 0;
  }
  return [red, green, blue];
}

/** Half the size, averaged in linear light: averaging coded values would darken fine detail. */
function halve(plane: Float32Array, width: number, height: number): Float32Array {
  const w = width >> 1;
  const h = height >> 1;
  const out = new Float32Array(w * h);
  for (let y = 0; y < h; y++) {
    let from = 2 * y * width;
    for (let x = 0, to = y * w; x < w; x++, to++, from += 2) {
      out[to] =
        ((plane[from] ?? 0) +
          (plane[from + 1] ?? 0) +
          (plane[from + width] ?? 0) +
          (plane[from + width + 1] ?? 0)) *
        0.25;
    }
  }
  return out;
}

/** Opsin channels, each shifted and stretched to lie around 0..1 so that one constant fits all. */
function toOpsin([red, green, blue]: Linear): [Float32Array, Float32Array, Float32Array] {
  const count = red.length;
  const x = new Float32Array(count);
  const y = new Float32Array(count);
  const b = new Float32Array(count);
  const zero = Math.cbrt(bias);
  for (let i = 0; i < count; i++) {
    const r = red[i] ?? 0;
    const g = green[i] ?? 0;
    const bl = blue[i] ?? 0;
    const long = root(0.3 * r + 0.622 * g + 0.078 * bl) - zero;
    const medium = root(0.23 * r + 0.692 * g + 0.078 * bl) - zero;
    const short = root(0.24342269 * r + 0.20476744 * g + 0.55180987 * bl) - zero;
    const luma = 0.5 * (long + medium);
    x[i] = 14 * 0.5 * (long - medium) + 0.42;
    y[i] = luma + 0.01;
    b[i] = short - luma + 0.55;
  }
  return [x, y, b];
}

function toPlane(values: Float32Array, width: number, height: number): Plane {
  const columns = Math.floor(width / cell);
  const rows = Math.floor(height / cell);
  const sums = new Float32Array(columns * rows);
  const squares = new Float32Array(columns * rows);
  for (let y = 0; y < rows * cell; y++) {
    let at = y * width;
    for (let c = 0, to = ((y / cell) | 0) * columns; c < columns; c++, to++, at += cell) {
      const p = values[at] ?? 0;
      const q = values[at + 1] ?? 0;
      const r = values[at + 2] ?? 0;
      const s = values[at + 3] ?? 0;
      sums[to] = (sums[to] ?? 0) + p + q + r + s;
      squares[to] = (squares[to] ?? 0) + p * p + q * q + r * r + s * s;
    }
  }
  return { values, sums, squares };
}

function toScales(picture: Picture): Scale[] {
  let { width, height } = picture;
  let linear = toLinear(picture);
  const scales: Scale[] = [];
  for (let s = 0; s < scaleCount; s++) {
    if (s > 0) {
      linear = [
        halve(linear[0], width, height),
        halve(linear[1], width, height),
        halve(linear[2], width, height),
      ];
      width >>= 1;
      height >>= 1;
    }
    if (width < 2 * cell || height < 2 * cell) break;
    const [w, h] = [width, height];
    scales.push({ width, height, planes: toOpsin(linear).map((plane) => toPlane(plane, w, h)) });
  }
  return scales;
}

export function prepareReference(picture: Picture): Reference {
  return { width: picture.width, height: picture.height, scales: toScales(picture) };
}

function crossSums(a: Plane, b: Plane, width: number, height: number): Float32Array {
  const columns = Math.floor(width / cell);
  const rows = Math.floor(height / cell);
  const out = new Float32Array(columns * rows);
  const p = a.values;
  const q = b.values;
  for (let y = 0; y < rows * cell; y++) {
    let at = y * width;
    for (let c = 0, to = ((y / cell) | 0) * columns; c < columns; c++, to++, at += cell) {
      out[to] =
        (out[to] ?? 0) +
        (p[at] ?? 0) * (q[at] ?? 0) +
        (p[at + 1] ?? 0) * (q[at + 1] ?? 0) +
        (p[at + 2] ?? 0) * (q[at + 2] ?? 0) +
        (p[at + 3] ?? 0) * (q[at + 3] ?? 0);
    }
  }
  return out;
}

/** Keeps structure in flat regions from dividing noise by nothing. */
const contrastFloor = 0.0009;
const deviationFloor = 1;

function windowSum(cells: Float32Array, at: number, columns: number): number {
  return (
    (cells[at] ?? 0) +
    (cells[at + 1] ?? 0) +
    (cells[at + columns] ?? 0) +
    (cells[at + columns + 1] ?? 0)
  );
}

function comparePlanes(a: Plane, b: Plane, width: number, height: number): number[] {
  const columns = Math.floor(width / cell);
  const rows = Math.floor(height / cell);
  const cross = crossSums(a, b, width, height);
  const share = 1 / (4 * cell * cell);
  let unlike = 0;
  let unlike4 = 0;
  let added = 0;
  let added4 = 0;
  let lost = 0;
  let lost4 = 0;
  for (let y = 0; y + 1 < rows; y++) {
    for (let x = 0, at = y * columns; x + 1 < columns; x++, at++) {
      const meanA = windowSum(a.sums, at, columns) * share;
      const meanB = windowSum(b.sums, at, columns) * share;
      const varA = Math.max(0, windowSum(a.squares, at, columns) * share - meanA * meanA);
      const varB = Math.max(0, windowSum(b.squares, at, columns) * share - meanB * meanB);
      const covariance = windowSum(cross, at, columns) * share - meanA * meanB;
      // Values are cube roots already, so the luminance term is a plain difference.
      const light = 1 - (meanA - meanB) * (meanA - meanB);
      const structure = (2 * covariance + contrastFloor) / (varA + varB + contrastFloor);
      const d = Math.max(0, 1 - light * structure);
      unlike += d;
      unlike4 += d * d * d * d;
      const deviationA = Math.sqrt(varA);
      const deviationB = Math.sqrt(varB);
      const change = (deviationFloor + deviationB) / (deviationFloor + deviationA) - 1;
      if (change > 0) {
        added += change;
        added4 += change * change * change * change;
      } else {
        lost -= change;
        lost4 += change * change * change * change;
      }
    }
  }
  const windows = Math.max(1, (rows - 1) * (columns - 1));
  const norm = (sum: number): number => Math.sqrt(Math.sqrt(sum / windows));
  return [
    unlike / windows,
    norm(unlike4),
    added / windows,
    norm(added4),
    lost / windows,
    norm(lost4),
  ];
}

/** The raw measurements, in the order scale, channel, kind; what `bench/fit-photos.ts` weighs. */
export function measureFeatures(reference: Reference, picture: Picture): number[] {
  const scales = toScales(picture);
  const features: number[] = [];
  reference.scales.forEach((scale, s) => {
    const other = scales[s];
    if (!other) return;
    for (let c = 0; c < channelCount; c++) {
      const a = scale.planes[c];
      const b = other.planes[c];
      if (a && b) features.push(...comparePlanes(a, b, scale.width, scale.height));
    }
  });
  return features;
}

const weights = differenceWeights.flat(2);

/** From 100 (the same) downwards; 80 is a difference that is not noticed, 70 one that does not annoy. */
export function scoreDifference(reference: Reference, picture: Picture): number {
  let sum = 0;
  measureFeatures(reference, picture).forEach((feature, i) => {
    sum += feature * (weights[i] ?? 0);
  });
  return 100 - sum ** (1 / differencePower);
}
