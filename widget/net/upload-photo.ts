import { limits } from "../../shared/limits.js";
import { paths } from "../../shared/paths.js";
import type { Attachment } from "../../shared/wire.js";
import { parseAttachment } from "./parse-answers.js";
import { readFailure, RequestFailure } from "./server-requests.js";

export interface PhotoUpload {
  conversationId: string;
  clientId: string;
  altText: string;
  /** The file's own, for the report of what was made small. */
  name: string;
  file: Blob;
}

/**
 * Sends one photo; `progress` gets the share that left this machine, 0 to 1. Repeating it with the
 * same `clientId` makes no second attachment. Rejects with a RequestFailure, or the signal's reason.
 */
export function uploadPhoto(
  settings: { server: string; key: string; token: string; ofAge: boolean },
  upload: PhotoUpload,
  progress: (share: number) => void,
  signal: AbortSignal,
): Promise<Attachment> {
  const query = new URLSearchParams({
    conversationId: upload.conversationId,
    clientId: upload.clientId,
    altText: upload.altText,
    name: upload.name.slice(0, limits.fileName),
  });
  if (settings.ofAge) query.set("ofAge", "1");
  return new Promise((resolve, reject) => {
    // fetch() cannot tell how much of a body has left; XMLHttpRequest can.
    const request = new XMLHttpRequest();
    const abort = (): void => request.abort();
    signal.addEventListener("abort", abort, { once: true });
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) progress(event.loaded / event.total);
    };
    request.onabort = () => reject(new DOMException("cancelled", "AbortError"));
    request.onerror = request.ontimeout = () =>
      reject(new RequestFailure("NETWORK", "the upload was interrupted"));
    request.onload = () => {
      signal.removeEventListener("abort", abort);
      try {
        const answer: unknown = JSON.parse(request.responseText);
        if (request.status < 300) resolve(parseAttachment(answer));
        else reject(readFailure(request, answer));
      } catch {
        reject(readFailure(request, null));
      }
    };
    request.open("POST", `${settings.server}${paths.attachments(settings.key)}?${query}`);
    request.setRequestHeader("Authorization", `Bearer ${settings.token}`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.timeout = 180_000;
    request.send(upload.file);
  });
}
