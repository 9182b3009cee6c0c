import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { Attachment, Message } from "../../../shared/wire.js";
import { tellMomentFirst } from "../../state/tell-numbers.js";
import { Dialog } from "../parts/Dialog.js";
import { Icon } from "../parts/Icon.js";
import { useApp } from "../use-app.js";
import { OriginalLink } from "./OriginalLink.js";
import { tellPhoto } from "./PhotoBubble.js";

export interface ViewedPhoto {
  message: Message;
  attachment: Attachment;
}

const zoomSteps = [1, 1.5, 2, 3, 4];

/** A photo over the whole window: plus, minus and 0 zoom, arrows pan or turn the page, Escape closes. */
export function PhotoViewer({
  photos,
  first,
  close,
}: {
  photos: ViewedPhoto[];
  first: string;
  close: () => void;
}) {
  const { page } = useApp();
  const shown = useSignal(first);
  const zoom = useSignal(0);
  const frame = useRef<HTMLDivElement>(null);
  const index = photos.findIndex((photo) => photo.attachment.id === shown.value);
  const photo = photos[index];
  if (photo === undefined) return null;
  const { attachment } = photo;
  const full = attachment.renditions.find((one) => one.name === "full") ?? attachment.renditions[0];
  const scale = zoomSteps[zoom.value] ?? 1;

  const setZoom = (next: number): void => {
    zoom.value = Math.max(0, Math.min(zoomSteps.length - 1, next));
  };
  const step = (by: number): void => {
    const next = photos[index + by];
    if (next === undefined) return;
    shown.value = next.attachment.id;
    zoom.value = 0;
  };
  const press = (event: KeyboardEvent): void => {
    const along = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[
      event.key
    ];
    if (event.key === "+" || event.key === "=") setZoom(zoom.value + 1);
    else if (event.key === "-") setZoom(zoom.value - 1);
    else if (event.key === "0") setZoom(0);
    else if (along !== undefined && zoom.value > 0)
      frame.current?.scrollBy((along[0] ?? 0) * 80, (along[1] ?? 0) * 80);
    else if (event.key === "ArrowLeft") step(-1);
    else if (event.key === "ArrowRight") step(1);
    else return;
    event.preventDefault();
  };

  return (
    <Dialog label={`Photo ${index + 1} of ${photos.length}`} kind="viewer" close={close}>
      <div class="viewer" onKeyDown={press}>
        <header class="viewer-head">
          <p>
            <span dir="auto">{attachment.altText}</span>
            <span class="quiet">
              {tellMomentFirst(photo.message.sentAt, page.now.value)}. {tellPhoto(attachment)}
            </span>
          </p>
          <OriginalLink key={attachment.id} attachmentId={attachment.id} />
          <button
            type="button"
            class="button is-icon"
            aria-label="Previous photo"
            disabled={index === 0}
            onClick={() => step(-1)}
          >
            <Icon name="back" flip />
          </button>
          <button
            type="button"
            class="button is-icon next"
            aria-label="Next photo"
            disabled={index === photos.length - 1}
            onClick={() => step(1)}
          >
            <Icon name="back" flip />
          </button>
          <button
            type="button"
            class="button is-icon"
            aria-label="Zoom out"
            disabled={zoom.value === 0}
            onClick={() => setZoom(zoom.value - 1)}
          >
            <Icon name="minus" />
          </button>
          <output class="viewer-zoom" aria-live="polite">
            {Math.round(scale * 100)} %
          </output>
          <button
            type="button"
            class="button is-icon"
            aria-label="Zoom in"
            disabled={zoom.value === zoomSteps.length - 1}
            onClick={() => setZoom(zoom.value + 1)}
          >
            <Icon name="plus" />
          </button>
          <button
            type="button"
            class="button is-icon"
            aria-label="Close the photo"
            autofocus
            onClick={close}
          >
            <Icon name="close" />
          </button>
        </header>
        <div
          class="viewer-frame"
          ref={frame}
          tabIndex={0}
          aria-label="Photo"
          onDblClick={() => setZoom(zoom.value === 0 ? 2 : 0)}
        >
          {full !== undefined && (
            <img
              key={full.url}
              src={full.url}
              alt={attachment.altText === "" ? "Photo without a description" : attachment.altText}
              width={full.width}
              height={full.height}
              style={{ maxWidth: `${scale * 100}%`, maxHeight: `${scale * 100}%` }}
            />
          )}
        </div>
      </div>
    </Dialog>
  );
}
