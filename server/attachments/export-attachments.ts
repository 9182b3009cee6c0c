import type { AttachmentStore } from "./attachment-store.js";
import type { BlobStore } from "./blob-store.js";

/** A photo as a file of a person's own archive, read only when it is packed. */
export interface PhotoFile {
  name: string;
  read(): Promise<Buffer | null>;
}

/** The photos of conversations, the largest rendition of each. */
export async function exportAttachments(
  deps: { attachments: AttachmentStore; blobs: BlobStore },
  conversations: readonly string[],
): Promise<PhotoFile[]> {
  const records = await deps.attachments.listByConversation(conversations);
  return records.flatMap((record) => {
    const full = record.renditions.find((rendition) => rendition.name === "full");
    if (!record.ready || !full) return [];
    const extension = full.mime === "image/webp" ? "webp" : "jpg";
    return [{ name: `${record.id}.${extension}`, read: () => deps.blobs.read(full.file) }];
  });
}
