import { inflateSync } from "node:zlib";
import { readExif, xmpHasLocation } from "./read-exif.js";
import type { ImageFormat } from "./rendition-specs.js";

/** What the decoder found on its way to the pixels. */
interface Found {
  exif?: Buffer | undefined;
  xmp?: Buffer | undefined;
}

/**
 * Whether a file says where it was taken. The decoder stops before a PNG's pixels and does not look
 * at a GIF's extensions, so those two are read here as well. Decides only what people are told:
 * metadata of every kind is left out in any case.
 */
export function hasLocation(bytes: Buffer, format: ImageFormat, { exif, xmp }: Found): boolean {
  if (exif && readExif(exif).hasLocation) return true;
  if (xmp && xmpHasLocation(xmp)) return true;
  if (format === "png") return pngHasLocation(bytes);
  // A GIF holds its XMP in one piece (XMP specification, part 3, 1.1.2).
  return format === "gif" && xmpHasLocation(bytes);
}

const signatureBytes = 8;
/** Length, type and checksum of a chunk. */
const frameBytes = 12;
/** A text that unpacks to more is no EXIF. */
const mostText = 4 * 1024 * 1024;

/** PNG, third edition, 11.3: `eXIf`, XMP in `iTXt`, and EXIF as hexadecimal text, as ImageMagick writes it. */
function pngHasLocation(bytes: Buffer): boolean {
  for (let at = signatureBytes; at + frameBytes <= bytes.length;) {
    const size = bytes.readUInt32BE(at);
    const type = bytes.toString("latin1", at + 4, at + 8);
    const data = bytes.subarray(at + 8, at + 8 + size);
    if (type === "eXIf" && readExif(data).hasLocation) return true;
    if (["tEXt", "zTXt", "iTXt"].includes(type) && textHasLocation(type, data)) return true;
    at += frameBytes + size;
  }
  return false;
}

function textHasLocation(type: string, data: Buffer): boolean {
  const nameEnd = data.indexOf(0);
  const name = data.toString("latin1", 0, Math.max(0, nameEnd));
  if (!/^XML:com\.adobe\.xmp$|^Raw profile type (exif|APP1|xmp)$/.test(name)) return false;
  const text = readText(type, data, nameEnd + 1);
  if (text === null) return false;
  return xmpHasLocation(text) || hexHasLocation(text);
}

/** What follows the name, unpacked; null for what is too much, or broken. */
function readText(type: string, data: Buffer, at: number): Buffer | null {
  try {
    if (type === "tEXt") return data.subarray(at);
    const packed = type === "zTXt" || data[at] === 1;
    // zTXt: a method. iTXt: flag, method, then two texts that end with a zero.
    let from = at + (type === "zTXt" ? 1 : 2);
    if (type === "iTXt") {
      from = data.indexOf(0, from) + 1;
      from = data.indexOf(0, from) + 1;
    }
    return packed
      ? inflateSync(data.subarray(from), { maxOutputLength: mostText })
      : data.subarray(from);
  } catch {
    return null;
  }
}

/** Lines of a name, a length, then hexadecimal digits. */
function hexHasLocation(text: Buffer): boolean {
  const [, digits] = /^\s*\w+\s+\d+\s([\da-fA-F\s]+)$/.exec(text.toString("latin1")) ?? [];
  if (digits === undefined) return false;
  const block = Buffer.from(digits.replaceAll(/\s/g, ""), "hex");
  return readExif(block).hasLocation || xmpHasLocation(block);
}
