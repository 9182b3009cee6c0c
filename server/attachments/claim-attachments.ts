import { refuse } from "../errors.js";
import type { Clock } from "../infra/clock.js";
import type { AttachmentStore, StoredAttachment, Uploader } from "./attachment-store.js";

interface Claim {
  site: string;
  conversationId: string;
  /** The message's own id: a repeat of the claim by the same message succeeds again. */
  clientId: string;
  ids: readonly string[];
  uploader: string;
}

/** How long an upload waits for the message that names it. */
export const unnamedMs = 60 * 60 * 1000;

/**
 * Gives uploads to the message that names them: the uploader's own, of the same conversation, and
 * named by no other message. A photo that is named twice counts once. Should the message then come
 * to nothing, the sweep finds that out an hour later.
 * @throws UNKNOWN_ATTACHMENT
 */
export async function claimAttachments(
  deps: { attachments: AttachmentStore; clock: Clock },
  { site, conversationId, clientId, ids, uploader }: Claim,
): Promise<StoredAttachment[]> {
  if (!isUploader(uploader)) throw refuse("UNKNOWN_ATTACHMENT");
  const now = deps.clock.now();
  const since = now - unnamedMs;
  const claimed: StoredAttachment[] = [];
  for (const id of new Set(ids)) {
    const by = { site, conversation: conversationId, uploader, message: clientId, since, now };
    const record = await deps.attachments.claim(id, by);
    if (!record) throw refuse("UNKNOWN_ATTACHMENT");
    claimed.push(toStored(record));
  }
  return claimed;
}

function isUploader(text: string): text is Uploader {
  return text === "o" || text.startsWith("v:");
}

/** The part of a record that travels with the message. */
export function toStored(record: StoredAttachment): StoredAttachment {
  const { id, site, conversation, width, height, placeholder } = record;
  const { bytesIn, bytesOut, locationRemoved, altText, renditions } = record;
  return {
    ...{ id, site, conversation, width, height, placeholder },
    ...{ bytesIn, bytesOut, locationRemoved, altText, renditions },
  };
}
