import sharp, { type Sharp } from "sharp";

export interface PhotoOptions {
  width?: number;
  height?: number;
  /** EXIF orientation, 1 to 8; the pixels are stored turned accordingly. */
  orientation?: number;
  /** Puts a place and a camera's name into EXIF. */
  location?: boolean;
  progressive?: boolean;
}

export interface RawPhoto {
  data: Buffer;
  width: number;
  height: number;
}

/**
 * Pixels of a photo-like picture of our own: smooth light, texture and noise, so that it compresses
 * as a photo does. The upper left quarter is red, so that a test can tell which way is up.
 */
export async function makePixels(width: number, height: number): Promise<RawPhoto> {
  const noise = await sharp({
    create: {
      width: Math.ceil(width / 4),
      height: Math.ceil(height / 4),
      channels: 3,
      background: "#808080",
      noise: { type: "gaussian", mean: 128, sigma: 40 },
    },
  })
    .resize(width, height, { kernel: "cubic", fit: "fill" })
    .removeAlpha()
    .raw()
    .toBuffer();
  // From a cold dark corner to a warm light one.
  const dark = [0x33, 0x55, 0x77] as const;
  const light = [0xee, 0xcc, 0x88] as const;
  const red = [0xd0, 0x18, 0x18] as const;
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const way = (x / width + y / height) / 2;
      const inside = x < width / 2 && y < height / 2;
      for (const channel of [0, 1, 2] as const) {
        const ground = dark[channel] + (light[channel] - dark[channel]) * way;
        const lit = ground * 0.75 + (noise[at] ?? 0) * 0.25;
        noise[at++] = inside ? red[channel] * 0.85 + lit * 0.15 : lit;
      }
    }
  }
  return { data: noise, width, height };
}

/** A JPEG as a phone writes it: turned by EXIF, with a camera's name and a place. Loads no SVG. */
export async function makePhoto(options: PhotoOptions = {}): Promise<Buffer> {
  const { width = 4000, height = 3000, orientation = 1, location = true } = options;
  const stored = await turnForStorage(await makePixels(width, height), orientation);
  const exif = location
    ? {
        IFD0: { Make: "Porchlight", Model: "Test camera 12" },
        IFD3: {
          GPSLatitudeRef: "N",
          GPSLatitude: "48/1 51/1 3000/100",
          GPSLongitudeRef: "E",
          GPSLongitude: "2/1 17/1 4000/100",
        },
      }
    : {};
  return fromRaw(stored)
    .withExif(exif)
    .withMetadata({ orientation })
    .jpeg({ quality: 93, chromaSubsampling: "4:2:0", progressive: options.progressive ?? false })
    .toBuffer();
}

const fromRaw = ({ data, width, height }: RawPhoto) =>
  sharp(data, { raw: { width, height, channels: 3 } });

/** Pixels as a camera stores them, so that showing them by `orientation` gives the upright picture. */
async function turnForStorage(upright: RawPhoto, orientation: number): Promise<RawPhoto> {
  if (orientation === 1) return upright;
  const mirrored = [2, 5, 7].includes(orientation) ? await toRaw(fromRaw(upright).flop()) : upright;
  const image = fromRaw(mirrored);
  if (orientation === 3) return toRaw(image.rotate(180));
  if (orientation === 4) return toRaw(image.flip());
  if (orientation === 5 || orientation === 6) return toRaw(image.rotate(270));
  if (orientation === 7 || orientation === 8) return toRaw(image.rotate(90));
  return mirrored;
}

async function toRaw(image: Sharp): Promise<RawPhoto> {
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}
