import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { thumbHashToRGBA } from "thumbhash";
import type { Attachment } from "../../shared/wire.js";
import { fill } from "../text/texts.js";
import { fitPhoto } from "./fit-photo.js";
import { drawPreview, sentFile } from "./local-previews.js";
import { usePanel } from "./panel-context.js";
import type { ViewedPhoto } from "./PhotoViewer.js";

interface Props {
  attachment: Attachment;
  /** Whose it is; empty for the visitor's own. */
  from: string;
  view: (photo: ViewedPhoto) => void;
}

export function Photo({ attachment, from, view }: Props): JSX.Element {
  const { chat, speech } = usePanel();
  const { texts } = speech.value;
  const canvas = useRef<HTMLCanvasElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const [there, setThere] = useState(false);
  const [failures, setFailures] = useState(0);
  const rendition = choosePreview(attachment);

  useEffect(() => {
    if (!canvas.current) return;
    const local = sentFile(attachment.id);
    if (local) void drawPreview(canvas.current, local);
    else drawPlaceholder(canvas.current, attachment.placeholder);
  }, [attachment.id]);

  const failed = (): void => {
    setFailures(failures + 1);
    setThere(false);
    // Its address was signed for an hour or two; ask for a fresh one, once.
    if (failures === 0) void chat.refreshPhotos();
  };
  const size = fitPhoto(attachment.width, attachment.height);
  const name = attachment.altText || (from ? fill(texts.photoFrom, { name: from }) : texts.photo);
  return (
    <button
      ref={button}
      type="button"
      class="photo"
      style={{ width: `${size.width}px`, height: `${size.height}px` }}
      aria-label={`${texts.openPhoto}: ${name}`}
      onClick={() => view({ attachment, name, opener: button.current })}
    >
      <canvas ref={canvas} aria-hidden="true" />
      {rendition && failures < 2 && (
        <img
          class={there ? "there" : ""}
          src={rendition.url}
          alt=""
          width={rendition.width}
          height={rendition.height}
          decoding="async"
          onLoad={() => setThere(true)}
          onError={failed}
        />
      )}
      {(failures > 1 || !rendition) && <span class="gone">{texts.photoGone}</span>}
    </button>
  );
}

function choosePreview(attachment: Attachment): Attachment["renditions"][number] | undefined {
  const { renditions } = attachment;
  return renditions.find((one) => one.name === "preview") ?? renditions[0];
}

function drawPlaceholder(canvas: HTMLCanvasElement, placeholder: string): void {
  try {
    const bytes = Uint8Array.from(atob(placeholder), (sign) => sign.charCodeAt(0));
    const { w, h, rgba } = thumbHashToRGBA(bytes);
    canvas.width = w;
    canvas.height = h;
    const image = new ImageData(w, h);
    image.data.set(rgba);
    canvas.getContext("2d")?.putImageData(image, 0, 0);
  } catch {
    // No placeholder: the reserved ground stays plain.
  }
}
