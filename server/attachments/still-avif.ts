/**
 * The still picture of an AVIF sequence (brand `avis`; AV1 Image File Format, section 6, on ISO/IEC
 * 14496-12): the prebuilt libvips reads pictures alone. The bytes keep their places; the brands say
 * "picture", and the track's box becomes free space.
 */
const pictureBrand: Record<string, string> = { avis: "avif", msf1: "mif1" };

interface Box {
  type: string;
  at: number;
  size: number;
}

const typeAt = (bytes: Buffer, at: number): string => bytes.toString("latin1", at, at + 4);

/** The boxes from `from` to `to`; ends where one does not fit. Sizes of 64 bits end it, too. */
function readBoxes(bytes: Buffer, from: number, to: number): Box[] {
  const boxes: Box[] = [];
  for (let at = from; at + 8 <= to;) {
    const size = bytes.readUInt32BE(at);
    if (size < 8 || at + size > to) break;
    boxes.push({ type: typeAt(bytes, at + 4), at, size });
    at += size;
  }
  return boxes;
}

/** Version and flags (4 bytes) come before the boxes inside. */
const metaHead = 12;
const primaryItemBytes = 14;

/** A copy that is one picture, its first frame; the bytes themselves where they are no AVIF sequence. */
export function stillAvif(bytes: Buffer): Buffer {
  const boxes = readBoxes(bytes, 0, bytes.length);
  const [brands] = boxes;
  if (brands?.type !== "ftyp" || typeAt(bytes, 8) !== "avis") return bytes;
  const still = Buffer.from(bytes);
  for (let at = brands.at + 8; at + 4 <= brands.at + brands.size; at += 4) {
    const brand = pictureBrand[typeAt(still, at)];
    if (brand !== undefined) still.write(brand, at, "latin1");
  }
  const track = boxes.find(({ type }) => type === "moov");
  const meta = boxes.find(({ type }) => type === "meta");
  if (!track || !meta) return still;
  still.write("free", track.at + 4, "latin1");
  const inside = readBoxes(still, meta.at + metaHead, meta.at + meta.size);
  const named = inside.some(({ type }) => type === "pitm");
  if (!named && track.at === meta.at + meta.size && track.size >= primaryItemBytes + 8)
    namePrimaryItem(still, meta, track);
  return still;
}

/** Early writers leave out which item is the picture; the track's room behind the box takes the words. */
function namePrimaryItem(still: Buffer, meta: Box, track: Box): void {
  still.writeUInt32BE(meta.size + primaryItemBytes, meta.at);
  still.writeUInt32BE(primaryItemBytes, track.at);
  still.write("pitm", track.at + 4, "latin1");
  still.writeUInt32BE(0, track.at + 8);
  // Such a file has one item, and its number is one.
  still.writeUInt16BE(1, track.at + 12);
  still.writeUInt32BE(track.size - primaryItemBytes, track.at + primaryItemBytes);
  still.write("free", track.at + primaryItemBytes + 4, "latin1");
}
