import { crc32, deflateSync } from "node:zlib";
import sharp from "sharp";
import { makePhoto } from "../support/make-photo.js";

export interface HostileFile {
  name: string;
  bytes: Buffer;
}

const pngStart = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");

export function pngChunk(name: string, data: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(data.length);
  const body = Buffer.concat([Buffer.from(name, "latin1"), data]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([head, body, sum]);
}

/** A PNG header of any size, whatever follows it. */
function png(width: number, height: number, depth: number, color: number, rest: Buffer[]): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, color, 0, 0, 0], 8);
  return Buffer.concat([
    pngStart,
    pngChunk("IHDR", header),
    ...rest,
    pngChunk("IEND", Buffer.alloc(0)),
  ]);
}

/** One black pixel's worth of rows, compressed: a few kilobytes for any size. */
const blackRows = (width: number, height: number, bits: number): Buffer =>
  pngChunk("IDAT", deflateSync(Buffer.alloc((Math.ceil((width * bits) / 8) + 1) * height)));

const bomb = (): Buffer => deflateSync(Buffer.alloc(100_000_000));

/** A GIF of so many one-colour frames. */
function gif(edge: number, frames: number): Buffer {
  const screen = Buffer.alloc(13);
  screen.write("GIF89a", "latin1");
  screen.writeUInt16LE(edge, 6);
  screen.writeUInt16LE(edge, 8);
  screen[10] = 0x80;
  const frame = Buffer.alloc(15);
  frame[0] = 0x2c;
  frame.writeUInt16LE(1, 5);
  frame.writeUInt16LE(1, 7);
  frame.set([2, 2, 0x44, 1, 0], 10);
  const control = Buffer.from([0x21, 0xf9, 4, 0, 1, 0, 0, 0]);
  const body = Array.from({ length: frames }, () => Buffer.concat([control, frame]));
  return Buffer.concat([screen, Buffer.from([0, 0, 0, 255, 0, 0]), ...body, Buffer.from([0x3b])]);
}

/** The photo's frame header says another size. */
function resized(jpeg: Buffer, width: number, height: number): Buffer {
  const bytes = Buffer.from(jpeg);
  const at = [0xffc0, 0xffc2]
    .map((marker) => bytes.indexOf(Buffer.from([marker >> 8, marker & 255])))
    .find((found) => found > 0);
  if (at === undefined) throw new Error("No frame header");
  bytes.writeUInt16BE(height, at + 5);
  bytes.writeUInt16BE(width, at + 7);
  return bytes;
}

const svg = (inside: string): Buffer =>
  Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="900" height="900">${inside}</svg>`);

/** Files that exploit a decoder, made here: what none of them may do is in hostile-files.test.ts. */
export async function makeHostile(): Promise<HostileFile[]> {
  const photo = await makePhoto({ width: 640, height: 480 });
  const progressive = await makePhoto({ width: 640, height: 480, progressive: true });
  const flat = sharp({ create: { width: 7000, height: 7000, channels: 3, background: "#123456" } });
  const files: [string, Buffer][] = [
    ["svg with a script", svg("<script>alert(1)</script>")],
    ["svg with a filter", svg('<filter id="f"><feTurbulence numOctaves="99"/></filter>')],
    ["svg that reads a file", svg('<image href="file:///etc/passwd"/>')],
    ["html named as a photo", Buffer.from("<html><script>alert(1)</script>")],
    ["pdf", Buffer.from("%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj")],
    ["tiff", await sharp(photo).resize(8).tiff().toBuffer()],
    ["text", Buffer.from("=cmd|' /C calc'!A0")],
    ["empty", Buffer.alloc(0)],
    ["one byte", Buffer.from([0xff])],
    ["png of 2147483647 x 2147483647", png(0x7fffffff, 0x7fffffff, 8, 6, [])],
    ["png of 40000 x 40000, one bit", png(40_000, 40_000, 1, 0, [blackRows(40_000, 40_000, 1)])],
    ["png of 49 megapixels", png(7000, 7000, 1, 0, [blackRows(7000, 7000, 1)])],
    [
      "png with a text bomb",
      png(8, 8, 1, 0, [
        pngChunk("zTXt", Buffer.concat([Buffer.from("a\0\0"), bomb()])),
        blackRows(8, 8, 1),
      ]),
    ],
    [
      "png with a profile bomb",
      png(8, 8, 1, 0, [
        pngChunk("iCCP", Buffer.concat([Buffer.from("a\0\0"), bomb()])),
        blackRows(8, 8, 1),
      ]),
    ],
    ["png cut off", (await sharp(photo).png().toBuffer()).subarray(0, 9000)],
    ["jpeg that says 65500 x 65500", resized(photo, 65_500, 65_500)],
    ["progressive jpeg that says 16000 x 16000", resized(progressive, 16_000, 16_000)],
    ["jpeg that says more than it holds", resized(photo, 6000, 6000)],
    ["jpeg cut in half", photo.subarray(0, photo.length / 2)],
    [
      "jpeg of noise after its header",
      Buffer.concat([photo.subarray(0, 700), Buffer.alloc(9000, 0xa5)]),
    ],
    [
      "jpeg of six million empty segments",
      Buffer.concat([
        photo.subarray(0, 2),
        Buffer.alloc(24_000_000, Buffer.from([0xff, 0xdb, 0x00, 0x02])),
        photo.subarray(2),
      ]),
    ],
    ["jpeg and html in one", Buffer.concat([photo, Buffer.from("<script>alert(1)</script>")])],
    ["avif of 49 megapixels", await flat.clone().avif({ quality: 20, effort: 0 }).toBuffer()],
    ["webp cut off", (await sharp(photo).webp().toBuffer()).subarray(0, 3000)],
    ["gif of 5000 frames", gif(2000, 5000)],
    ["gif of 60000 x 60000", gif(60_000, 1)],
    [
      "heic that is none",
      Buffer.concat([
        Buffer.from("\0\0\0\x18ftypheic\0\0\0\0heicmif1", "latin1"),
        Buffer.alloc(500, 7),
      ]),
    ],
  ];
  return files.map(([name, bytes]) => ({ name, bytes }));
}
