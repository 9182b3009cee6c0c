import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import mongoose, { Schema, type Connection } from "mongoose";

/** Bytes by id, in GridFS: several nodes need no shared disk. */
export interface BlobStore {
  /** A new id; nothing is stored yet. */
  makeId(): string;
  /** Stores the bytes under an id of `makeId`. @param site whose bytes these are */
  put(id: string, site: string, bytes: Uint8Array): Promise<void>;
  /** The bytes as a stream, null where there are none. */
  open(id: string): Promise<{ stream: Readable; length: number } | null>;
  read(id: string): Promise<Buffer | null>;
  /** Repeats are harmless. */
  remove(ids: readonly string[]): Promise<void>;
}

// GridFS's own indexes, declared so that they are there before the first blob. The driver makes them
// within a bucket's first upload alone: the others of the same photo write meanwhile, and once it
// finds a file of theirs it takes the indexes for made.
const fileSchema = new Schema({}, { autoIndex: false, collection: "blobs.files" });
fileSchema.index({ filename: 1, uploadDate: 1 });
const chunkSchema = new Schema({}, { autoIndex: false, collection: "blobs.chunks" });
chunkSchema.index({ files_id: 1, n: 1 }, { unique: true });

// Blobs have no `expireAt`: a TTL index on GridFS files would leave their chunks behind for ever.
// They go with the attachment or original that names them (delete-attachments, sweep-attachments).
export function createBlobStore(db: Connection): BlobStore {
  const { GridFSBucket, ObjectId } = mongoose.mongo;
  const bucket = new GridFSBucket(database(db), { bucketName: "blobs" });
  db.model("BlobFile", fileSchema);
  db.model("BlobChunk", chunkSchema);

  async function open(id: string) {
    const [file] = await bucket.find({ _id: new ObjectId(id) }).toArray();
    if (!file) return null;
    return { stream: bucket.openDownloadStream(file._id), length: file.length };
  }

  return {
    makeId: () => new ObjectId().toHexString(),
    async put(id, site, bytes) {
      const target = bucket.openUploadStreamWithId(new ObjectId(id), id, { metadata: { site } });
      await pipeline(
        Readable.from([Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)]),
        target,
      );
    },
    open,
    async read(id) {
      const found = await open(id);
      if (!found) return null;
      const chunks: Buffer[] = [];
      for await (const chunk of found.stream) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
      return Buffer.concat(chunks);
    },
    async remove(ids) {
      for (const id of ids) {
        try {
          await bucket.delete(new ObjectId(id));
        } catch (error) {
          // The driver has no class or code of its own for it.
          if (!(error instanceof Error && error.message.startsWith("File not found"))) throw error;
        }
      }
    },
  };
}

function database(db: Connection) {
  if (!db.db) throw new Error("The blob store needs an open connection");
  return db.db;
}
