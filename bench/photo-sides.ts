import sharp from "sharp";
import { openJpegoptim, type RawPhoto } from "./judge-photos.js";

/** One way to make all photos small. */
export interface Side {
  name: string;
  encode: (photo: RawPhoto, at: number) => Promise<Buffer>;
  /** A program of its own, or made already: its CPU is not told. */
  elsewhere?: boolean;
  /** Also judged by butteraugli and by the own metric, which are slow. */
  closely?: boolean;
}

const ofRaw = ({ data, width, height }: RawPhoto) =>
  sharp(data, { raw: { width, height, channels: 3 } });

/** What our photos stand beside: each fixed quality from 90 to 70, and three other encoders. */
export function otherSides(): Side[] {
  const sides: Side[] = [];
  for (let quality = 90; quality >= 70; quality--)
    sides.push({
      name: `mozjpeg ${quality}`,
      encode: (photo) => ofRaw(photo).jpeg({ mozjpeg: true, quality }).toBuffer(),
      closely: quality === 80,
    });
  sides.push(
    {
      name: "sharp's JPEG default (80)",
      encode: (photo) => ofRaw(photo).jpeg().toBuffer(),
      closely: true,
    },
    {
      name: "AVIF default (50, effort 4)",
      encode: (photo) => ofRaw(photo).avif().toBuffer(),
      closely: true,
    },
  );
  const optimise = openJpegoptim();
  if (optimise)
    sides.push({
      name: "jpegoptim --max=85",
      encode: async (photo) => optimise(await ofRaw(photo).jpeg({ quality: 95 }).toBuffer(), 85),
      elsewhere: true,
      closely: true,
    });
  return sides;
}
