import type { Attachment } from "../../shared/wire.js";
import type { Clock } from "../infra/clock.js";
import type { Key } from "../infra/keys.js";
import type { StoredAttachment } from "./attachment-store.js";
import { signLink } from "./sign-link.js";
import type { LinkReader } from "./sign-link.js";

interface Deps {
  clock: Clock;
  /** Signs links. */
  linksKey: Key;
  publicUrl: URL;
}

/** A stored photo as one reader gets it: with addresses that open it for nobody else. */
export function presentAttachment(
  deps: Deps,
  stored: StoredAttachment,
  reader: LinkReader,
): Attachment {
  const now = deps.clock.now();
  return {
    id: stored.id,
    width: stored.width,
    height: stored.height,
    placeholder: stored.placeholder,
    bytesIn: stored.bytesIn,
    bytesOut: stored.bytesOut,
    locationRemoved: stored.locationRemoved,
    altText: stored.altText,
    renditions: stored.renditions.map(({ name, width, height, bytes, mime }) => {
      const link = { attachment: stored.id, rendition: name, reader };
      const path = signLink(deps.linksKey, link, now);
      return { name, url: new URL(path, deps.publicUrl).href, width, height, bytes, mime };
    }),
  };
}
