import { isFrame, JpegDamaged, jpegMarker, readJpegSegments } from "./read-jpeg.js";
import type { JpegSegment } from "./read-jpeg.js";
import { readExif, writeOrientation, xmpHasLocation } from "./read-exif.js";

/** A JPEG that holds its picture, its colour profile and which way is up; nothing else. */
export interface CleanJpeg {
  bytes: Buffer;
  /** Of the stored pixels, before they are turned upright. */
  width: number;
  height: number;
  components: number;
  progressive: boolean;
  scans: number;
  orientation: number;
  hasLocation: boolean;
  /**
   * The same picture without orientation and profile, for delivery as it is; null where it needs one
   * of them to be shown rightly.
   */
  bare(): Buffer | null;
}

const baseline = [0xc0, 0xc1];
const progressiveFrame = 0xc2;
const tables: readonly number[] = [
  jpegMarker.quantisation,
  jpegMarker.huffman,
  jpegMarker.restartInterval,
];
const exifPrefix = "Exif\0\0";
const xmpPrefix = "http://ns.adobe.com/xap/1.0/\0";
const profilePrefix = "ICC_PROFILE\0";
/** Adobe's marker, 12 bytes: the last one says how the components are to be read. */
const adobePrefix = "Adobe";
const profileChunkHeader = 14;

const startsWith = (segment: JpegSegment, marker: number, prefix: string): boolean =>
  segment.marker === marker && segment.payload.toString("latin1", 0, prefix.length) === prefix;

function segmentBytes(marker: number, payload: Buffer): Buffer {
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(payload.length + 2, 2);
  return Buffer.concat([head, payload]);
}

/** The profile of all its chunks, cut at the length it declares itself; null when it is broken. */
function joinProfile(chunks: Map<number, Buffer>): Buffer | null {
  const ordered = [...chunks.entries()].sort(([a], [b]) => a - b).map(([, chunk]) => chunk);
  const profile = Buffer.concat(ordered);
  if (profile.length < 132 || profile.toString("latin1", 36, 40) !== "acsp") return null;
  const declared = profile.readUInt32BE(0);
  return declared < 132 || declared > profile.length ? null : profile.subarray(0, declared);
}

/** No profile means sRGB; the many spellings of the sRGB profile all have its name in them. */
function isSrgb(profile: Buffer | null): boolean {
  return profile === null || /s.?R.?G.?B/.test(profile.toString("latin1", 128));
}

function profileSegments(profile: Buffer): Buffer[] {
  const room = 65_519;
  const count = Math.ceil(profile.length / room);
  if (count > 255) return [];
  return Array.from({ length: count }, (_, index) => {
    const head = Buffer.from([...Buffer.from(profilePrefix, "latin1"), index + 1, count]);
    const part = profile.subarray(index * room, (index + 1) * room);
    return segmentBytes(jpegMarker.app2, Buffer.concat([head, part]));
  });
}

/** Which bytes of Adobe's marker matter: name and colour transform. Version and flags are zeroed. */
function adobeSegment(transform: number): Buffer {
  const payload = Buffer.alloc(12);
  payload.write(adobePrefix, "latin1");
  payload.writeUInt16BE(100, 5);
  payload[11] = transform;
  return segmentBytes(jpegMarker.app14, payload);
}

/**
 * Rewrites a JPEG by an allow-list: tables, one frame header, its scans, the ICC profile, Adobe's
 * colour transform (without it CMYK and RGB files change their colours), and an EXIF block that
 * holds only the orientation. Comments, EXIF, XMP, IPTC, embedded pictures and all that follows the
 * end marker are not copied.
 * @throws JpegDamaged for a file that is broken, cut off or of a kind no camera writes (lossless, arithmetic)
 */
export function cleanJpeg(bytes: Buffer): CleanJpeg {
  const body: Buffer[] = [];
  const profileChunks = new Map<number, Buffer>();
  let frame: JpegSegment | null = null;
  let orientation: number | null = null;
  let transform: number | null = null;
  let hasLocation = false;
  let scans = 0;
  for (const segment of readJpegSegments(bytes)) {
    const { marker, payload } = segment;
    if (tables.includes(marker)) body.push(segmentBytes(marker, payload));
    else if (isFrame(marker)) {
      if (frame) throw new JpegDamaged("a second frame");
      if (![...baseline, progressiveFrame].includes(marker) || payload.length < 6)
        throw new JpegDamaged("an unusual coding");
      frame = segment;
      body.push(segmentBytes(marker, payload));
    } else if (segment.scan) {
      if (!frame) throw new JpegDamaged("a scan before the frame");
      scans++;
      body.push(segmentBytes(marker, payload), segment.scan);
    } else if (startsWith(segment, jpegMarker.app1, exifPrefix)) {
      const facts = readExif(payload);
      orientation ??= facts.orientation;
      hasLocation ||= facts.hasLocation;
    } else if (startsWith(segment, jpegMarker.app1, xmpPrefix)) {
      hasLocation ||= xmpHasLocation(payload);
    } else if (startsWith(segment, jpegMarker.app2, profilePrefix)) {
      profileChunks.set(payload[12] ?? 0, payload.subarray(profileChunkHeader));
    } else if (startsWith(segment, jpegMarker.app14, adobePrefix) && payload.length >= 12) {
      transform = payload[11] ?? 0;
    }
  }
  if (!frame || scans === 0) throw new JpegDamaged("no picture");
  const profile = joinProfile(profileChunks);
  const head: Buffer[] = [];
  if (orientation !== null && orientation !== 1)
    head.push(segmentBytes(jpegMarker.app1, writeOrientation(orientation)));
  if (profile) head.push(...profileSegments(profile));
  if (transform !== null) head.push(adobeSegment(transform));
  const start = Buffer.from([0xff, jpegMarker.startOfImage]);
  const end = Buffer.from([0xff, jpegMarker.endOfImage]);
  const components = frame.payload[5] ?? 0;
  const plain = (orientation ?? 1) === 1 && isSrgb(profile) && transform !== 0 && components !== 4;
  return {
    bytes: Buffer.concat([start, ...head, ...body, end]),
    bare: () => (plain ? Buffer.concat([start, ...body, end]) : null),
    height: frame.payload.readUInt16BE(1),
    width: frame.payload.readUInt16BE(3),
    components,
    progressive: frame.marker === progressiveFrame,
    scans,
    orientation: orientation ?? 1,
    hasLocation,
  };
}
