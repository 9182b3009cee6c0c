import { serializeDoc } from "../bson/serialize-bson.js";
import type { Doc } from "../bson/value.js";
import type { Batch, DocumentSource } from "../cursors/cursor-registry.js";
import { mongoError } from "../mongo-error.js";
import { timeLimitError, type Turn } from "../planner/turn.js";
import { maxDocumentBytes } from "../storage/documents.js";

/** The results of a pipeline as batches. */
export class PipelineSource implements DocumentSource {
  readonly #results: AsyncIterator<Doc>;
  #held: Uint8Array | undefined;

  constructor(
    results: AsyncIterable<Doc>,
    private readonly turn: Turn,
  ) {
    this.#results = results[Symbol.asyncIterator]();
  }

  async next(limit: number, bytes: number, deadline: number | undefined): Promise<Batch> {
    this.turn.start(deadline);
    const documents: Uint8Array[] = [];
    let size = 0;
    while (documents.length < limit && size < bytes) {
      const document = await this.#document();
      if (document === undefined) return { documents, done: true };
      if (documents.length > 0 && size + document.length > bytes) {
        this.#held = document;
        break;
      }
      documents.push(document);
      size += document.length;
      if (deadline !== undefined && performance.now() > deadline) throw timeLimitError();
    }
    return { documents, done: false };
  }

  async #document(): Promise<Uint8Array | undefined> {
    if (this.#held !== undefined) {
      const held = this.#held;
      this.#held = undefined;
      return held;
    }
    const result = await this.#results.next();
    if (result.done === true) return undefined;
    const bytes = serializeDoc(result.value);
    if (bytes.length > maxDocumentBytes)
      throw mongoError(
        10334,
        `BSONObj size: ${bytes.length} is invalid. Size must be between 0 and ${maxDocumentBytes}(16MB)`,
      );
    return bytes;
  }

  close(): void {
    void this.#results.return?.();
  }
}
