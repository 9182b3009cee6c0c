/**
 * The two things the server wants to know of EXIF before it throws it away: which way is up, and
 * whether the photo said where it was taken. Structure: TIFF 6.0, section 2, and EXIF 2.32, 4.6.
 */
export interface ExifFacts {
  /** 1 to 8; 1 where the file says nothing sensible. */
  orientation: number;
  hasLocation: boolean;
}

const nothing: ExifFacts = { orientation: 1, hasLocation: false };
const exifPrefix = Buffer.from("Exif\0\0", "latin1");
const tag = { orientation: 0x0112, gps: 0x8825 } as const;
const entryBytes = 12;

interface Tiff {
  bytes: Buffer;
  u16(at: number): number;
  u32(at: number): number;
}

function openTiff(exif: Buffer): Tiff | null {
  const start = exif.subarray(0, 6).equals(exifPrefix) ? 6 : 0;
  const bytes = exif.subarray(start);
  const order = bytes.toString("latin1", 0, 4);
  const little = order === "II*\0";
  if (!little && order !== "MM\0*") return null;
  const inside = (at: number, size: number): boolean => at >= 0 && at + size <= bytes.length;
  return {
    bytes,
    u16: (at) => (!inside(at, 2) ? 0 : little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at)),
    u32: (at) => (!inside(at, 4) ? 0 : little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)),
  };
}

/** Calls `visit` with the place of each entry of the directory at `at`. */
function eachEntry(tiff: Tiff, at: number, visit: (tag: number, at: number) => void): void {
  const count = Math.min(tiff.u16(at), 512);
  for (let i = 0; i < count; i++) {
    const entry = at + 2 + i * entryBytes;
    if (entry + entryBytes > tiff.bytes.length) return;
    visit(tiff.u16(entry), entry);
  }
}

/** A GPS directory that holds more than its version number speaks of a place. */
function holdsPlace(tiff: Tiff, at: number): boolean {
  let found = false;
  eachEntry(tiff, at, (name) => {
    if (name >= 1 && name <= 4) found = true;
  });
  return found;
}

/** @param exif the block with or without its `Exif\0\0` prefix; anything else gives the defaults */
export function readExif(exif: Buffer): ExifFacts {
  const tiff = openTiff(exif);
  if (!tiff) return nothing;
  const facts = { ...nothing };
  eachEntry(tiff, tiff.u32(4), (name, at) => {
    if (name === tag.orientation) {
      const value = tiff.u16(at + 8);
      if (value >= 1 && value <= 8) facts.orientation = value;
    }
    if (name === tag.gps) facts.hasLocation ||= holdsPlace(tiff, tiff.u32(at + 8));
  });
  return facts;
}

/** XMP carries a place as `exif:GPSLatitude`, as an attribute or an element. */
export function xmpHasLocation(xmp: Buffer): boolean {
  return xmp.includes("GPSLatitude");
}

/** An EXIF block, with prefix, that says which way is up and nothing else. */
export function writeOrientation(orientation: number): Buffer {
  const block = Buffer.alloc(32);
  exifPrefix.copy(block);
  block.write("MM\0*", 6, "latin1");
  block.writeUInt32BE(8, 10);
  block.writeUInt16BE(1, 14);
  block.writeUInt16BE(tag.orientation, 16);
  block.writeUInt16BE(3, 18);
  block.writeUInt32BE(1, 20);
  block.writeUInt16BE(orientation, 24);
  return block;
}
