import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { OutboxEntry, OutboxPhoto } from "../state/outbox.js";
import { fitPhoto } from "./fit-photo.js";
import { drawPreview } from "./local-previews.js";
import { usePanel } from "./panel-context.js";

/** Circumference over which the ring's dashes are counted: 2 pi r with r = 15.9. */
const round = 100;

/** A photo on its way, at the shape it will have. */
export function PendingPhoto(props: { photo: OutboxPhoto; entry: OutboxEntry }): JSX.Element {
  const { photo, entry } = props;
  const { chat, speech } = usePanel();
  const { texts } = speech.value;
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (canvas.current) void drawPreview(canvas.current, photo.file);
  }, [photo.file]);
  const size = fitPhoto(photo.width, photo.height);
  const share = photo.attachmentId === null ? (chat.state.progress.value[photo.clientId] ?? 0) : 1;
  return (
    <div class="photo" style={{ width: `${size.width}px`, height: `${size.height}px` }}>
      <canvas ref={canvas} role="img" aria-label={photo.altText || texts.photo} />
      {entry.state !== "failed" && (
        <button
          type="button"
          class="ring"
          aria-label={texts.cancelPhoto}
          onClick={() => chat.cancel(entry.clientId)}
        >
          <svg class="share" viewBox="0 0 36 36" aria-hidden="true">
            <circle class="track" cx="18" cy="18" r="15.9" />
            <circle cx="18" cy="18" r="15.9" stroke-dashoffset={round * (1 - share)} />
          </svg>
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <path d="M8 8l8 8M16 8l-8 8" />
          </svg>
        </button>
      )}
    </div>
  );
}
