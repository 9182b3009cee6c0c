import sharp from "sharp";

export interface PhotoOptions {
  width?: number;
  height?: number;
  /** EXIF orientation, 1 to 8; the pixels are stored turned accordingly. */
  orientation?: number;
  /** Puts a place and a camera's name into EXIF. */
  location?: boolean;
}

/**
 * A photo-like JPEG of our own: smooth light, texture and noise, so that it compresses as a photo
 * does. The upper left quarter of the *upright* picture is red, so that a test can tell which way
 * is up.
 */
export async function makePhoto(options: PhotoOptions = {}): Promise<Buffer> {
  const { width = 4000, height = 3000, orientation = 1, location = true } = options;
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
    .png({ compressionLevel: 0 })
    .toBuffer();
  const light = Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
      <defs><linearGradient id="g" x2="1" y2="1"><stop stop-color="#335577"/><stop offset="1" stop-color="#eecc88"/></linearGradient></defs>
      <rect width="100%" height="100%" fill="url(#g)" fill-opacity=".75"/>
      <rect width="50%" height="50%" fill="#d01818" fill-opacity=".85"/>
    </svg>`,
  );
  const upright = await sharp(noise)
    .composite([{ input: light }])
    .removeAlpha()
    .png({ compressionLevel: 0 })
    .toBuffer();
  const stored = await turnForStorage(upright, orientation);
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
  return sharp(stored)
    .withExif(exif)
    .withMetadata({ orientation })
    .jpeg({ quality: 93, chromaSubsampling: "4:2:0" })
    .toBuffer();
}

/** Pixels as a camera stores them, so that showing them by `orientation` gives the upright picture. */
function turnForStorage(upright: Buffer, orientation: number): Promise<Buffer> {
  const image = sharp(upright);
  switch (orientation) {
    case 2:
      return image.flop().png().toBuffer();
    case 3:
      return image.rotate(180).png().toBuffer();
    case 4:
      return image.flip().png().toBuffer();
    case 5:
      return image
        .flop()
        .toBuffer()
        .then((turned) => sharp(turned).rotate(270).png().toBuffer());
    case 6:
      return image.rotate(270).png().toBuffer();
    case 7:
      return image
        .flop()
        .toBuffer()
        .then((turned) => sharp(turned).rotate(90).png().toBuffer());
    case 8:
      return image.rotate(90).png().toBuffer();
    default:
      return image.png().toBuffer();
  }
}
