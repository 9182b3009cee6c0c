import type { RenditionName } from "../../shared/wire.js";

/** A version of a photo that is made for delivery. */
export interface RenditionSpec {
  name: RenditionName;
  /** Pixels of the longer side at most; a smaller photo is never enlarged. */
  longEdge: number;
}

/** Names are stored and stand in addresses: never rename one. */
export const renditionSpecs: readonly RenditionSpec[] = [
  { name: "preview", longEdge: 480 },
  { name: "full", longEdge: 2048 },
];

/** Formats that are decoded; everything else is refused by its bytes, whatever its name says. */
export const imageFormats = ["jpeg", "png", "webp", "gif", "avif", "heic"] as const;
export type ImageFormat = (typeof imageFormats)[number];

export function isImageFormat(name: string): name is ImageFormat {
  return imageFormats.some((format) => format === name);
}

/** How photos are treated. Every field is a setting of the server: README, "Settings". */
export interface PhotoSettings {
  /**
   * Pixels that a file of this format may hold. They follow what decoding one costs: a JPEG streams
   * through a few rows at a time, an AVIF of 49 megapixels takes 960 MB.
   */
  pixelLimits: Record<ImageFormat, number>;
  /** Pixels of an animation, all frames together; above it only the first frame is shown. */
  animationPixels: number;
  /** How close to the original a rendition must look: see `measure-difference.ts` for the scale. */
  targetScore: number;
  /** Milliseconds one photo may take from start to finish in its worker. */
  timeLimitMs: number;
  /** Photos rendered at the same time. */
  workers: number;
  /** Photos that may be received, waiting or rendered at once: all together, of one site, and their bytes. */
  admitted: number;
  admittedPerSite: number;
  admittedBytes: number;
  /** Bodies that may be on their way at once: of one sender, and from one address. */
  receivedPerSender: number;
  receivedPerAddress: number;
  /** When the AVIF of a `full` rendition is made. */
  avif: AvifMoment;
}

export const avifMoments = ["off", "on_demand", "background"] as const;
export type AvifMoment = (typeof avifMoments)[number];

const megapixels = 1_000_000;

export const defaultPhotoSettings: PhotoSettings = {
  pixelLimits: {
    jpeg: 50 * megapixels,
    webp: 50 * megapixels,
    png: 30 * megapixels,
    gif: 30 * megapixels,
    avif: 16 * megapixels,
    heic: 16 * megapixels,
  },
  animationPixels: 30 * megapixels,
  targetScore: 80,
  timeLimitMs: 15_000,
  workers: 2,
  admitted: 16,
  admittedPerSite: 10,
  admittedBytes: 128 * 1024 * 1024,
  // The panel sends two at a time; more come from households, and a busy office is told to try again.
  receivedPerSender: 2,
  receivedPerAddress: 4,
  avif: "on_demand",
};
