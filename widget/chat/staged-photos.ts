import { limits } from "../../shared/limits.js";
import { makeId } from "../../shared/ids.js";
import type { OutboxPhoto } from "../state/outbox.js";
import type { Speech } from "../text/speech.js";
import { fill } from "../text/texts.js";
import { mayBePhoto, preparePhoto } from "./prepare-photo.js";

/** Makes picked files ready. What cannot be sent is told in `problems`, one sentence each. */
export async function stagePhotos(
  files: readonly File[],
  room: number,
  uploadBytes: number,
  speech: Speech,
): Promise<{ photos: OutboxPhoto[]; problems: string[] }> {
  const { texts, bytes } = speech;
  const photos: OutboxPhoto[] = [];
  const problems: string[] = [];
  for (const file of files) {
    if (!mayBePhoto(file)) {
      problems.push(fill(texts.notAPhoto, { name: file.name }));
      continue;
    }
    if (file.size === 0) {
      problems.push(fill(texts.emptyFile, { name: file.name }));
      continue;
    }
    if (photos.length >= room) {
      problems.push(fill(texts.tooManyPhotos, { limit: limits.messageAttachments }));
      break;
    }
    const prepared = await preparePhoto(file);
    if (prepared.file.size > uploadBytes) {
      const size = bytes(prepared.file.size);
      problems.push(fill(texts.tooBig, { name: file.name, size, limit: bytes(uploadBytes) }));
      continue;
    }
    photos.push({
      ...prepared,
      clientId: makeId((target) => crypto.getRandomValues(target)),
      altText: "",
      attachmentId: null,
    });
  }
  return { photos, problems };
}
