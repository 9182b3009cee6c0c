import type { DocumentSource } from "./cursor-registry.js";

/** A source over documents that are all there already. */
export function listSource(documents: readonly Uint8Array[]): DocumentSource {
  let at = 0;
  return {
    next: (limit, bytes) => {
      const batch: Uint8Array[] = [];
      let size = 0;
      while (at < documents.length && batch.length < limit) {
        const document = documents[at];
        if (document === undefined || (batch.length > 0 && size + document.length > bytes)) break;
        batch.push(document);
        size += document.length;
        at += 1;
      }
      return { documents: batch, done: at >= documents.length };
    },
    close: () => {
      at = documents.length;
    },
  };
}
