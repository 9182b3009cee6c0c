import { paths } from "../../shared/paths.js";
import type { Attachment } from "../../shared/wire.js";
import type { UploadRequest } from "../state/composer.js";
import { offline, type Outcome } from "../state/outcome.js";
import { readRefusal } from "./call-server.js";
import { attachmentSchema } from "./wire-schemas.js";

/**
 * Sends a photo's bytes. `XMLHttpRequest`, because `fetch` does not tell how much has gone up.
 * A repeat with the same `clientId` makes no second attachment.
 */
export function uploadPhoto(
  siteId: string,
  request: UploadRequest,
  progress: (part: number) => void,
): { outcome: Promise<Outcome<Attachment>>; abort: () => void } {
  const { conversationId, clientId, altText, file } = request;
  const query = new URLSearchParams({ conversationId, clientId, altText });
  const xhr = new XMLHttpRequest();
  const outcome = new Promise<Outcome<Attachment>>((resolve) => {
    xhr.open("POST", `${paths.operatorAttachments(siteId)}?${query.toString()}`);
    xhr.responseType = "json";
    // The server looks at the bytes; the header only has to be one that it reads as bytes.
    xhr.setRequestHeader("content-type", file.type === "" ? "application/octet-stream" : file.type);
    xhr.upload.onprogress = (event) => {
      if (event.lengthComputable) progress(event.loaded / event.total);
    };
    xhr.onerror = xhr.onabort = xhr.ontimeout = () => resolve(offline);
    xhr.onload = () => {
      const body: unknown = xhr.response;
      const parsed = attachmentSchema.safeParse(body);
      if (xhr.status < 300 && parsed.success) resolve({ ok: true, value: parsed.data });
      else resolve(readRefusal(body));
    };
    xhr.send(file);
  });
  return { outcome, abort: () => xhr.abort() };
}
