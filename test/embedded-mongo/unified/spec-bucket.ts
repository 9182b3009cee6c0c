import { EJSON, type Binary } from "bson";
import mongoose from "mongoose";

const { GridFSBucket } = mongoose.mongo;

interface FileDocument {
  readonly _id: unknown;
  readonly length: number;
  readonly chunkSize: number;
}

interface Chunk {
  readonly n: number;
  readonly data: Binary;
}

/**
 * A bucket of the driver that can also do, by plain commands and as the GridFS specification words it,
 * what this driver leaves out: look at every chunk of a file, delete and rename by name. What the
 * tests of those expect is about documents, so a server is judged by them all the same.
 */
export class SpecBucket extends GridFSBucket {
  readonly #files: string;
  readonly #chunks: string;

  constructor(
    private readonly database: mongoose.mongo.Db,
    options: { bucketName?: string },
  ) {
    super(database, options);
    this.#files = `${options.bucketName ?? "fs"}.files`;
    this.#chunks = `${options.bucketName ?? "fs"}.chunks`;
  }

  async #find<T>(find: string, filter: object, sort: object = {}): Promise<T[]> {
    const reply = await this.database.command({ find, filter, sort, batchSize: 10_000 });
    return (reply["cursor"] as { firstBatch: T[] }).firstBatch;
  }

  /** The file's bytes. Throws where a chunk is missing, of the wrong size, or one too many. */
  async readChunks(id: unknown): Promise<Buffer> {
    const [file] = await this.#find<FileDocument>(this.#files, { _id: id });
    if (file === undefined) throw new Error(`FileNotFound: ${EJSON.stringify(id)}`);
    // of an empty file there may be no chunk or an empty one
    if (file.length === 0) return Buffer.alloc(0);
    const chunks = await this.#find<Chunk>(this.#chunks, { files_id: id }, { n: 1 });
    const count = Math.ceil(file.length / file.chunkSize);
    const parts = chunks.map(({ n, data }, index) => {
      const wanted = index === count - 1 ? file.length - index * file.chunkSize : file.chunkSize;
      if (n !== index || index >= count) throw new Error(`ChunkIsMissing or extra: ${n}`);
      if (data.length() !== wanted) throw new Error(`ChunkIsWrongSize: ${n}`);
      return Buffer.from(data.buffer.subarray(0, data.position));
    });
    if (parts.length < count) throw new Error(`ChunkIsMissing: ${parts.length}`);
    return Buffer.concat(parts);
  }

  async #idsOf(filename: string): Promise<unknown[]> {
    const files = await this.#find<FileDocument>(this.#files, { filename });
    if (files.length === 0) throw new Error(`FileNotFound: ${filename}`);
    return files.map(({ _id }) => _id);
  }

  async deleteByName(filename: string): Promise<void> {
    const ids = await this.#idsOf(filename);
    const remove = (name: string, q: object) =>
      this.database.command({ delete: name, deletes: [{ q, limit: 0 }] });
    await remove(this.#files, { _id: { $in: ids } });
    await remove(this.#chunks, { files_id: { $in: ids } });
  }

  async renameByName(filename: string, newName: string): Promise<void> {
    await this.#idsOf(filename);
    const rename = { q: { filename }, u: { $set: { filename: newName } }, multi: true };
    await this.database.command({ update: this.#files, updates: [rename] });
  }
}
