import type { AttachmentRecord, AttachmentStore } from "./attachment-store.js";
import type { BlobStore } from "./blob-store.js";
import type { OriginalStore } from "./original-store.js";

export interface DeleteDeps {
  attachments: AttachmentStore;
  originals: OriginalStore;
  blobs: BlobStore;
}

/**
 * Deletes all photos of conversations: renditions, originals, records. From then on their links
 * answer 410. Safe to repeat; what a broken run left is found again, because records go last.
 * @returns how many photos there were
 */
export async function deleteAttachments(
  deps: DeleteDeps,
  conversations: readonly string[],
): Promise<number> {
  const records = await deps.attachments.listByConversation(conversations);
  await removeAttachments(deps, records);
  return records.length;
}

export async function removeAttachments(
  deps: DeleteDeps,
  records: readonly AttachmentRecord[],
): Promise<void> {
  if (records.length === 0) return;
  const ids = records.map((record) => record.id);
  const originals = await deps.originals.findMany(ids);
  await deps.blobs.remove([
    ...originals.map((original) => original.file),
    ...records.flatMap((record) => record.renditions.map((rendition) => rendition.file)),
    ...records.flatMap((record) => (record.avif?.file ? [record.avif.file] : [])),
  ]);
  await deps.originals.remove(ids);
  await deps.attachments.remove(ids);
}
