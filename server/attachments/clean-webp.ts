/**
 * A WebP file by an allow-list of its chunks (RFC 9649, section 2.7): picture, alpha and animation;
 * EXIF, XMP, unknown chunks and whatever follows the file's declared end are not copied.
 */
const pictureChunks = ["VP8 ", "VP8L", "VP8X", "ALPH", "ANIM", "ANMF"];
/** Bits of VP8X that announce chunks which are left out: ICC profile, EXIF, XMP. */
const announced = 0x20 | 0x08 | 0x04;
/** Bytes of a frame before its own chunks. */
const frameHeader = 16;

interface Chunk {
  name: string;
  data: Buffer;
}

/** Null where the chunks do not fit their file. */
function readChunks(bytes: Buffer): Chunk[] | null {
  const chunks: Chunk[] = [];
  for (let at = 0; at + 8 <= bytes.length;) {
    const size = bytes.readUInt32LE(at + 4);
    if (at + 8 + size > bytes.length) return null;
    chunks.push({
      name: bytes.toString("latin1", at, at + 4),
      data: bytes.subarray(at + 8, at + 8 + size),
    });
    at += 8 + size + (size % 2);
  }
  return chunks;
}

function writeChunk(name: string, data: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.write(name, "latin1");
  head.writeUInt32LE(data.length, 4);
  return Buffer.concat([head, data, Buffer.alloc(data.length % 2)]);
}

function cleanFrame(data: Buffer): Buffer | null {
  const chunks = readChunks(data.subarray(frameHeader));
  if (!chunks) return null;
  const kept = chunks.filter(({ name }) => pictureChunks.includes(name));
  const written = kept.map((chunk) => writeChunk(chunk.name, chunk.data));
  return Buffer.concat([data.subarray(0, frameHeader), ...written]);
}

/** @returns null for a file that is no sound WebP, or whose colours need its profile */
export function cleanWebp(bytes: Buffer): Buffer | null {
  if (bytes.toString("latin1", 0, 4) !== "RIFF" || bytes.toString("latin1", 8, 12) !== "WEBP")
    return null;
  const end = 8 + bytes.readUInt32LE(4);
  const chunks = end <= bytes.length ? readChunks(bytes.subarray(12, end)) : null;
  if (!chunks || chunks.some(({ name }) => name === "ICCP")) return null;
  const kept: Buffer[] = [];
  for (const { name, data } of chunks) {
    if (!pictureChunks.includes(name)) continue;
    const clean = name === "ANMF" ? cleanFrame(data) : Buffer.from(data);
    if (!clean) return null;
    if (name === "VP8X") clean[0] = (clean[0] ?? 0) & ~announced;
    kept.push(writeChunk(name, clean));
  }
  const body = Buffer.concat([Buffer.from("WEBP", "latin1"), ...kept]);
  return writeChunk("RIFF", body);
}
