/**
 * A JPEG file as its list of segments (ITU-T T.81, annex B). Reads structure only; no pixel is
 * decoded, so it is safe and quick on anything.
 */
export interface JpegSegment {
  /** Second byte of the marker, e.g. 0xc0. */
  marker: number;
  /** The segment's payload, without marker and length; empty for markers that stand alone. */
  payload: Buffer;
  /** After a start of scan: the entropy-coded bytes with their restart markers. */
  scan: Buffer | null;
}

export class JpegDamaged extends Error {}

export const jpegMarker = {
  startOfImage: 0xd8,
  endOfImage: 0xd9,
  startOfScan: 0xda,
  quantisation: 0xdb,
  huffman: 0xc4,
  restartInterval: 0xdd,
  app1: 0xe1,
  app2: 0xe2,
  app14: 0xee,
} as const;

const isRestart = (marker: number): boolean => marker >= 0xd0 && marker <= 0xd7;

/** Frame headers are SOF0 to SOF15 without DHT, JPG and DAC, which live in the same range. */
export function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

/** Where the entropy-coded data that starts at `from` ends: at the next marker that is no restart. */
function findScanEnd(bytes: Buffer, from: number): number {
  for (let at = from; ;) {
    const found = bytes.indexOf(0xff, at);
    if (found < 0 || found + 1 >= bytes.length) return bytes.length;
    const next = bytes[found + 1] ?? 0;
    if (next !== 0 && next !== 0xff && !isRestart(next)) return found;
    at = next === 0xff ? found + 1 : found + 2;
  }
}

/**
 * More than any camera or editor writes: a progressive file has a few hundred, a large ICC profile
 * adds 255. A file made of empty segments alone would cost a hundred times its size in memory.
 */
const segmentsMax = 2000;

/**
 * All segments from the first start of image up to the first end of image; what follows (a second
 * picture, a trailer, an appended program) is not looked at.
 * @throws JpegDamaged where the structure breaks, or the file ends before its end marker
 */
export function* readJpegSegments(bytes: Buffer): Generator<JpegSegment> {
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== 0xffd8) throw new JpegDamaged("no JPEG");
  let at = 2;
  for (let count = 0; at < bytes.length; count++) {
    if (count === segmentsMax) throw new JpegDamaged("too many segments");
    if (bytes[at] !== 0xff) throw new JpegDamaged("a marker is missing");
    while (bytes[at] === 0xff) at++;
    const marker = bytes[at++];
    if (marker === undefined) break;
    if (marker === jpegMarker.endOfImage) {
      yield { marker, payload: bytes.subarray(at, at), scan: null };
      return;
    }
    if (marker === 0x01 || isRestart(marker)) continue;
    if (marker === 0 || marker === jpegMarker.startOfImage) throw new JpegDamaged("a bad marker");
    if (at + 2 > bytes.length) break;
    const length = bytes.readUInt16BE(at);
    if (length < 2 || at + length > bytes.length) throw new JpegDamaged("a segment is cut off");
    const payload = bytes.subarray(at + 2, at + length);
    at += length;
    if (marker !== jpegMarker.startOfScan) {
      yield { marker, payload, scan: null };
      continue;
    }
    const end = findScanEnd(bytes, at);
    yield { marker, payload, scan: bytes.subarray(at, end) };
    at = end;
  }
  throw new JpegDamaged("the end marker is missing");
}

export interface JpegHeader {
  width: number;
  height: number;
  progressive: boolean;
}

/** Size and kind of the first frame; zeros where there is none. */
export function readJpegHeader(bytes: Buffer): JpegHeader {
  try {
    for (const { marker, payload } of readJpegSegments(bytes)) {
      if (isFrame(marker) && payload.length >= 5)
        return {
          height: payload.readUInt16BE(1),
          width: payload.readUInt16BE(3),
          progressive: marker === 0xc2,
        };
      if (marker === jpegMarker.startOfScan) break;
    }
  } catch (error) {
    if (!(error instanceof JpegDamaged)) throw error;
  }
  return { width: 0, height: 0, progressive: false };
}
