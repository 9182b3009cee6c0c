import type { Clock } from "../infra/clock.js";
import { hmac } from "../infra/keys.js";
import type { Key } from "../infra/keys.js";
import type { AttachmentRecord } from "./attachment-store.js";
import type { PhotoCountStore } from "./photo-count-store.js";
import type { PhotoDetailStore } from "./photo-detail-store.js";
import type { Upload } from "./save-attachment.js";

export interface NoteDeps {
  clock: Clock;
  details: PhotoDetailStore;
  counts: PhotoCountStore;
  addressKey: Key;
}

export type NotePhoto = (upload: Upload, record: AttachmentRecord) => Promise<void>;

const day = 24 * 60 * 60 * 1000;

export function hashVisitor(key: Key, visitorId: string): string {
  return hmac(key, "photo-details", visitorId).toString("base64url");
}

/**
 * Writes a photo down for the report, for as long as the site's rules say, and counts it where the
 * site has not switched the counting off.
 */
export async function notePhoto(
  deps: NoteDeps,
  { site, conversation, name, operatorId }: Upload,
  { uploader, width, height, bytesIn, bytesOut, renditions }: AttachmentRecord,
): Promise<void> {
  const at = deps.clock.now();
  const params = renditions.map((r) => `${r.name} ${r.width}x${r.height} ${r.mime}`).join(", ");
  const visitorH = operatorId === null ? hashVisitor(deps.addressKey, uploader.slice(2)) : null;
  await deps.details.add({
    site: site.id,
    operator: operatorId,
    ...{ visitorH, conversation, name, params, width, height, bytesIn, bytesOut, at },
    expireAt: new Date(at + site.rules.retention.photoDetails * day),
  });
  if (!site.rules.statistics.photos) return;
  const today = new Date(at).toISOString().slice(0, 10);
  const counts = { photos: 1, pixels: width * height, bytesIn, bytesOut };
  await deps.counts.add(site.id, today, counts);
}
