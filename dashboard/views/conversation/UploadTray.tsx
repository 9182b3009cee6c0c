import { useEffect, useRef } from "preact/hooks";
import { limits } from "../../../shared/limits.js";
import type { Upload } from "../../state/composer.js";
import { tellFailure } from "../../state/outcome.js";
import { tellBytes } from "../../state/tell-numbers.js";
import { Icon } from "../parts/Icon.js";
import { useApp } from "../use-app.js";

/** Photos chosen for the next message, each with its progress, its fault or its weight now. */
export function UploadTray({
  conversationId,
  uploads,
}: {
  conversationId: string;
  uploads: Upload[];
}) {
  const { desk } = useApp();
  const composer = desk.value?.composer;
  if (uploads.length === 0) return null;
  return (
    <ul class="tray" aria-label="Photos to send">
      {uploads.map((upload) => (
        <li class="tray-item" key={upload.clientId}>
          <LocalPreview file={upload.file} />
          <div class="tray-words">
            <span class="tray-name" dir="auto">
              {upload.file.name}
            </span>
            <UploadState upload={upload} />
            <input
              class="tray-description"
              dir="auto"
              maxLength={limits.altText}
              placeholder="Describe the photo"
              aria-label={`Describe ${upload.file.name}`}
              defaultValue={upload.altText}
              onChange={(event) =>
                composer?.describe(conversationId, upload.clientId, event.currentTarget.value)
              }
            />
            {upload.state === "uploading" && (
              <progress
                max={1}
                value={upload.progress}
                aria-label={`Sending ${upload.file.name}`}
              />
            )}
          </div>
          {upload.state === "failed" && (
            <button
              type="button"
              class="button is-icon"
              aria-label={`Try ${upload.file.name} again`}
              onClick={() => composer?.retry(conversationId, upload.clientId)}
            >
              <Icon name="retry" />
            </button>
          )}
          <button
            type="button"
            class="button is-icon"
            aria-label={`Remove ${upload.file.name}`}
            onClick={() => composer?.remove(conversationId, upload.clientId)}
          >
            <Icon name="close" />
          </button>
        </li>
      ))}
    </ul>
  );
}

function UploadState({ upload }: { upload: Upload }) {
  if (upload.failure !== null)
    return (
      <span class="is-danger" role="alert">
        Not sent. {tellFailure(upload.failure)}
      </span>
    );
  if (upload.attachment !== null)
    return (
      <span class="quiet">
        {tellBytes(upload.file.size)}, now {tellBytes(upload.attachment.bytesOut)}
      </span>
    );
  const percent = Math.round(upload.progress * 100);
  return <span class="quiet">{percent < 100 ? `${percent} %` : "Making it small"}</span>;
}

/** Drawn on a canvas: the page's policy needs no `blob:` for it. What cannot be decoded stays grey. */
function LocalPreview({ file }: { file: File }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    let wanted = true;
    const draw = async (): Promise<void> => {
      const bitmap = await createImageBitmap(file, { resizeHeight: 96, resizeQuality: "medium" });
      const pen = canvas.current?.getContext("2d");
      if (wanted && pen) {
        pen.canvas.width = bitmap.width;
        pen.canvas.height = bitmap.height;
        pen.drawImage(bitmap, 0, 0);
      }
      bitmap.close();
    };
    draw().catch(() => undefined);
    return () => {
      wanted = false;
    };
  }, [file]);
  return <canvas ref={canvas} class="tray-preview" aria-hidden="true" />;
}
