import { limits } from "../../shared/limits.js";
import { paths } from "../../shared/paths.js";
import type { Attachment } from "../../shared/wire.js";
import type { UploadRequest } from "../state/composer.js";
import { offline, type Outcome } from "../state/outcome.js";
import { readRefusal } from "./call-server.js";
import { shrinkPhoto } from "./shrink-photo.js";
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
  const name = file.name.slice(0, limits.fileName);
  const query = new URLSearchParams({ conversationId, clientId, altText, name });
  const xhr = new XMLHttpRequest();
  let wanted = true;
  const outcome = shrinkPhoto(file).then(
    (bytes) =>
      new Promise<Outcome<Attachment>>((resolve) => {
        if (!wanted) {
          resolve(offline);
          return;
        }
        xhr.open("POST", `${paths.operatorAttachments(siteId)}?${query.toString()}`);
        xhr.responseType = "json";
        // The server looks at the bytes; the header only has to be one that it reads as bytes.
        xhr.setRequestHeader(
          "content-type",
          bytes.type === "" ? "application/octet-stream" : bytes.type,
        );
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
        xhr.send(bytes);
      }),
  );
  return {
    outcome,
    abort() {
      wanted = false;
      xhr.abort();
    },
  };
}
